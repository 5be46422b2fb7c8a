mod training;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use edgefront_latency::{Method, Predictor, builtin_devices};
use edgefront_space::Value;
use edgefront_tiles::fold::FoldOptions;
use serde::{Deserialize, Serialize};

use crate::Error;

pub use training::{OptimizerName, Training};

/// A study file: what to search, on which tiles, judged by what.
///
/// Only `dataset` and `space` have no default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyFile {
    /// The dataset folder, relative to the study file.
    pub dataset: PathBuf,
    /// Where the study is kept, relative to the study file; default: the study file's name
    /// without its ending.
    #[serde(default)]
    pub output: Option<PathBuf>,
    /// The seed of every random draw.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// What the trials are judged by, as `measure:max` or `measure:min`, with a tolerance
    /// `measure:min:0.5` below which two values are the same for all practical purposes.
    #[serde(default = "default_objectives")]
    pub objectives: Vec<String>,
    /// What is searched.
    pub space: SpaceChoice,
    /// How it is searched.
    #[serde(default)]
    pub search: Search,
    /// How the networks are trained.
    #[serde(default)]
    pub training: Training,
    /// How they are tested.
    #[serde(default)]
    pub folds: Folds,
    /// On which devices they shall run.
    #[serde(default)]
    pub latency: Latency,
}

/// Section `[space]`: exactly one of `preset` and `file`, and restrictions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpaceChoice {
    /// The name of a space that comes with the program.
    #[serde(default)]
    pub preset: Option<String>,
    /// A space's own file, relative to the study file.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// Parameters of which only these values are searched.
    #[serde(default)]
    pub restrict: BTreeMap<String, Vec<Value>>,
}

/// Section `[search]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    /// The strategy's name.
    pub strategy: String,
    /// Networks to train, at least 1.
    pub trials: usize,
    /// Bounds on measures that need no training, such as `latency <= 20`.
    pub constraints: Vec<String>,
    /// Whether ResNet-18 is trained beside the search, for each combination of input and
    /// training parameters.
    pub baseline: bool,
}

impl Default for Search {
    fn default() -> Self {
        let strategy = "random".to_owned();
        Self {
            strategy,
            trials: 100,
            constraints: Vec::new(),
            baseline: true,
        }
    }
}

/// Section `[folds]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Folds {
    /// The name of a [fold rule](edgefront_tiles::fold): `stratified`, `grouped`, `region`,
    /// `blocks` or `sklearn-stratified`.
    pub method: String,
    /// Number of folds, at least 2; `region` has one per region instead.
    pub count: usize,
    /// Side of the blocks of `blocks`, in units of the tiles' coordinate system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_size: Option<f64>,
    /// The seed of `sklearn-stratified`; default 42.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random_state: Option<u32>,
    /// Training tiles no farther than this from a test tile are left out, in units of the tiles'
    /// coordinate system; 0 leaves out none.
    pub buffer: f64,
    /// What each fold of a trial starts from.
    pub fold_weights: FoldWeights,
}

impl Default for Folds {
    fn default() -> Self {
        Self {
            method: "stratified".to_owned(),
            count: 5,
            block_size: None,
            random_state: None,
            buffer: 0.0,
            fold_weights: FoldWeights::Fresh,
        }
    }
}

impl Folds {
    /// What a fold rule is told.
    pub(crate) fn options(&self) -> FoldOptions {
        FoldOptions {
            count: self.count,
            block_size: self.block_size,
            random_state: self.random_state,
            buffer: self.buffer,
        }
    }
}

/// What each fold of a trial starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FoldWeights {
    /// From weights of its own, newly drawn.
    #[default]
    Fresh,
    /// From what the fold before it ended with. The tiles that it is tested on have been trained
    /// on by then: this leaks, and serves only to reproduce studies that did so.
    Carried,
}

impl FoldWeights {
    /// What whoever reads the accuracies must know; `None` if they are sound.
    #[must_use]
    pub fn warning(self) -> Option<&'static str> {
        match self {
            Self::Fresh => None,
            Self::Carried => Some(
                "fold_weights = \"carried\": each fold starts from the weights that the one before \
                 it ended with, which were trained on its test tiles; the accuracies are too high, \
                 and serve to reproduce studies that did the same",
            ),
        }
    }
}

/// Section `[latency]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Latency {
    /// Devices whose mean is the objective `latency`, by name, or by the path of their file,
    /// relative to the study file; default: all that come with the program.
    pub devices: Vec<String>,
    /// How they predict: `measured`, or `nn-meter` to compare with figures published with it.
    pub predictor: Method,
}

