//! One pass over the pixels, on all cores.

use crate::dataset::Dataset;
use crate::parallel;

/// What one look at a tile says.
pub(super) struct TileScan {
    /// Equal images have equal sums; different ones may.
    pub sum: u64,
    pub channels: Vec<ChannelScan>,
}

/// The values of one channel of one tile.
#[derive(Clone, Copy)]
pub(super) struct ChannelScan {
    /// Extremes of the finite values; infinite if there are none.
    pub min: f32,
    pub max: f32,
    /// Of the finite values, and of their squares.
    pub total: f64,
    pub squares: f64,
    /// How many values are finite.
    pub finite: usize,
    /// How many are the least, and how many the greatest.
    pub at_min: usize,
    pub at_max: usize,
}

impl ChannelScan {
    const NONE: Self = Self {
        min: f32::INFINITY,
        max: f32::NEG_INFINITY,
        total: 0.0,
        squares: 0.0,
        finite: 0,
        at_min: 0,
        at_max: 0,
    };

    /// NaN if there is no value.
    pub fn mean(&self) -> f64 {
        self.total / self.finite as f64
    }

    /// The standard deviation; NaN if there is no value.
    pub fn deviation(&self) -> f64 {
        let mean = self.mean();
        (self.squares / self.finite as f64 - mean * mean)
            .max(0.0)
            .sqrt()
    }

    fn merge(&mut self, other: &Self) {
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.total += other.total;
        self.squares += other.squares;
        self.finite += other.finite;
    }
}

/// Looks at every tile once, in as many threads.
pub(super) fn scan(dataset: &Dataset, threads: usize) -> Vec<TileScan> {
    let tiles: Vec<usize> = (0..dataset.len()).collect();
    parallel::map(&tiles, threads, |&tile| {
        scan_image(dataset.image(tile), dataset.channels())
    })
}

fn scan_image(image: &[f32], channels: usize) -> TileScan {
    TileScan {
        sum: sum(image),
        channels: scan_finite(image, channels).unwrap_or_else(|| scan_any(image, channels)),
    }
}

/// Pixels that are looked at side by side, so that the compiler makes vectors of them.
const SIDE_BY_SIDE: usize = 8;

/// `None` if a value is not finite.
fn scan_finite(image: &[f32], channels: usize) -> Option<Vec<ChannelScan>> {
    let width = channels * SIDE_BY_SIDE;
    let chunks = || image.chunks_exact(width);
    let rest = chunks().remainder();
    let (mut min, mut max) = (vec![f32::INFINITY; width], vec![f32::NEG_INFINITY; width]);
    let (mut total, mut squares) = (vec![0.0f64; width], vec![0.0f64; width]);
    // Nought times a finite number is nought; times others NaN, which stays.
    let mut left = vec![0.0f32; width];
    let mut add = |chunk: &[f32]| {
        let extremes = min.iter_mut().zip(&mut max).zip(&mut left);
        for (&value, ((min, max), left)) in chunk.iter().zip(extremes) {
            *min = if value < *min { value } else { *min };
            *max = if value > *max { value } else { *max };
            *left += value * 0.0;
        }
        let totals = total.iter_mut().zip(&mut squares);
        for (&value, (total, squares)) in chunk.iter().zip(totals) {
            let value = f64::from(value);
            *total += value;
            *squares += value * value;
        }
    };
    chunks().for_each(&mut add);
    add(rest);
    if left.iter().any(|left| left.is_nan()) {
        return None;
    }
    let mut scans = vec![ChannelScan::NONE; channels];
    for lane in 0..width {
        scans[lane % channels].merge(&ChannelScan {
            min: min[lane],
            max: max[lane],
            total: total[lane],
            squares: squares[lane],
            ..ChannelScan::NONE
        });
    }
    for (lane, (min, max)) in min.iter_mut().zip(&mut max).enumerate() {
        (*min, *max) = (scans[lane % channels].min, scans[lane % channels].max);
    }
    let (mut at_min, mut at_max) = (vec![0u32; width], vec![0u32; width]);
    let mut count = |chunk: &[f32]| {
        let extremes = min.iter().zip(&max).zip(&mut at_min).zip(&mut at_max);
        for (&value, (((min, max), at_min), at_max)) in chunk.iter().zip(extremes) {
            *at_min += u32::from(value == *min);
            *at_max += u32::from(value == *max);
        }
    };
    chunks().for_each(&mut count);
    count(rest);
    for (channel, scan) in scans.iter_mut().enumerate() {
        let of_channel = |counts: &[u32]| -> usize {
            let counts = counts.iter().skip(channel).step_by(channels);
            counts.map(|&count| count as usize).sum()
        };
        scan.finite = image.len() / channels;
        (scan.at_min, scan.at_max) = (of_channel(&at_min), of_channel(&at_max));
    }
    Some(scans)
}

