//! Writing rasters as GeoTIFF files.

mod cog;
pub(super) mod directory;
mod plain;

pub use cog::{CogOptions, CogWriter};
pub use plain::write_raster;

/// How samples are stored in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleType {
    /// Unsigned 8-bit integers: values are rounded and clamped to 0..=255, NaN becomes 0.
    Uint8,
    /// 32-bit floats, as they are.
    Float32,
}

/// A value as [`SampleType::Uint8`].
fn byte(value: f32) -> u8 {
    value.round() as u8
}

/// Puts the "no data" value, if there is one, in place of NaN.
fn mark_nodata(values: &mut [f32], nodata: Option<f64>) {
    if let Some(nodata) = nodata.filter(|nodata| !nodata.is_nan()) {
        for value in values.iter_mut().filter(|value| value.is_nan()) {
            *value = nodata as f32;
        }
    }
}

/// A length in pixels, as TIFF has it.
fn to_u32(length: usize) -> Result<u32, String> {
    u32::try_from(length).map_err(|_| format!("{length} pixels are too many"))
}

/// A number of bands, as TIFF has it.
fn to_u16(bands: usize) -> Result<u16, String> {
    u16::try_from(bands).map_err(|_| format!("{bands} bands are too many"))
}
