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
    /// Convolutions, one by one: starting a kernel by itself is not hidden behind the one before.
    Started,
}

/// The name of each part, what it is expected to be, and how far it may be off.
///
/// A device's own time is expected to be right to a few percent. What is added to it may be
/// anything: of the order of a millisecond for a million weights, of 0.05 ms for a kernel.
const PARTS: &[(Part, &str, f64, f64)] = &[
    (Part::Pointwise, "conv1", 1.0, 0.05),
    (Part::Small, "conv3", 1.0, 0.05),
    (Part::Large, "conv5", 1.0, 0.05),
    (Part::Depthwise, "dwconv", 1.0, 0.05),
    (Part::FullyConnected, "fc", 1.0, 0.05),
    (Part::Pool, "pool", 1.0, 0.05),
    (Part::Other, "other", 1.0, 0.05),
    (Part::Weights, "weights", 0.0, 8.0),
    (Part::Started, "started", 0.0, 0.05),
];

/// The relative error that a published figure is expected to be met with.
const NOISE: f64 = 0.1;

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
        let of = |(part, amount): (Part, f64)| self.0[&part] * amount;
        Self::parts(kernel, milliseconds).into_iter().map(of).sum()
    }

    /// The correction that brings networks, each the parts of all its kernels, nearest to their
    /// published latencies: least squares of relative errors, with what is expected of each part
    /// as one more observation.
    pub(crate) fn fit<'a>(networks: impl IntoIterator<Item = (&'a [(Part, f64)], f64)>) -> Self {
        let mut equations = NormalEquations::new(PARTS.len());
        for (parts, published) in networks {
            let mut row: BTreeMap<usize, f64> = BTreeMap::new();
            for &(part, amount) in parts {
                *row.entry(part as usize).or_default() += amount / published;
            }
            let row: Vec<(usize, f64)> = row.into_iter().collect();
            equations.add(&row, 1.0);
        }
        for (column, &(_, _, expected, deviation)) in PARTS.iter().enumerate() {
            let weight = NOISE / deviation;
            equations.add(&[(column, weight)], weight * expected);
        }
        let coefficients = equations.solve(1e-12);
        Self(PARTS.iter().map(|part| part.0).zip(coefficients).collect())
    }
}
