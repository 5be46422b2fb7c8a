use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::TILE;
use crate::raster::SampleType;
use crate::raster::write::{byte, mark_nodata};

/// A tile as it is stored: differences between neighbours, deflated. NaN in `values` becomes
/// "no data".
pub(super) fn encode(
    values: &mut [f32],
    bands: usize,
    samples: SampleType,
    nodata: Option<f64>,
) -> io::Result<Vec<u8>> {
    mark_nodata(values, nodata);
    let bytes = match samples {
        SampleType::Uint8 => {
            let mut bytes: Vec<u8> = values.iter().map(|&value| byte(value)).collect();
            for row in bytes.chunks_exact_mut(TILE * bands) {
                differ(row, bands);
            }
            bytes
        }
        SampleType::Float32 => {
            let mut bytes = Vec::with_capacity(4 * values.len());
            for row in values.chunks_exact(TILE * bands) {
                let start = bytes.len();
                // First all highest bytes, then all second ones: neighbours are alike (TIFF
                // technical note 3).
                for place in 0..4 {
                    bytes.extend(row.iter().map(|value| value.to_be_bytes()[place]));
                }
                differ(&mut bytes[start..], bands);
            }
            bytes
        }
    };
    // The fastest setting: on maps of probabilities the default one saves little and takes three
    // times as long.
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&bytes)?;
    encoder.finish()
}

/// Replaces each byte by its difference from the one `step` before.
fn differ(row: &mut [u8], step: usize) {
    for place in (step..row.len()).rev() {
        row[place] = row[place].wrapping_sub(row[place - step]);
    }
}