/// As [`scan_finite`], of any values.
fn scan_any(image: &[f32], channels: usize) -> Vec<ChannelScan> {
    let of_channel = |channel: usize| {
        let values = image.iter().copied().skip(channel).step_by(channels);
        let values = values.filter(|value| value.is_finite());
        let mut scan = ChannelScan::NONE;
        for value in values.clone() {
            scan.merge(&ChannelScan {
                min: value,
                max: value,
                total: f64::from(value),
                squares: f64::from(value) * f64::from(value),
                finite: 1,
                ..ChannelScan::NONE
            });
        }
        scan.at_min = values.clone().filter(|&value| value == scan.min).count();
        scan.at_max = values.filter(|&value| value == scan.max).count();
        scan
    };
    (0..channels).map(of_channel).collect()
}

/// A sum of all bits: quick, and good enough to find images worth comparing.
fn sum(image: &[f32]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let step = |sum: u64, bits: u64| (sum.rotate_left(29) ^ bits).wrapping_mul(FACTOR);
    let bits = |pair: &[f32]| {
        let high = pair.get(1).map_or(0, |value| value.to_bits());
        u64::from(pair[0].to_bits()) | u64::from(high) << 32
    };
    // Four sums, as each multiplication waits for the one before it.
    let mut sums = [1, 2, 3, 4];
    let chunks = image.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (sum, pair) in sums.iter_mut().zip(chunk.chunks_exact(2)) {
            *sum = step(*sum, bits(pair));
        }
    }
    let sum = sums.into_iter().fold(0, step);
    rest.chunks(2).map(bits).fold(sum, step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Side by side as one by one, with rests of every length.
        #[test]
        fn vectors_say_what_a_plain_loop_says(
            pixels in 1usize..40,
            channels in 1usize..9,
            values in prop::collection::vec(-3i8..4, 400),
        ) {
            let image: Vec<f32> = values.iter().map(|&value| f32::from(value) * 0.5).collect();
            let mut image = image[..pixels * channels].to_vec();
            let (fast, plain) = (scan_finite(&image, channels).unwrap(), scan_any(&image, channels));
            for (fast, plain) in fast.iter().zip(&plain) {
                prop_assert_eq!((fast.min, fast.max, fast.finite), (plain.min, plain.max, plain.finite));
                prop_assert_eq!((fast.at_min, fast.at_max), (plain.at_min, plain.at_max));
                prop_assert_eq!((fast.total, fast.squares), (plain.total, plain.squares));
            }
            let before = sum(&image);
            let place = pixels * channels / 2;
            image[place] += 1.0;
            prop_assert_ne!(before, sum(&image));
            image[place] = f32::INFINITY;
            prop_assert!(scan_finite(&image, channels).is_none());
        }
    }

    #[test]
    fn moments_of_few_values() {
        let scan = &scan_any(&[1.0, f32::NAN, 3.0, 3.0], 1)[0];
        assert_eq!((scan.finite, scan.at_min, scan.at_max), (3, 1, 2));
        assert!((scan.mean() - 7.0 / 3.0).abs() < 1e-12);
        assert!((scan.deviation() - (8.0f64 / 9.0).sqrt()).abs() < 1e-12);
    }
}
