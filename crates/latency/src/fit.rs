//! From networks measured on a device to the coefficients of its additive model.

mod accuracy;
mod measurements;
mod samples;

use std::collections::BTreeMap;
use std::path::Path;

use edgefront_random::Key;

pub use accuracy::{Accuracy, HeldOut};

use crate::device::{Device, Source};
use crate::error::Error;
use crate::robust::{Equation, coefficients};
use crate::rules::Rules;
use samples::{Sample, Samples};

/// The fewest networks that a device is fitted to.
const MIN_NETWORKS: usize = 50;

/// A device to fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The name that the device is to have.
    pub name: String,
    /// The key of its milliseconds in the file of measurements.
    pub column: String,
    /// How it fuses operators.
    pub rules: Rules,
}

impl Target {
    /// The four devices of nn-Meter's published measurements, under its keys.
    #[must_use]
    pub fn published() -> Vec<Self> {
        let target = |name: &str, runtime: &str, rules| Self {
            name: name.to_owned(),
            column: format!("{name}_{runtime}"),
            rules,
        };
        vec![
            target("cortexA76cpu", "tflite21", Rules::cortex_a76_cpu()),
            target("adreno640gpu", "tflite21", Rules::adreno_gpu()),
            target("adreno630gpu", "tflite21", Rules::adreno_gpu()),
            target("myriadvpu", "openvino2019r2", Rules::myriad_vpu()),
        ]
    }
}

/// How to fit.
#[derive(Clone, Debug, PartialEq)]
pub struct FitOptions {
    /// Chooses the networks that are held out.
    pub seed: u64,
    /// Share of the networks that are held out to judge the fit, between 0 and 1.
    pub held_out: f64,
    /// Added to the diagonal of the normal equations after each column was scaled to length one.
    pub ridge: f64,
}

impl Default for FitOptions {
    /// A tenth held out. A ridge of 1e-4 of the columns' squared lengths: it changes the held-out
    /// error by less than a hundredth of a percent, and is enough to share time between terms that
    /// the measurements cannot tell apart.
    fn default() -> Self {
        Self {
            seed: 0,
            held_out: 0.1,
            ridge: 1e-4,
        }
    }
}

/// How far the reading of the measurements is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FitProgress {
    /// Bytes of the file read so far.
    pub bytes: u64,
    /// Bytes of the file.
    pub total_bytes: u64,
    /// Networks read so far.
    pub networks: usize,
}

/// Fits a device to a file of measured networks.
///
/// The file has one JSON object a line, plain or compressed by zstd: `id`, `family`, `graph` in the
/// nn-meter-ir layout, and milliseconds under the target's column (absent or null where not
/// measured).
///
/// The coefficients minimise the *relative* error (squared up to 5 %, in proportion above) and are
/// not negative. They are fitted twice: without the held-out networks, to judge them on these; then, for the device that is
/// returned, on all. Which networks are held out depends on their ids and the seed, not on the
/// order of the file.
///
/// # Errors
/// [`Error::File`] of a file that cannot be read, [`Error::Measurements`] of a line that is no
/// measurement or whose graph has no kernels, [`Error::TooFewMeasurements`] of a device with fewer
/// than 50 networks or none held out.
pub fn fit(
    path: &Path,
    target: &Target,
    options: &FitOptions,
    progress: &mut dyn FnMut(FitProgress),
) -> Result<Device, Error> {
    let mut devices = fit_targets(path, std::slice::from_ref(target), options, progress)?;
    devices.pop().ok_or(Error::NoDevice)
}

/// Fits several devices while reading the file once; otherwise as [`fit`].
///
/// # Errors
/// As [`fit`].
pub fn fit_targets(
    path: &Path,
    targets: &[Target],
    options: &FitOptions,
    progress: &mut dyn FnMut(FitProgress),
) -> Result<Vec<Device>, Error> {
    let samples = Samples::read(path, targets, progress)?;
    let of_target = |(index, target)| fit_one(path, &samples, index, target, options);
    targets.iter().enumerate().map(of_target).collect()
}

fn fit_one(
    path: &Path,
    samples: &Samples,
    index: usize,
    target: &Target,
    options: &FitOptions,
) -> Result<Device, Error> {
    let measured: Vec<Measured<'_>> = samples.of_target(index).collect();
    let (held_out, rest): (Vec<_>, Vec<_>) = measured
        .iter()
        .copied()
        .partition(|measured| is_held_out(&measured.sample.id, options));
    if rest.len() < MIN_NETWORKS || held_out.is_empty() {
        return Err(Error::TooFewMeasurements {
            path: path.to_owned(),
            column: target.column.clone(),
            found: measured.len(),
            expected: MIN_NETWORKS,
        });
    }
    let size = samples.terms().len();
    let judged = coefficients(rest.iter().map(Measured::equation), size, options.ridge);
    let errors = held_out.iter().map(|network| {
        let error = network.equation().error(&judged);
        (network.sample.family.as_str(), error)
    });
    let accuracy = HeldOut::of(errors);

    let shipped = coefficients(measured.iter().map(Measured::equation), size, options.ridge);
    let mut seen = vec![false; size];
    for &(term, _) in measured.iter().flat_map(|network| network.row) {
        seen[term] = true;
    }
    let terms: BTreeMap<_, _> = samples
        .terms()
        .filter(|&(_, column)| seen[column])
        .map(|(term, column)| (term, rounded(shipped[column])))
        .collect();
    let source = Source {
        file: path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        column: target.column.clone(),
        networks: measured.len(),
        seed: options.seed,
        ridge: options.ridge,
    };
    Ok(Device::fitted(
        target.name.clone(),
        target.rules.clone(),
        terms,
        BTreeMap::new(),
        accuracy,
        source,
    ))
}

/// A network with its latency on the device that is being fitted.
#[derive(Clone, Copy)]
pub(crate) struct Measured<'a> {
    sample: &'a Sample,
    /// The network's terms under the device's rules.
    row: &'a [(usize, f64)],
    milliseconds: f64,
}

impl Measured<'_> {
    fn equation(&self) -> Equation<'_> {
        Equation {
            row: self.row,
            milliseconds: self.milliseconds,
            weight: 1.0,
        }
    }
}

/// Six significant digits: the measurements have fewer, and a device file is meant to be read.
pub(crate) fn rounded(coefficient: f64) -> f64 {
    if coefficient == 0.0 {
        return 0.0;
    }
    let scale = 10_f64.powi(5 - coefficient.abs().log10().floor() as i32);
    (coefficient * scale).round() / scale
}

fn is_held_out(id: &str, options: &FitOptions) -> bool {
    let key = Key::new(options.seed).with("held out", 0).with(id, 0);
    key.stream().chance(options.held_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_keep_six_digits() {
        assert_eq!(rounded(0.012_345_678), 0.012_345_7);
        assert_eq!(rounded(12_345_678.0), 12_345_700.0);
        assert_eq!(rounded(0.0), 0.0);
    }

    #[test]
    fn a_network_is_held_out_by_its_id() {
        let options = FitOptions::default();
        let ids: Vec<String> = (0..10_000).map(|i| format!("net_{i}")).collect();
        let held_out = |ids: &[String]| -> Vec<bool> {
            ids.iter().map(|id| is_held_out(id, &options)).collect()
        };
        let all = held_out(&ids);
        let share = all.iter().filter(|out| **out).count();
        assert!((900..1100).contains(&share), "{share}");
        assert_eq!(held_out(&ids[500..]), all[500..]);
    }
}
