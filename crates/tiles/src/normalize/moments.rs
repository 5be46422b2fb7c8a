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
    /// The moments of these values, which are gone through twice.
    #[must_use]
    pub fn of(values: impl Iterator<Item = f32> + Clone) -> Self {
        let mut moments = Self::default();
        let mut sum = 0.0;
        for value in values.clone() {
            moments.count += 1.0;
            moments.min = moments.min.min(value);
            moments.max = moments.max.max(value);
            sum += f64::from(value);
        }
        if moments.count > 0.0 {
            moments.mean = sum / moments.count;
        }
        moments.squares = values
            .map(|value| (f64::from(value) - moments.mean).powi(2))
            .sum();
        moments
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
            let mut merged = Moments::of(values[..cut].iter().copied());
            merged.merge(&Moments::of(values[cut..].iter().copied()));
            let whole = Moments::of(values.iter().copied());
            prop_assert_eq!((merged.min(), merged.max()), (whole.min(), whole.max()));
            prop_assert!((merged.mean() - whole.mean()).abs() < 1e-9);
            prop_assert!((merged.deviation() - whole.deviation()).abs() < 1e-9);
        }
    }
}
