use std::path::Path;

use geotiff_writer::{ExtraSample, GeoTiffBuilder, NumericSample, PhotometricInterpretation};
use ndarray::ArrayView3;

use super::Raster;
use crate::error::Error;

/// How samples are stored in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleType {
    /// Unsigned 8-bit integers: values are rounded and clamped to 0..=255, NaN becomes 0.
    Uint8,
    /// 32-bit floats, as they are.
    Float32,
}

/// Writes all bands of a raster as an uncompressed GeoTIFF file.
///
/// The coordinate system goes into the `GeoKeys`, the transform into pixel scale and tie point.
/// Three and more bands of bytes are declared red, green, blue and unspecified ones: viewers
/// show them in colour, and none takes the near infrared for transparency.
///
/// # Errors
/// [`Error::RasterWrite`] names the file and the reason: the folder does not exist, the disk is
/// full, the EPSG code does not fit the format, or the sizes disagree.
pub fn write_raster(path: &Path, raster: &Raster, samples: SampleType) -> Result<(), Error> {
    let fail = |reason: String| Error::RasterWrite {
        path: path.to_path_buf(),
        reason,
    };
    let size = |n: usize| u32::try_from(n).map_err(|_| fail(format!("{n} pixels are too many")));
    let mut builder =
        GeoTiffBuilder::new(size(raster.width)?, size(raster.height)?).bands(size(raster.bands)?);
    if let Some(epsg) = raster.epsg {
        let code = u16::try_from(epsg)
            .map_err(|_| fail(format!("EPSG:{epsg} does not fit 16 bits of a GeoKey")))?;
        builder = builder.epsg(code);
    }
    if let Some(t) = raster.transform {
        builder = builder
            .pixel_scale(t.pixel_width, t.pixel_height)
            .origin(t.left, t.top);
    }
    if let Some(nodata) = raster.nodata {
        builder = builder.nodata(&nodata.to_string());
    }
    if samples == SampleType::Uint8 && raster.bands >= 3 {
        builder = builder
            .photometric(PhotometricInterpretation::Rgb)
            .extra_samples(vec![ExtraSample::Unspecified; raster.bands - 3]);
    }
    match samples {
        SampleType::Float32 => store(path, &builder, raster, &raster.samples),
        SampleType::Uint8 => {
            let bytes: Vec<u8> = raster.samples.iter().map(|&v| v.round() as u8).collect();
            store(path, &builder, raster, &bytes)
        }
    }
    .map_err(fail)
}

fn store<T: NumericSample>(
    path: &Path,
    builder: &GeoTiffBuilder,
    raster: &Raster,
    samples: &[T],
) -> Result<(), String> {
    let shape = (raster.height, raster.width, raster.bands);
    let pixels = ArrayView3::from_shape(shape, samples).map_err(|e| e.to_string())?;
    builder.write_3d(path, pixels).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::{Transform, read_raster};

    fn raster(bands: usize) -> Raster {
        let (width, height) = (7, 5);
        Raster {
            width,
            height,
            bands,
            samples: (0..width * height * bands).map(|i| i as f32).collect(),
            transform: Some(Transform {
                left: 412_345.5,
                top: 4_512_345.25,
                pixel_width: 1.0,
                pixel_height: 0.5,
            }),
            epsg: Some(26914),
            nodata: Some(-9999.0),
        }
    }

    #[test]
    fn floats_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dem.tif");
        let mut dem = raster(1);
        dem.samples[3] = 0.1;
        write_raster(&path, &dem, SampleType::Float32).unwrap();
        assert_eq!(read_raster(&path).unwrap(), dem);
    }

    #[test]
    fn four_byte_bands_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("aerial.tif");
        let mut aerial = raster(4);
        aerial.nodata = None;
        write_raster(&path, &aerial, SampleType::Uint8).unwrap();
        assert_eq!(read_raster(&path).unwrap(), aerial);
    }

    #[test]
    fn a_truncated_file_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.tif");
        write_raster(&path, &raster(4), SampleType::Float32).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for keep in [0, 3, 8, 40, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..keep]).unwrap();
            let message = read_raster(&path).unwrap_err().to_string();
            assert!(message.contains("cut.tif"), "{keep} bytes: {message}");
        }
    }

    #[test]
    fn a_header_that_promises_too_much_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.tif");
        write_raster(&path, &raster(4), SampleType::Float32).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        // Entries of a TIFF directory: tag, type, count, value. ImageWidth and ImageLength.
        for (tag, length) in [(256u16, 7u32), (257, 5)] {
            let is_entry = |entry: &[u8]| {
                entry[..2] == tag.to_le_bytes()
                    && entry[4..8] == 1u32.to_le_bytes()
                    && entry[8..] == length.to_le_bytes()
            };
            let at = bytes.windows(12).position(is_entry).unwrap();
            bytes[at + 8..at + 10].copy_from_slice(&u16::MAX.to_le_bytes());
        }
        std::fs::write(&path, bytes).unwrap();
        let message = read_raster(&path).unwrap_err().to_string();
        assert!(
            message.contains("65535x65535 pixels of 4 bands"),
            "{message}"
        );
    }

    #[test]
    fn a_missing_folder_is_an_error_that_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nowhere/dem.tif");
        let message = write_raster(&path, &raster(1), SampleType::Float32)
            .unwrap_err()
            .to_string();
        assert!(message.contains("dem.tif"), "{message}");
    }
}
