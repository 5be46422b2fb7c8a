/// Count, range, mean and variance of values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    count: f64,
    min: f32,
    max: f32,
    mean: f64,
    /// The sum of the squares of the distances from the mean.
    squares: f64,
}

/// How many pixels are summed side by side.
const LANES: usize = 16;

impl Default for Moments {
    fn default() -> Self {
        Self {
            count: 0.0,
            min: f32::INFINITY,
            max: f32::NEG_INFINITY,
            mean: 0.0,
            squares: 0.0,
        }
    }
}

impl Moments {
    /// The moments of these values.
    #[must_use]
    pub fn of(values: &[f32]) -> Self {
        let all = Self::of_channels(values, 1);
        all.into_iter().next().unwrap_or_default()
    }

    /// The moments of each channel of these pixels, the channels of one side by side.
    #[must_use]
    pub fn of_channels(pixels: &[f32], channels: usize) -> Vec<Self> {
        // Many pixels at a time, each with sums of its own: none waits for another.
        let width = LANES * channels;
        let mut min = vec![f32::INFINITY; width];
        let mut max = vec![f32::NEG_INFINITY; width];
        let mut sums = vec![0.0; width];
        for run in pixels.chunks(width.max(1)) {
            for (((&value, min), max), sum) in
                (run.iter().zip(&mut min)).zip(&mut max).zip(&mut sums)
            {
                *min = if value < *min { value } else { *min };
                *max = if value > *max { value } else { *max };
                *sum += f64::from(value);
            }
        }
        let count = (pixels.len() / channels.max(1)) as f64;
        let total = |lanes: &[f64], channel: usize| -> f64 {
            lanes[channel..].iter().step_by(channels).sum()
        };
        let means: Vec<f64> = (0..channels)
            .map(|channel| total(&sums, channel) / count.max(1.0))
            .collect();
        let centers: Vec<f64> = means.iter().copied().cycle().take(width).collect();
        let mut squares = vec![0.0; width];
        for run in pixels.chunks(width.max(1)) {
            for ((&value, center), square) in run.iter().zip(&centers).zip(&mut squares) {
                let distance = f64::from(value) - center;
                *square += distance * distance;
            }
        }
        let of = |lanes: &[f32], channel: usize, pick: fn(f32, f32) -> f32| {
            let lanes = lanes[channel..].iter().step_by(channels).copied();
            lanes.reduce(pick).unwrap_or(f32::NAN)
        };
        (0..channels)
            .map(|channel| Self {
                count,
                min: of(&min, channel, f32::min),
                max: of(&max, channel, f32::max),
                mean: means[channel],
                squares: total(&squares, channel),
            })
            .collect()
    }

    /// Takes in those of other values, by the formulas of Chan and others (1983).
    pub fn merge(&mut self, other: &Self) {
        let count = self.count + other.count;
        if count == 0.0 {
            return;
        }
        let between = other.mean - self.mean;
        self.mean += between * other.count / count;
        self.squares += other.squares + between * between * self.count * other.count / count;
        self.count = count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// The least value; infinite without any.
    #[must_use]
    pub fn min(&self) -> f32 {
        self.min
    }

    /// The greatest value; infinite without any.
    #[must_use]
    pub fn max(&self) -> f32 {
        self.max
    }

    /// The mean; 0 without values.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation of the values, not of a population that they are drawn from.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        (self.squares / self.count.max(1.0)).sqrt()
    }

    /// Whether all values are equal, or there is none.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.min >= self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_merge_to_the_whole(
            values in prop::collection::vec(-500f32..9000.0, 1..60),
            cut in any::<prop::sample::Index>(),
        ) {
            let cut = cut.index(values.len());
            let mut merged = Moments::of(&values[..cut]);
            merged.merge(&Moments::of(&values[cut..]));
            let whole = Moments::of(&values);
            prop_assert_eq!((merged.min(), merged.max()), (whole.min(), whole.max()));
            prop_assert!((merged.mean() - whole.mean()).abs() < 1e-9);
            prop_assert!((merged.deviation() - whole.deviation()).abs() < 1e-9);
        }
    }
    #[test]
    fn each_channel_has_its_own() {
        let pixels: Vec<f32> = (0..3 * 50).map(|value| value as f32).collect();
        for (channel, moments) in Moments::of_channels(&pixels, 3).iter().enumerate() {
            let values: Vec<f32> = pixels.iter().copied().skip(channel).step_by(3).collect();
            let expected = Moments::of(&values);
            assert_eq!(
                (moments.min(), moments.max()),
                (expected.min(), expected.max())
            );
            assert_eq!(moments.mean(), 73.5 + channel as f64);
            // 50 numbers 3 apart.
            let variance = 9.0 * (50.0f64.powi(2) - 1.0) / 12.0;
            assert!((moments.deviation() - variance.sqrt()).abs() < 1e-12);
        }
        assert_eq!(Moments::of(&[]), Moments::default());
    }
}
