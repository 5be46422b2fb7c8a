use std::fmt;

use edgefront_engine::Confusion;
use serde::{Deserialize, Deserializer, Serialize};

use crate::Costs;
use crate::measure::is_trained;
use crate::store::Header;

/// Whether a trial was searched or stands beside the search for comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Proposed by the strategy.
    Searched,
    /// A baseline network.
    Baseline,
}

impl Kind {
    /// The name in stores and in the labels of random keys.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Searched => "trial",
            Self::Baseline => "baseline",
        }
    }

    pub(crate) fn by_name(name: &str) -> Option<Self> {
        [Self::Searched, Self::Baseline]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// Names a trial within its study.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrialId {
    /// Searched or baseline.
    pub kind: Kind,
    /// Counted from 0, each kind on its own.
    pub number: usize,
}

impl fmt::Display for TrialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Searched => write!(f, "{}", self.number),
            Kind::Baseline => write!(f, "baseline-{}", self.number),
        }
    }
}

/// A trial: one network, trained once per fold.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Which one.
    pub id: TrialId,
    /// The canonical text of its configuration, or the baseline's name.
    pub key: String,
    /// The key of its network: equal for trials that differ in training only.
    pub architecture: String,
    /// Each parameter of the space with its value; `None` where it does not count.
    pub choices: Vec<(String, Option<String>)>,
    /// What the network costs.
    pub costs: Costs,
    /// The folds that are done, by number.
    pub folds: Vec<FoldRecord>,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

impl Trial {
    /// The mean test accuracy over the folds in percent; `None` before the first is done.
    #[must_use]
    pub fn accuracy(&self) -> Option<f64> {
        self.mean("accuracy")
    }

    /// The mean over the folds of a measure that they have; `None` before the first is done, or
    /// where it has no value in one of them.
    fn mean(&self, measure: &str) -> Option<f64> {
        let values = self.folds.iter().map(|fold| fold.measure(measure));
        let sum = values.sum::<Option<f64>>()?;
        let count = self.folds.len();
        (count > 0).then(|| sum / count as f64)
    }

    /// Whether all of this many folds are done.
    #[must_use]
    pub fn is_complete(&self, folds: usize) -> bool {
        self.failure.is_none() && self.folds.len() == folds
    }

    /// Whether it can be a trial of this study, as one from a damaged store may not.
    pub(crate) fn suits(&self, header: &Header) -> bool {
        let folds = header.folds.len();
        self.costs.latency.len() == header.file.latency.devices.len()
            && self.folds.iter().all(|record| record.is_sound(folds))
    }

    /// The value of a measure, in the unit of [`TRAINED`](crate::TRAINED) or
    /// [`MEASURES`](crate::MEASURES).
    #[must_use]
    pub fn measure(&self, name: &str) -> Option<f64> {
        if is_trained(name) {
            self.mean(name)
        } else {
            self.costs.measure(name)
        }
    }
}

/// What came of one fold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldRecord {
    /// Its number, from 0.
    pub fold: usize,
    /// Its name: the region that was left out, or its number.
    pub name: String,
    /// Test tiles by true class (rows) and predicted class (columns), with the weights that were
    /// kept: those after the best epoch.
    pub confusion: Vec<Vec<u64>>,
    /// The area under the ROC curve with these weights, 0 to 1; `None` where the test tiles are of
    /// one class, and in records of old.
    #[serde(default)]
    pub roc_auc: Option<f64>,
    /// The epoch whose weights were kept, from 1: the best one by the validation tiles, the last
    /// one without any. `None` in records of old, which kept the last.
    #[serde(default)]
    pub best_epoch: Option<usize>,
    /// The course of the training.
    pub epochs: Vec<EpochRecord>,
}

