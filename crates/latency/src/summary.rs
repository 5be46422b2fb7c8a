//! One figure for several devices.

use crate::error::Error;
use crate::predict::Prediction;

/// The latencies of a network on several devices, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation as a population: the sum of squares is divided by the number of
    /// devices.
    pub std: f64,
    /// The slowest.
    pub max: f64,
}

impl Summary {
    /// Sums up the predictions of a network on one or more devices.
    ///
    /// # Errors
    /// [`Error::NoDevice`] of no predictions.
    pub fn of(predictions: &[Prediction]) -> Result<Self, Error> {
        if predictions.is_empty() {
            return Err(Error::NoDevice);
        }
        let count = predictions.len() as f64;
        let latencies = || predictions.iter().map(|prediction| prediction.milliseconds);
        let mean = latencies().sum::<f64>() / count;
        let variance = latencies().map(|ms| (ms - mean).powi(2)).sum::<f64>() / count;
        Ok(Self {
            mean,
            std: variance.sqrt(),
            max: latencies().fold(0.0, f64::max),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction(milliseconds: f64) -> Prediction {
        Prediction {
            milliseconds,
            ..Prediction::of_kernels("device", Vec::new(), None)
        }
    }

    #[test]
    fn deviation_is_of_the_population() {
        let of = |latencies: &[f64]| {
            Summary::of(
                &latencies
                    .iter()
                    .copied()
                    .map(prediction)
                    .collect::<Vec<_>>(),
            )
        };
        let summary = of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert_eq!((summary.mean, summary.std, summary.max), (5.0, 2.0, 9.0));
        assert!(matches!(of(&[]), Err(Error::NoDevice)));
    }
}
