use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::Costs;
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
        let count = self.folds.len();
        let sum: f64 = self.folds.iter().map(FoldRecord::accuracy).sum();
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

    /// The value of a measure: `accuracy` here, everything else in the [`Costs`].
    #[must_use]
    pub fn measure(&self, name: &str) -> Option<f64> {
        if name == "accuracy" {
            self.accuracy()
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
    /// Test tiles by true class (rows) and predicted class (columns), after the last epoch.
    pub confusion: Vec<Vec<u64>>,
    /// The course of the training.
    pub epochs: Vec<EpochRecord>,
}

/// One epoch of a fold. A loss that is no finite number is NaN when it comes from a store.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Mean cross-entropy over the training tiles, in nats.
    #[serde(deserialize_with = "number_or_nan")]
    pub train_loss: f64,
    /// Mean cross-entropy over the test tiles, in nats.
    #[serde(deserialize_with = "number_or_nan")]
    pub test_loss: f64,
    /// Share of the test tiles that are right, in percent.
    pub test_accuracy: f64,
}

/// JSON has no NaN and no infinity: both are written as null.
fn number_or_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

impl FoldRecord {
    fn is_sound(&self, folds: usize) -> bool {
        let classes = self.confusion.len();
        let square = self.confusion.iter().all(|row| row.len() == classes);
        self.fold < folds && square && self.confusion.iter().flatten().any(|&tiles| tiles > 0)
    }

    /// Share of the test tiles that are right after the last epoch, in percent.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let right: u64 = (0..self.confusion.len())
            .map(|class| self.confusion[class][class])
            .sum();
        let all: u64 = self.confusion.iter().flatten().sum();
        100.0 * right as f64 / all as f64
    }
}