impl Default for Latency {
    fn default() -> Self {
        let devices = builtin_devices().iter();
        Self {
            devices: devices.map(|device| device.name().to_owned()).collect(),
            predictor: Method::default(),
        }
    }
}

fn default_seed() -> u64 {
    42
}

fn default_objectives() -> Vec<String> {
    ["accuracy:max:0.5", "latency:min:0.5", "memory:min:0.01"]
        .map(str::to_owned)
        .to_vec()
}

impl StudyFile {
    /// Reads a study file.
    ///
    /// # Errors
    /// If it cannot be read or is no study file: a misspelt key is named, with the right one.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(Error::file(path))?;
        toml::from_str(&text).map_err(|error| {
            let mut reason = error.to_string().trim_end().to_owned();
            if let Some(right) = suggestion(error.message()) {
                reason = format!("{reason}\ndid you mean `{right}`?");
            }
            Error::Syntax {
                path: path.to_path_buf(),
                reason,
            }
        })
    }

    /// The study's directory, for a study file at this path.
    #[must_use]
    pub fn directory(&self, path: &Path) -> PathBuf {
        match &self.output {
            Some(output) => beside(path, output),
            None => path.with_extension(""),
        }
    }
}

/// A path in a study file, seen from where the program runs.
pub(crate) fn beside(study_file: &Path, path: &Path) -> PathBuf {
    study_file
        .parent()
        .map_or_else(|| path.to_path_buf(), |folder| folder.join(path))
}

/// The known name that is most like the unknown one in a message of serde's:
/// "unknown field `epoch`, expected one of `epochs`, `batch_size`".
fn suggestion(message: &str) -> Option<&str> {
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next().filter(|_| message.starts_with("unknown"))?;
    names
        .map(|name| (strsim::jaro_winkler(&unknown.to_lowercase(), name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<StudyFile, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.toml");
        fs::write(&path, text).unwrap();
        StudyFile::read(&path)
    }

    #[test]
    fn defaults_are_those_of_the_sound_protocol() {
        let file = read("dataset = 'tiles'\n[space]\npreset = 'resnet18-drainage'\n").unwrap();
        assert_eq!(
            file.folds,
            Folds {
                method: "stratified".into(),
                count: 5,
                block_size: None,
                random_state: None,
                buffer: 0.0,
                fold_weights: FoldWeights::Fresh
            }
        );
        assert_eq!(file.latency.devices.len(), 4);
        assert_eq!(file.latency.predictor, Method::Measured);
        assert_eq!(
            file.directory(Path::new("a/study.toml")),
            Path::new("a/study")
        );
    }

    #[test]
    fn the_protocol_of_the_study_is_an_example() {
        let text = include_str!("../../../examples/drainage-crossings/study.toml");
        let file = read(text).unwrap();
        assert_eq!(
            file.folds,
            Folds {
                method: "sklearn-stratified".into(),
                random_state: Some(42),
                fold_weights: FoldWeights::Carried,
                ..Folds::default()
            }
        );
        edgefront_tiles::fold::by_name(&file.folds.method).unwrap();
        file.training.options().unwrap();
        assert_eq!((file.training.epochs, file.training.validation), (5, 0.0));
    }

    #[test]
    fn latencies_may_be_those_of_nn_meter() {
        let text = "dataset = 'tiles'\n[space]\npreset = 'x'\n[latency]\n";
        let file = read(&format!("{text}predictor = 'nn-meter'\n")).unwrap();
        assert_eq!(file.latency.predictor, Method::NnMeter);
        assert_eq!(file.latency.devices, Latency::default().devices);
        let error = read(&format!("{text}predictor = 'nnmeter'\n")).unwrap_err();
        assert!(error.to_string().contains("nn-meter"), "{error}");
    }

    #[test]
    fn a_misspelt_name_is_answered_with_the_right_one() {
        for (line, column, right) in [
            ("epoch = 3", 1, "epochs"),
            ("optimizer = 'SGD'", 13, "sgd"),
            ("schedule = 'OneCycle'", 12, "one-cycle"),
        ] {
            let text = format!("dataset = 'tiles'\n[space]\npreset = 'x'\n[training]\n{line}\n");
            let error = read(&text).unwrap_err().to_string();
            assert!(
                error.contains(&format!("line 5, column {column}")),
                "{error}"
            );
            assert!(
                error.ends_with(&format!("did you mean `{right}`?")),
                "{error}"
            );
        }
    }
}