/// One epoch of a fold. A loss that is no finite number is NaN when it comes from a store.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Mean loss over the training tiles, in nats, with the weights of the classes and the
    /// smoothing of the labels.
    #[serde(deserialize_with = "number_or_nan")]
    pub train_loss: f64,
    /// Mean cross-entropy over the test tiles, in nats.
    #[serde(deserialize_with = "number_or_nan")]
    pub test_loss: f64,
    /// Share of the test tiles that are right, in percent.
    pub test_accuracy: f64,
    /// Mean cross-entropy over the validation tiles, in nats; `None` without any.
    #[serde(default)]
    pub validation_loss: Option<f64>,
    /// Share of the validation tiles that are right, in percent; `None` without any.
    #[serde(default)]
    pub validation_accuracy: Option<f64>,
}

/// JSON has no NaN and no infinity: both are written as null.
fn number_or_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

impl FoldRecord {
    fn is_sound(&self, folds: usize) -> bool {
        let table = Confusion::from_rows(&self.confusion);
        self.fold < folds && table.is_some_and(|table| table.total() > 0)
    }

    /// Share of the test tiles that are right, in percent.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.measure("accuracy").unwrap_or(f64::NAN)
    }

    /// The value of one of the measures [`TRAINED`](crate::TRAINED), in its unit; `None` where it
    /// has none, as the precision of a class that none of the test tiles is of or was taken for.
    #[must_use]
    pub fn measure(&self, name: &str) -> Option<f64> {
        if name == "roc_auc" {
            return self.roc_auc;
        }
        let table = Confusion::from_rows(&self.confusion)?;
        let share = match name {
            "accuracy" => table.accuracy(),
            "balanced_accuracy" => table.balanced_accuracy(),
            "precision" => table.average(Confusion::precision),
            "recall" => table.average(Confusion::recall),
            "f1" => table.average(Confusion::f1),
            _ => None,
        };
        share.map(|share| 100.0 * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TRAINED;

    fn fold(fold: usize, confusion: [[u64; 2]; 2], roc_auc: Option<f64>) -> FoldRecord {
        FoldRecord {
            fold,
            name: fold.to_string(),
            confusion: confusion.map(|row| row.to_vec()).to_vec(),
            roc_auc,
            best_epoch: None,
            epochs: Vec::new(),
        }
    }

    #[test]
    fn a_trial_has_the_mean_of_its_folds() {
        let mut trial = Trial {
            id: TrialId {
                kind: Kind::Searched,
                number: 0,
            },
            key: String::new(),
            architecture: String::new(),
            choices: Vec::new(),
            costs: Costs {
                latency: Vec::new(),
                onnx_bytes: 0,
                macs: 0,
                parameters: 0,
            },
            folds: Vec::new(),
            failure: None,
        };
        assert_eq!(trial.measure("f1"), None);
        trial.folds = vec![
            fold(0, [[6, 2], [1, 1]], Some(0.75)),
            fold(1, [[8, 0], [0, 2]], Some(1.0)),
        ];
        // Of the first fold: 1 of 3 taken for the class is right, 1 of 2 is found.
        for (name, expected) in [
            ("accuracy", 85.0),
            ("balanced_accuracy", (62.5 + 100.0) / 2.0),
            ("precision", (100.0 / 3.0 + 100.0) / 2.0),
            ("recall", 75.0),
            ("f1", 70.0),
            ("roc_auc", 0.875),
        ] {
            let value = trial.measure(name).unwrap();
            assert!((value - expected).abs() < 1e-12, "{name}: {value}");
        }
        assert!(
            TRAINED
                .iter()
                .all(|(name, ..)| trial.measure(name).is_some())
        );
        trial.folds[1].roc_auc = None;
        assert_eq!(trial.measure("roc_auc"), None);
    }

    /// As the program wrote them before it knew areas and validation.
    #[test]
    fn a_record_of_old_is_read() {
        let text = r#"{"fold":0,"name":"1","confusion":[[3,1],[0,4]],
            "epochs":[{"train_loss":0.5,"test_loss":null,"test_accuracy":75.0}]}"#;
        let record: FoldRecord = serde_json::from_str(text).unwrap();
        assert_eq!(record.measure("accuracy"), Some(87.5));
        assert_eq!((record.roc_auc, record.best_epoch), (None, None));
        assert_eq!(record.epochs[0].validation_loss, None);
    }
}
