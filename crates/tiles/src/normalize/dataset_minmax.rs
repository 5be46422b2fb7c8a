use super::{FittedNormalization, Moments, Scaling};

/// Maps the least value of the channel in all training tiles to 0 and the greatest to 1.
///
/// A channel that is constant in the training tiles becomes 0 everywhere.
#[derive(Debug)]
pub struct DatasetMinmax;

impl FittedNormalization for DatasetMinmax {
    fn name(&self) -> &'static str {
        "dataset-minmax"
    }

    fn description(&self) -> &'static str {
        "each channel of the training tiles from 0 to 1, the test tiles by the same constants"
    }

    fn fit(&self, channel: &Moments) -> Scaling {
        let range = f64::from(channel.max()) - f64::from(channel.min());
        Scaling::new(channel.min(), range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn training_values_span_zero_to_one() {
        let fit = |values: &[f32]| DatasetMinmax.fit(&Moments::of(values));
        let scaling = fit(&[2.0, 10.0, 4.0]);
        assert_eq!([2.0, 10.0, 18.0].map(|v| scaling.apply(v)), [0.0, 1.0, 2.0]);
        assert_eq!(fit(&[3.0, 3.0]).apply(7.0), 0.0);
    }
}
