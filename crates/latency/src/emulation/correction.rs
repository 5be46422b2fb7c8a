//! How nn-Meter's times of kernels differ from those that whole measured networks suggest.

use std::collections::BTreeMap;

use crate::kernel::{Family, Kernel};
use crate::nnls::NormalEquations;

/// What a kernel's corrected time is a sum of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The device's time of a convolution of one position.
    Pointwise,
    /// Of one with a window of up to three columns.
    Small,
    /// Of one with a larger window.
    Large,
    /// Of a depthwise convolution.
    Depthwise,
    /// Of a fully connected layer.
    FullyConnected,
    /// Of a pool.
    Pool,
    /// Of any other kernel.
    Other,
    /// Millions of weights of convolutions with a window: a kernel that is timed by itself has them
    /// fetched anew.
    Weights,
    /// Convolutions, one by one: the start of a kernel that is timed by itself is not hidden behind
    /// the one before.
    Started,
}

/// The name of each part, what it is expected to be, and how far it may be off.
///
/// A device's own time is expected to be right to a few percent; what is added to it, to be of the
/// order of a millisecond or two for a million weights, of 0.05 ms for a kernel.
const PARTS: &[(Part, &str, f64, f64)] = &[
    (Part::Pointwise, "conv1", 1.0, 0.05),
    (Part::Small, "conv3", 1.0, 0.05),
    (Part::Large, "conv5", 1.0, 0.05),
    (Part::Depthwise, "dwconv", 1.0, 0.05),
    (Part::FullyConnected, "fc", 1.0, 0.05),
    (Part::Pool, "pool", 1.0, 0.05),
    (Part::Other, "other", 1.0, 0.05),
    (Part::Weights, "weights", 0.0, 2.0),
    (Part::Started, "started", 0.0, 0.05),
];

/// The relative error that a published figure is expected to be met with.
const NOISE: f64 = 0.1;

/// Added to the diagonal of the equations, which have one solution without it.
const TINY: f64 = 1e-12;

/// Non-negative coefficients of the parts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Correction(BTreeMap<Part, f64>);

impl Correction {
    /// The parts of a kernel that takes the device so long.
    pub(crate) fn parts(kernel: &Kernel, milliseconds: f64) -> Vec<(Part, f64)> {
        let Some(family) = kernel.family else {
            return Vec::new();
        };
        let own = match (family, kernel.kernel[1]) {
            (Family::Convolution, 0 | 1) => Part::Pointwise,
            (Family::Convolution, 2 | 3) => Part::Small,
            (Family::Convolution, _) => Part::Large,
            (Family::Depthwise, _) => Part::Depthwise,
            (Family::FullyConnected, _) => Part::FullyConnected,
            (Family::MaxPool | Family::AveragePool | Family::GlobalPool, _) => Part::Pool,
            _ => Part::Other,
        };
        let mut parts = vec![(own, milliseconds)];
        if family == Family::Convolution {
            parts.push((Part::Started, 1.0));
            if kernel.kernel[1] > 1 {
                parts.push((Part::Weights, kernel.weights / 1e6));
            }
        }
        parts
    }

    /// The corrected time of a kernel that takes the device so long.
    pub(crate) fn apply(&self, kernel: &Kernel, milliseconds: f64) -> f64 {
        self.sum(&Self::parts(kernel, milliseconds))
    }

    /// The corrected time that these parts are a sum of.
    pub(crate) fn sum(&self, parts: &[(Part, f64)]) -> f64 {
        let of = |(part, amount): &(Part, f64)| self.0[part] * amount;
        parts.iter().map(of).sum()
    }

