/// Differences of position, in pixels, that come from rounding.
const ROUNDING: f64 = 1e-6;

/// The pixels that a box along one axis covers, with the share of each in the box.
#[derive(Clone, Debug, Default)]
pub(super) struct Taps {
    /// The first pixel.
    pub first: usize,
    /// The shares of it and those that follow; they sum to 1.
    pub weights: Vec<f64>,
}

impl Taps {
    /// Sets them to a box of `size` pixels, at least one, around `centre`. What juts out over the
    /// ends of the axis is cut off. `centre` lies in `0..=length`.
    pub(super) fn set(&mut self, centre: f64, size: f64, length: usize) {
        let half = 0.5 * size.max(1.0);
        let low = snapped(centre - half).max(0.0);
        let high = snapped(centre + half).min(length as f64);
        self.first = low as usize;
        let last = high.ceil() as usize;
        self.weights.clear();
        self.weights.extend((self.first..last).map(|pixel| {
            let covered = high.min(pixel as f64 + 1.0) - low.max(pixel as f64);
            covered / (high - low)
        }));
    }
}

/// A box whose edge misses that of a pixel by a rounding error does not reach the next pixel:
/// there might be no value there.
fn snapped(edge: f64) -> f64 {
    let whole = edge.round();
    if (edge - whole).abs() < ROUNDING {
        whole
    } else {
        edge
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn taps(centre: f64, size: f64, length: usize) -> (usize, Vec<f64>) {
        let mut taps = Taps::default();
        taps.set(centre, size, length);
        (taps.first, taps.weights)
    }

    #[test]
    fn small_boxes_interpolate_and_large_ones_average() {
        assert_eq!(taps(2.5, 0.4, 9), (2, vec![1.0]));
        assert_eq!(taps(2.75, 1.0, 9), (2, vec![0.75, 0.25]));
        assert_eq!(taps(3.0, 4.0, 9), (1, vec![0.25; 4]));
        let (first, weights) = taps(3.0, 3.0, 9);
        assert_eq!(first, 1);
        for (weight, sixths) in weights.iter().zip([1.0, 2.0, 2.0, 1.0]) {
            assert!((weight - sixths / 6.0).abs() < 1e-15);
        }
    }

    #[test]
    fn rounding_reaches_no_further_pixel() {
        assert_eq!(taps(2.5 + 1e-9, 1.0, 9), (2, vec![1.0]));
        assert_eq!(taps(2.5 - 1e-9, 1.0, 9), (2, vec![1.0]));
    }

    #[test]
    fn what_juts_out_is_cut_off() {
        assert_eq!(taps(0.0, 1.0, 9), (0, vec![1.0]));
        assert_eq!(taps(9.0, 1.0, 9), (8, vec![1.0]));
        assert_eq!(taps(1.0, 40.0, 2), (0, vec![0.5; 2]));
    }

    proptest! {
        #[test]
        fn shares_are_positive_and_sum_to_one(
            centre in 0.0..=50.0f64,
            size in 0.0..20.0f64,
        ) {
            let (first, weights) = taps(centre, size, 50);
            prop_assert!(first + weights.len() <= 50);
            prop_assert!(weights.iter().all(|&w| w > 0.0));
            prop_assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
