//! What a trial can be judged by: names and units of the measures.

use crate::Error;

/// Measures of what a trial has learnt: name, unit, and what it is of one fold. Of a trial each is
/// the mean over the folds.
///
/// Precision, recall and F1 are those of the second class, the positive one; of more than two
/// classes they are the mean over the classes, and so is the area under the ROC curve, each class
/// against the rest.
pub const TRAINED: &[(&str, &str, &str)] = &[
    ("accuracy", "%", "share of the test tiles that are right"),
    (
        "balanced_accuracy",
        "%",
        "mean over the classes of the share of their tiles that is found",
    ),
    (
        "precision",
        "%",
        "share of right ones among the tiles that were taken for the class",
    ),
    ("recall", "%", "share of the class's tiles that is found"),
    ("f1", "%", "harmonic mean of precision and recall"),
    ("roc_auc", "", "area under the ROC curve, 0 to 1"),
];

/// Measures that need no training: name, unit, and what it is. `latency.DEVICE` exists beside them
/// for each device of the study.
pub const MEASURES: &[(&str, &str, &str)] = &[
    ("latency", "ms", "mean predicted latency over the devices"),
    (
        "latency_std",
        "ms",
        "population standard deviation of the latency over the devices",
    ),
    (
        "latency_max",
        "ms",
        "latency on the device that takes longest",
    ),
    ("memory", "MB", "size of the ONNX file, in 1e6 bytes"),
    ("macs", "", "multiply-accumulate operations of one tile"),
    ("parameters", "", "trainable parameters"),
];

/// The unit of a measure; `None` if there is no such measure with these devices.
#[must_use]
pub fn unit(name: &str, devices: &[String]) -> Option<&'static str> {
    if let Some(device) = name.strip_prefix("latency.") {
        return devices.iter().any(|known| known == device).then_some("ms");
    }
    TRAINED
        .iter()
        .chain(MEASURES)
        .find(|(known, ..)| *known == name)
        .map(|&(_, unit, _)| unit)
}

/// Whether a measure is known only after training.
#[must_use]
pub fn is_trained(name: &str) -> bool {
    TRAINED.iter().any(|(known, ..)| *known == name)
}

/// The names that [`unit`] knows, for an error's text.
pub(crate) fn names(devices: &[String]) -> String {
    let fixed = TRAINED
        .iter()
        .chain(MEASURES)
        .map(|(name, ..)| (*name).to_owned());
    let own = devices.iter().map(|device| format!("latency.{device}"));
    fixed.chain(own).collect::<Vec<_>>().join(", ")
}

/// Checks that a measure exists.
pub(crate) fn check(
    name: &str,
    devices: &[String],
    fault: impl FnOnce(String) -> Error,
) -> Result<&'static str, Error> {
    unit(name, devices).ok_or_else(|| {
        fault(format!(
            "unknown measure `{name}`, expected one of: {}",
            names(devices)
        ))
    })
}
