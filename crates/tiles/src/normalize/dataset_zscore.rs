use super::{FittedNormalization, Moments, Scaling};

/// Takes the mean of the channel in all training tiles away and divides by its standard deviation
/// there.
///
/// A channel that is constant in the training tiles becomes 0 everywhere.
#[derive(Debug)]
pub struct DatasetZscore;

impl FittedNormalization for DatasetZscore {
    fn name(&self) -> &'static str {
        "dataset-zscore"
    }

    fn description(&self) -> &'static str {
        "each channel of the training tiles to mean 0 and standard deviation 1, the test tiles by \
         the same constants"
    }

    fn fit(&self, channel: &Moments) -> Scaling {
        let spread = if channel.is_constant() {
            0.0
        } else {
            channel.deviation()
        };
        Scaling::new(channel.mean() as f32, spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn training_values_have_mean_zero_and_deviation_one() {
        let fit = |values: &[f32]| DatasetZscore.fit(&Moments::of(values));
        let scaling = fit(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert_eq!([5.0, 9.0].map(|v| scaling.apply(v)), [0.0, 2.0]);
        assert_eq!(fit(&[3.0, 3.0]).apply(7.0), 0.0);
    }
}
