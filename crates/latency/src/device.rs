//! Devices whose latency is a sum of terms, fitted to measured networks.

mod file;
mod library;
mod registry;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::detect::detect;
use crate::error::Error;
use crate::features::{Configuration, Term, Variants, terms, tiled};
use crate::fit::HeldOut;
use crate::ir::Ir;
use crate::kernel::{Family, Kernel};
use crate::predict::{KernelTime, Prediction, Predictor};
use crate::rules::Rules;

pub use library::{DEVICES_VARIABLE, Library, LibraryDevice, Model, Origin};
pub use registry::{builtin_devices, device};

/// A device: how it fuses operators, and what its kernels cost.
///
/// The latency of a network is the sum over its kernels of non-negative coefficients times the
/// [terms](crate::terms) of the kernel. A device that was calibrated on networks of one kind knows
/// their kernels better: a kernel of a configuration that occurred in them takes so many times that
/// sum, its factor. Times of two configurations need not grow with their channels, then.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    name: String,
    version: String,
    rules: Rules,
    /// Milliseconds per unit of each term that occurred in the fit, zeros included.
    terms: BTreeMap<Term, f64>,
    /// Factors of the configurations of calibrated networks; empty of other devices.
    factors: BTreeMap<Configuration, f64>,
    /// The windows that the fit has seen.
    variants: Variants,
    held_out: HeldOut,
    families_left_out: BTreeMap<String, f64>,
    source: Source,
}

/// Where a device's coefficients come from: enough to fit them again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The file of measurements, without its folder.
    pub file: String,
    /// The key of the device's latencies in it.
    pub column: String,
    /// Networks that the coefficients were fitted to: all that were measured. The held-out error
    /// is that of coefficients fitted without the fold of the network that they are tried on.
    pub networks: usize,
    /// What dealt the networks out to the folds.
    pub seed: u64,
    /// Regularisation.
    pub ridge: f64,
}

impl Device {
    pub(crate) fn fitted(
        name: String,
        rules: Rules,
        terms: BTreeMap<Term, f64>,
        factors: BTreeMap<Configuration, f64>,
        held_out: HeldOut,
        families_left_out: BTreeMap<String, f64>,
        source: Source,
    ) -> Self {
        Self {
            name,
            version: "1.0".to_owned(),
            rules,
            variants: Variants::of(terms.keys()),
            terms,
            factors,
            held_out,
            families_left_out,
            source,
        }
    }

    /// The version of the coefficients.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How it fuses operators into kernels.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The coefficients: milliseconds per million, per kernel for counts. None is negative.
    #[must_use]
    pub fn terms(&self) -> &BTreeMap<Term, f64> {
        &self.terms
    }

    /// How many times its sum of terms a kernel of a configuration takes; 1 of others.
    #[must_use]
    pub fn factors(&self) -> &BTreeMap<Configuration, f64> {
        &self.factors
    }

    /// How far it was off on measured networks that its coefficients were not fitted to.
    #[must_use]
    pub fn held_out(&self) -> &HeldOut {
        &self.held_out
    }

    /// The median absolute error in percent on each family of networks, of coefficients that were
    /// fitted to the other families only: what to expect of an architecture unlike all measured.
    #[must_use]
    pub fn families_left_out(&self) -> &BTreeMap<String, f64> {
        &self.families_left_out
    }

    /// Where its coefficients come from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The time of a kernel in milliseconds; `None` where no kernel of its family was measured.
    #[must_use]
    pub fn kernel_milliseconds(&self, kernel: &Kernel) -> Option<f64> {
        if kernel.family == Some(Family::View) {
            return Some(0.0);
        }
        let mut milliseconds = None;
        let values = terms(kernel, &self.variants)?.into_iter();
        for (term, value) in values.chain(tiled(kernel, &self.variants)) {
            if let Some(coefficient) = self.terms.get(&term) {
                *milliseconds.get_or_insert(0.0) += coefficient * value;
            }
        }
        Some(milliseconds? * self.factor(kernel))
    }

    fn factor(&self, kernel: &Kernel) -> f64 {
        let factor = |configuration| self.factors.get(&configuration).copied();
        Configuration::of(kernel).and_then(factor).unwrap_or(1.0)
    }
}

impl Predictor for Device {
    fn name(&self) -> &str {
        &self.name
    }

    fn predict(&self, network: &Ir) -> Result<Prediction, Error> {
        let timed = |kernel: Kernel| KernelTime {
            milliseconds: self.kernel_milliseconds(&kernel),
            kernel,
        };
        let kernels = detect(network, &self.rules)?
            .into_iter()
            .map(timed)
            .collect();
        Ok(Prediction::of_kernels(
            &self.name,
            kernels,
            Some(self.held_out.overall),
        ))
    }
}
