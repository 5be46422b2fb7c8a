use super::TileNormalization;

/// Maps the least value of the band in this tile to 0 and the greatest to 1.
///
/// A constant band becomes 0.
#[derive(Debug)]
pub struct BandMinmax;

impl TileNormalization for BandMinmax {
    fn name(&self) -> &'static str {
        "band-minmax"
    }

    fn description(&self) -> &'static str {
        "each tile and channel from 0 to 1"
    }

    fn apply(&self, band: &mut [f32], _width: usize) {
        let (min, max) = range(band);
        // In f64, so that the range of two large floats does not overflow and the ends are exact.
        let range = f64::from(max) - f64::from(min);
        for value in band {
            *value = if range > 0.0 {
                ((f64::from(*value) - f64::from(min)) / range) as f32
            } else {
                0.0
            };
        }
    }
}

/// The least and the greatest value. Many at a time: one would wait for the other.
pub(super) fn range(values: &[f32]) -> (f32, f32) {
    const LANES: usize = 16;
    let (mut min, mut max) = ([f32::INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks.chain([rest]) {
        for ((&value, min), max) in chunk.iter().zip(&mut min).zip(&mut max) {
            *min = if value < *min { value } else { *min };
            *max = if value > *max { value } else { *max };
        }
    }
    (
        min.into_iter().fold(f32::INFINITY, f32::min),
        max.into_iter().fold(f32::NEG_INFINITY, f32::max),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_constant_band_becomes_zero() {
        let mut band = [7.5; 6];
        BandMinmax.apply(&mut band, 3);
        assert_eq!(band, [0.0; 6]);
    }

    proptest! {
        #[test]
        fn values_span_zero_to_one_in_order(band in prop::collection::vec(-1e30f32..1e30, 2..50)) {
            let mut scaled = band.clone();
            BandMinmax.apply(&mut scaled, 1);
            if band.iter().any(|&v| v != band[0]) {
                prop_assert_eq!(scaled.iter().copied().fold(f32::NAN, f32::min), 0.0);
                prop_assert_eq!(scaled.iter().copied().fold(f32::NAN, f32::max), 1.0);
            }
            for (a, b) in band.iter().zip(&scaled).zip(band.iter().zip(&scaled).skip(1))
                .map(|(x, y)| ((x.0, y.0), (x.1, y.1))) {
                prop_assert!((a.0 <= a.1) == (b.0 <= b.1) || b.0 == b.1);
            }
        }
    }
}
