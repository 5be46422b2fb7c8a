//! What a report is made of: plain data, filled by a study or from any file of results.

mod unknown;

use edgefront_pareto::Objective;
use serde::{Deserialize, Serialize};

/// The trials of one search, with what is needed to read them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Results {
    /// The heading of the report.
    pub title: String,
    /// Plain facts about the run: dataset, folds, epochs, seed.
    pub setting: Vec<Fact>,
    /// What is optimised; the columns of [`Row::objectives`].
    pub objectives: Vec<Objective>,
    /// The objective that [`Row::folds`] repeats, usually the accuracy.
    pub fold_objective: Option<usize>,
    /// What the trials have learnt, beside the objectives; the columns of [`Fold::scores`].
    pub scores: Vec<Score>,
    /// The names of the columns of [`Row::configuration`].
    pub parameters: Vec<String>,
    /// The devices of [`Row::latency_ms`], in its order.
    pub devices: Vec<Device>,
    /// The trials.
    pub rows: Vec<Row>,
    /// What the trials are compared with; never on the front, never in the ranges.
    pub baselines: Vec<Row>,
    /// Remarks for the reader, one sentence or more each.
    pub notes: Vec<String>,
}

/// A named fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What is stated.
    pub name: String,
    /// Its value, in words.
    pub value: String,
}

impl Fact {
    /// A fact.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

/// A measure of what the trials have learnt, such as F1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Score {
    /// Its name.
    pub name: String,
    /// Its unit; empty if it has none.
    pub unit: String,
}

/// What came of one fold of a trial.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fold {
    /// Its name: the region that was left out, or its number.
    pub name: String,
    /// One value per score, in its unit; NaN (in JSON: null) where it is not known.
    #[serde(with = "unknown")]
    pub scores: Vec<f64>,
    /// Test tiles by true class (rows) and predicted class (columns).
    pub confusion: Vec<Vec<u64>>,
    /// The epoch whose weights were kept, from 1.
    pub best_epoch: Option<usize>,
    /// The course of the training, one entry for each epoch; empty if not known.
    pub epochs: Vec<Epoch>,
}

/// One epoch of a fold, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Epoch {
    /// Mean loss over the training tiles, in nats.
    pub train_loss: Option<f64>,
    /// Mean cross-entropy over the validation tiles, in nats.
    pub validation_loss: Option<f64>,
    /// Mean cross-entropy over the test tiles, in nats.
    pub test_loss: Option<f64>,
    /// Share of the test tiles that are right, in percent.
    pub test_accuracy: Option<f64>,
}

/// A device whose latency is predicted or measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    /// Its name.
    pub name: String,
    /// The share of held-out measured networks that the prediction meets within 10 %, in `0..=1`.
    pub within_10_percent: Option<f64>,
    /// The mean absolute relative error on those networks, in percent.
    pub mape_percent: Option<f64>,
    /// The least share of a network's latency in these results that known kernels account for, in
    /// `0..=1`.
    pub coverage: Option<f64>,
}

/// One trial, or one baseline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Row {
    /// The number of the trial; a baseline's is its number among the baselines.
    pub id: u64,
    /// What names the row beyond its number: the architecture's key, a baseline's name.
    pub key: String,
    /// One value per parameter, as text; empty where the row has none.
    pub configuration: Vec<String>,
    /// One value per objective, in its unit; NaN (in JSON: null) where it is not known.
    #[serde(with = "unknown")]
    pub objectives: Vec<f64>,
    /// The fold objective's value on each fold; empty if not known.
    #[serde(with = "unknown")]
    pub folds: Vec<f64>,
    /// The folds in detail; empty if not known.
    pub by_fold: Vec<Fold>,
    /// One latency per device, in milliseconds; empty if not known.
    #[serde(with = "unknown")]
    pub latency_ms: Vec<f64>,
    /// Multiply-accumulate operations of one inference.
    pub macs: Option<u64>,
    /// Trainable parameters.
    pub weights: Option<u64>,
    /// Further facts, for the table of all trials.
    pub extra: Vec<Fact>,
}

impl Row {
    /// The name without the choices behind it: `ResNet-18` of `ResNet-18 channels=7`.
    #[must_use]
    pub fn short_name(&self) -> String {
        let words: Vec<&str> = self
            .key
            .split_whitespace()
            .take_while(|word| !word.contains('='))
            .collect();
        if words.is_empty() {
            self.key.clone()
        } else {
            words.join(" ")
        }
    }

    /// The mean of a score over the folds, in its unit; `None` if it is not known of each.
    #[must_use]
    pub fn score(&self, index: usize) -> Option<f64> {
        let values: Vec<f64> = self.by_fold.iter().map(|fold| fold.scores[index]).collect();
        mean(&values).filter(|mean| mean.is_finite())
    }

    /// The mean latency over the devices, in milliseconds.
    #[must_use]
    pub fn latency_mean(&self) -> Option<f64> {
        mean(&self.latency_ms)
    }

    /// The population standard deviation of the latency over the devices, in milliseconds: the
    /// devices are all there are, not a sample.
    #[must_use]
    pub fn latency_std(&self) -> Option<f64> {
        let mean = mean(&self.latency_ms)?;
        let squares: f64 = self.latency_ms.iter().map(|ms| (ms - mean).powi(2)).sum();
        Some((squares / self.latency_ms.len() as f64).sqrt())
    }

    /// The sample standard deviation of the fold values, in the objective's unit; `None` of fewer
    /// than two folds.
    #[must_use]
    pub fn fold_std(&self) -> Option<f64> {
        let mean = mean(&self.folds).filter(|_| self.folds.len() > 1)?;
        let squares: f64 = self.folds.iter().map(|value| (value - mean).powi(2)).sum();
        Some((squares / (self.folds.len() - 1) as f64).sqrt())
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_of_devices_and_folds() {
        let row = Row {
            latency_ms: vec![2.0, 4.0],
            folds: vec![0.5, 0.7],
            ..Row::default()
        };
        assert_eq!(row.latency_mean(), Some(3.0));
        assert_eq!(row.latency_std(), Some(1.0));
        assert!((row.fold_std().unwrap() - 0.02f64.sqrt()).abs() < 1e-12);
        assert_eq!(Row::default().latency_std(), None);
    }

    #[test]
    fn a_score_that_a_fold_lacks_has_no_mean() {
        let fold = |scores: [f64; 2]| Fold {
            scores: scores.to_vec(),
            ..Fold::default()
        };
        let row = Row {
            by_fold: vec![fold([1.0, 1.0]), fold([2.0, f64::NAN])],
            ..Row::default()
        };
        assert_eq!((row.score(0), row.score(1)), (Some(1.5), None));
        assert_eq!(Row::default().score(0), None);
    }

    #[test]
    fn a_short_name_has_no_choices() {
        let name = |key: &str| {
            let key = key.to_owned();
            Row {
                key,
                ..Row::default()
            }
            .short_name()
        };
        assert_eq!(name("ResNet-18 channels=7 batch_size=16"), "ResNet-18");
        assert_eq!(name("width=32 kernel=3"), "width=32 kernel=3");
    }

    #[test]
    fn what_is_not_known_survives_json() {
        let row = Row {
            objectives: vec![1.5, f64::NAN],
            ..Row::default()
        };
        let text = serde_json::to_string(&row).unwrap();
        let back: Row = serde_json::from_str(&text).unwrap();
        assert_eq!(back.objectives[0], 1.5);
        assert!(back.objectives[1].is_nan());
    }
}
