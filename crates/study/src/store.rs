//! What has been done, durably: one file per kind of store.

mod sqlite;

pub use sqlite::SqliteStore;

use edgefront_latency::Accuracy;
use edgefront_pareto::Objective;
use serde::{Deserialize, Serialize};

use crate::{Error, FoldRecord, StudyFile, Trial, TrialId};

/// A place that keeps a study. What a method has acknowledged survives the process and the
/// machine's power.
pub trait Store {
    /// What the study is, if it has begun.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn header(&self) -> Result<Option<Header>, Error>;

    /// Begins the study, or changes what it is.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn set_header(&mut self, header: &Header) -> Result<(), Error>;

    /// All trials with their folds, in the order of their ids.
    ///
    /// # Errors
    /// If the store cannot be read, or what it holds is broken.
    fn trials(&self) -> Result<Vec<Trial>, Error>;

    /// Adds a trial, as yet without folds.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn add_trial(&mut self, trial: &Trial) -> Result<(), Error>;

    /// Adds a fold to its trial.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn add_fold(&mut self, id: TrialId, record: &FoldRecord) -> Result<(), Error>;

    /// Notes that a trial failed in a fold, and forgets that fold and those after it, all or
    /// nothing: which of them had ended is chance.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn fail(&mut self, id: TrialId, fold: usize, reason: &str) -> Result<(), Error>;
}

/// What a study is: enough to make a report without the dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The settings.
    pub file: StudyFile,
    /// What the tiles are.
    pub dataset: DatasetFacts,
    /// The names of the space's parameters.
    pub parameters: Vec<String>,
    /// What the trials are judged by.
    pub objectives: Vec<Objective>,
    /// The names of the folds.
    pub folds: Vec<String>,
    /// The devices, in the study's order; none in headers of old.
    #[serde(default)]
    pub devices: Vec<DeviceFacts>,
}

/// What a device is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceFacts {
    /// Its name.
    pub name: String,
    /// SHA-256 of its file: tells which version of the device predicts.
    pub checksum: String,
    /// How far it was off on networks held out of its fit, if it was judged.
    pub accuracy: Option<Accuracy>,
}

/// What the dataset is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetFacts {
    /// Tells one dataset from another: the same tiles, prepared in the same way, have the same.
    pub checksum: String,
    /// Number of tiles.
    pub tiles: usize,
    /// Rows and columns of a tile.
    pub size: [usize; 2],
    /// Names of the bands.
    pub bands: Vec<String>,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// How the bands are normalised.
    pub normalization: String,
}

impl Header {
    /// The first setting in which another header differs: name, value here, value there. More or
    /// fewer trials are no difference, nor is where the dataset and the output lie. A header of
    /// old, without devices, differs in none.
    pub(crate) fn difference(&self, other: &Self) -> Option<(String, String, String)> {
        let settings = |header: &Self| {
            let mut header = header.clone();
            header.file.search.trials = 0;
            header.file.dataset = "".into();
            header.file.output = None;
            if self.devices.is_empty() || other.devices.is_empty() {
                header.devices.clear();
            }
            serde_json::to_value(header).unwrap_or_default()
        };
        difference("", &settings(self), &settings(other))
    }
}

fn difference(
    path: &str,
    a: &serde_json::Value,
    b: &serde_json::Value,
) -> Option<(String, String, String)> {
    use serde_json::Value::{Null, Object};
    if a == b {
        return None;
    }
    let (Object(left), Object(right)) = (a, b) else {
        return Some((
            path.trim_start_matches("file.").to_owned(),
            a.to_string(),
            b.to_string(),
        ));
    };
    let below = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    left.keys().chain(right.keys()).find_map(|key| {
        let value = |map: &serde_json::Map<_, _>| map.get(key).cloned().unwrap_or(Null);
        difference(&below(key), &value(left), &value(right))
    })
}
