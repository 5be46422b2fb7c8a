//! From networks measured on a device to the coefficients of its additive model.

mod accuracy;
mod measurements;
mod samples;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use edgefront_random::Key;

use accuracy::medians;
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
    /// Deals the networks out to the folds.
    pub seed: u64,
    /// Parts that are held out one after the other to judge the fit, at least 2.
    pub folds: usize,
    /// Added to the diagonal of the normal equations after each column was scaled to length one.
    pub ridge: f64,
}

impl Default for FitOptions {
    /// Five folds. A ridge of 1e-4 of the columns' squared lengths: it changes the held-out
    /// error by less than a hundredth of a percent, and is enough to share time between terms that
    /// the measurements cannot tell apart.
    fn default() -> Self {
        Self {
            seed: 0,
            folds: 5,
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
/// not negative. To judge them, they are fitted without each fold, and without each family, and
/// tried on what was left out; the device that is returned is fitted to all networks. A network's
/// fold depends on its id and the seed, not on the order of the file.
///
/// # Errors
/// [`Error::File`] of a file that cannot be read, [`Error::Measurements`] of a line that is no
/// measurement or whose graph has no kernels, [`Error::TooFewMeasurements`] of a device with fewer
/// than 50 networks.
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
    if measured.len() < MIN_NETWORKS {
        return Err(Error::TooFewMeasurements {
            path: path.to_owned(),
            column: target.column.clone(),
            found: measured.len(),
            expected: MIN_NETWORKS,
        });
    }
    let size = samples.terms().len();
    let fold = |sample: &Sample| fold_of(&sample.id, options);
    let held_out = HeldOut::of(errors_of_each(&measured, size, options.ridge, fold));
    let families_left_out = medians(errors_of_each(&measured, size, options.ridge, |sample| {
        sample.family.as_str()
    }));

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
        held_out,
        families_left_out,
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

/// Each network's family and relative error, as judged by coefficients that were fitted without any
/// network of its group. Where all are of one group there is nothing to fit, and no error.
fn errors_of_each<'a, G: Ord>(
    networks: &[Measured<'a>],
    size: usize,
    ridge: f64,
    group: impl Fn(&'a Sample) -> G,
) -> Vec<(&'a str, f64)> {
    let groups: BTreeSet<G> = networks
        .iter()
        .map(|network| group(network.sample))
        .collect();
    let mut errors = Vec::with_capacity(networks.len());
    for left_out in &groups {
        let (judged, rest): (Vec<_>, Vec<_>) = networks
            .iter()
            .copied()
            .partition(|network| group(network.sample) == *left_out);
        if rest.is_empty() {
            continue;
        }
        let coefficients = coefficients(rest.iter().map(Measured::equation), size, ridge);
        errors.extend(judged.iter().map(|network| {
            let error = network.equation().error(&coefficients);
            (network.sample.family.as_str(), error)
        }));
    }
    errors
}

fn fold_of(id: &str, options: &FitOptions) -> usize {
    let key = Key::new(options.seed).with("fold", 0).with(id, 0);
    key.stream().below(options.folds.max(2))
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
    fn a_fold_depends_on_the_id() {
        let options = FitOptions::default();
        let ids: Vec<String> = (0..10_000).map(|i| format!("net_{i}")).collect();
        let folds: Vec<usize> = ids.iter().map(|id| fold_of(id, &options)).collect();
        for fold in 0..5 {
            let count = folds.iter().filter(|&&own| own == fold).count();
            assert!((1850..2150).contains(&count), "{count} in {fold}");
        }
        let other = FitOptions { seed: 1, ..options };
        assert!(
            ids.iter()
                .zip(&folds)
                .any(|(id, &fold)| fold_of(id, &other) != fold)
        );
    }
}
