/// Magnitude from which a value is a placeholder: tools fill float rasters with +-3.4028235e38
/// and do not always declare it.
pub const PLACEHOLDER_MAGNITUDE: f32 = 3.4e38;

/// Sets the samples to NaN that hold no value.
///
/// A sample is missing if it is not finite or at least [`PLACEHOLDER_MAGNITUDE`]. The declared
/// no-data value makes a pixel missing only where all bands hold it.
pub(super) fn mark_missing(samples: &mut [f32], bands: usize, nodata: Option<f64>) {
    for value in samples.iter_mut() {
        if !value.is_finite() || value.abs() >= PLACEHOLDER_MAGNITUDE {
            *value = f32::NAN;
        }
    }
    let Some(nodata) = nodata.map(|value| value as f32) else {
        return;
    };
    for pixel in samples.chunks_exact_mut(bands) {
        if pixel.iter().all(|&value| value == nodata) {
            pixel.fill(f32::NAN);
        }
    }
}

/// Sets the pixels to NaN that a mask hides.
pub(super) fn mark_masked(samples: &mut [f32], bands: usize, mask: &[bool]) {
    for (pixel, &shown) in samples.chunks_exact_mut(bands).zip(mask) {
        if !shown {
            pixel.fill(f32::NAN);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(bands: usize, samples: &[f32], nodata: Option<f64>) -> Vec<bool> {
        let mut samples = samples.to_vec();
        mark_missing(&mut samples, bands, nodata);
        samples.iter().map(|value| value.is_nan()).collect()
    }

    #[test]
    fn placeholders_are_missing_without_being_declared() {
        let samples = [
            f32::NAN,
            1.0,
            -3.402_823_5e38,
            3.4e38,
            f32::INFINITY,
            3.3e38,
        ];
        assert_eq!(
            missing(2, &samples, None),
            [true, false, true, true, true, false]
        );
    }

    #[test]
    fn a_declared_value_counts_where_all_bands_hold_it() {
        let samples = [0.0, 0.0, 0.0, 7.0, 7.0, 0.0];
        assert_eq!(
            missing(2, &samples, Some(0.0)),
            [true, true, false, false, false, false]
        );
        assert_eq!(missing(1, &[-9999.0, 12.0], Some(-9999.0)), [true, false]);
    }
}
