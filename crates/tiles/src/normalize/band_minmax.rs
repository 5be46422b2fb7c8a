use super::Normalization;

/// Maps the least value of the band in this tile to 0 and the greatest to 1.
///
/// A constant band becomes 0.
#[derive(Debug)]
pub struct BandMinmax;

impl Normalization for BandMinmax {
    fn name(&self) -> &'static str {
        "band-minmax"
    }

    fn apply(&self, band: &mut [f32], _width: usize) {
        let min = band.iter().copied().fold(f32::INFINITY, f32::min);
        let max = band.iter().copied().fold(f32::NEG_INFINITY, f32::max);
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