    /// The correction that brings networks, each the parts of all its kernels, nearest to their
    /// published latencies: least squares of relative errors, with what is expected of each part
    /// as one more observation.
    pub(crate) fn fit<'a>(networks: impl IntoIterator<Item = (&'a [(Part, f64)], f64)>) -> Self {
        let mut equations = NormalEquations::new(PARTS.len());
        for (parts, published) in networks {
            let mut row = vec![0.0; PARTS.len()];
            for &(part, amount) in parts {
                row[part as usize] += amount / published;
            }
            let row: Vec<(usize, f64)> = row.into_iter().enumerate().collect();
            equations.add(&row, 1.0);
        }
        for (column, &(_, _, expected, deviation)) in PARTS.iter().enumerate() {
            let weight = NOISE / deviation;
            equations.add(&[(column, weight)], weight * expected);
        }
        let coefficients = equations.solve(TINY);
        let parts = PARTS.iter().map(|part| part.0);
        // A file is meant to be read, and nothing here is known to more digits.
        let rounded = coefficients
            .into_iter()
            .map(|value| (1e4 * value).round() / 1e4);
        Self(parts.zip(rounded).collect())
    }

    /// The coefficients by their names.
    pub(crate) fn to_names(&self) -> BTreeMap<String, f64> {
        let named = PARTS
            .iter()
            .map(|(part, name, ..)| ((*name).to_owned(), self.0[part]));
        named.collect()
    }

    /// Coefficients by their names.
    ///
    /// # Errors
    /// A description of a name that is missing or unknown, or of a coefficient that is negative or
    /// not finite.
    pub(crate) fn from_names(mut names: BTreeMap<String, f64>) -> Result<Self, String> {
        let mut coefficients = BTreeMap::new();
        for &(part, name, ..) in PARTS {
            let value = names
                .remove(name)
                .ok_or_else(|| format!("coefficient `{name}` is missing"))?;
            if !(value.is_finite() && value >= 0.0) {
                return Err(format!(
                    "coefficient `{name}` is {value}, expected 0 or more"
                ));
            }
            coefficients.insert(part, value);
        }
        match names.keys().next() {
            Some(name) => Err(format!("unknown coefficient `{name}`")),
            None => Ok(Self(coefficients)),
        }
    }
}

impl Default for Correction {
    /// None: a kernel takes what it takes the device.
    fn default() -> Self {
        let expected = |&(part, _, expected, _): &(Part, _, f64, _)| (part, expected);
        Self(PARTS.iter().map(expected).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulation::configuration::Configuration;

    fn convolution(window: usize) -> Kernel {
        Configuration::windowed(14, 1000, window, 1).kernel("conv-bn-relu", Family::Convolution)
    }

    #[test]
    fn no_correction_changes_nothing() {
        let kernel = convolution(3);
        assert_eq!(Correction::default().apply(&kernel, 7.0), 7.0);
    }

    #[test]
    fn a_fit_finds_the_weights_that_networks_were_made_with() {
        // Nine million weights in one kernel, a hundred in another: 1.5 ms for each million.
        let networks: Vec<(Vec<(Part, f64)>, f64)> = [2.0, 5.0, 20.0, 80.0]
            .into_iter()
            .map(|own| (Correction::parts(&convolution(3), own), own + 9.0 * 1.5))
            .collect();
        let rows = networks
            .iter()
            .map(|(parts, published)| (parts.as_slice(), *published));
        let correction = Correction::fit(rows);
        let found = correction.apply(&convolution(3), 10.0);
        assert!((found / 23.5 - 1.0).abs() < 0.02, "{found}");
        // What no network has stays as expected.
        assert_eq!(correction.to_names()["dwconv"], 1.0);
    }

    #[test]
    fn names_give_back_the_coefficients() {
        let names = Correction::default().to_names();
        assert_eq!(
            Correction::from_names(names.clone()),
            Ok(Correction::default())
        );
        let changed = |name: &str, value: f64| {
            let mut names = names.clone();
            names.insert(name.to_owned(), value);
            Correction::from_names(names).unwrap_err()
        };
        assert_eq!(
            changed("fc", -1.0),
            "coefficient `fc` is -1, expected 0 or more"
        );
        assert_eq!(changed("fd", 1.0), "unknown coefficient `fd`");
        let none = Correction::from_names(BTreeMap::new()).unwrap_err();
        assert_eq!(none, "coefficient `conv1` is missing");
    }
}
