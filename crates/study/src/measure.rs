//! What a trial can be judged by: names and units of the measures.

use crate::Error;

/// Measures of every trial: name, unit, and what it is. `latency.DEVICE` exists beside them for
/// each device of the study.
pub const MEASURES: &[(&str, &str, &str)] = &[
    ("accuracy", "%", "mean test accuracy over the folds"),
    ("latency", "ms", "mean predicted latency over the devices"),
    (
        "latency_std",
        "ms",
        "population standard deviation of the latency over the devices",
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
    MEASURES
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|&(_, unit, _)| unit)
}

/// The names that [`unit`] knows, for an error's text.
pub(crate) fn names(devices: &[String]) -> String {
    let fixed = MEASURES.iter().map(|(name, ..)| (*name).to_owned());
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
