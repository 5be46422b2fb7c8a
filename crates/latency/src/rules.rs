//! Which operators a device runs as one kernel.

mod nn_meter;

use std::collections::{BTreeSet, HashSet};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// The fusion rules of a device.
///
/// A rule names normalised operators: `conv`, `dwconv`, `bn`, `relu`, `add`, `fc`, `se`, `hswish`,
/// and so on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Rules {
    /// What becomes of an operator that several others read.
    pub branching: Branching,
    /// Sequences that always become one kernel, tried first and in this order.
    pub chains: Vec<Vec<String>>,
    /// `(a, b)`: a kernel that *starts* with `a` takes up a following `b`.
    pub pairs: BTreeSet<(String, String)>,
}

/// What becomes of an operator with several consumers (nn-Meter's rule "MON").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Branching {
    /// It ends its kernel.
    Never,
    /// Its kernel takes up the first consumer that a pair allows.
    First,
    /// Its kernel takes up every consumer that a pair allows.
    All,
}

/// What every one of the four devices fuses.
const COMMON: &[(&str, &str)] = &[
    ("conv", "bn"),
    ("conv", "relu"),
    ("dwconv", "bn"),
    ("dwconv", "relu"),
    ("add", "relu"),
    ("se", "relu"),
];

/// TensorFlow Lite fuses these whole, whatever else reads the batch norm.
const TFLITE_CHAINS: &[&[&str]] = &[&["conv", "bn", "relu"], &["dwconv", "bn", "relu"]];

/// How many operators a chain may have: two are a pair.
const CHAINED: RangeInclusive<usize> = 3..=32;
/// The most chains: each is sought in every network.
const MAX_CHAINS: usize = 256;

/// Rules as a file has them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    branching: Branching,
    chains: Vec<Vec<String>>,
    pairs: BTreeSet<(String, String)>,
}

impl TryFrom<Unchecked> for Rules {
    type Error = String;

    fn try_from(rules: Unchecked) -> Result<Self, String> {
        let Unchecked {
            branching,
            mut chains,
            pairs,
        } = rules;
        // A chain that is found leaves none for itself to be found again.
        let mut seen = HashSet::new();
        chains.retain(|chain| seen.insert(chain.clone()));
        if chains.len() > MAX_CHAINS {
            let found = chains.len();
            return Err(format!("{found} chains, expected at most {MAX_CHAINS}"));
        }
        if let Some(chain) = chains.iter().find(|chain| !CHAINED.contains(&chain.len())) {
            let (found, [least, most]) = (chain.len(), [CHAINED.start(), CHAINED.end()]);
            return Err(format!(
                "a chain of {found} operators, expected {least} to {most}"
            ));
        }
        Ok(Self {
            branching,
            chains,
            pairs,
        })
    }
}

impl Rules {
    /// Cortex-A76, TensorFlow Lite 2.1.
    #[must_use]
    pub fn cortex_a76_cpu() -> Self {
        Self::with(&[("bn", "relu")], TFLITE_CHAINS)
    }

    /// Adreno 640 and 630, TensorFlow Lite 2.1: the addition joins the convolution before it.
    #[must_use]
    pub fn adreno_gpu() -> Self {
        let pairs = &[("bn", "relu"), ("conv", "add"), ("add", "add")];
        Self::with(pairs, TFLITE_CHAINS)
    }

    /// Movidius Myriad, OpenVINO 2019 R2.
    #[must_use]
    pub fn myriad_vpu() -> Self {
        Self::with(&[("conv", "hswish")], &[])
    }

    /// Whether a kernel that starts with `first` takes up a following `second`.
    #[must_use]
    pub fn fuses(&self, first: &str, second: &str) -> bool {
        self.pairs.iter().any(|(a, b)| a == first && b == second)
    }

    fn with(pairs: &[(&str, &str)], chains: &[&[&str]]) -> Self {
        let owned = |names: &&[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Self {
            branching: Branching::Never,
            chains: chains.iter().map(owned).collect(),
            pairs: COMMON
                .iter()
                .chain(pairs)
                .map(|&(a, b)| (a.to_owned(), b.to_owned()))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_differ_in_what_they_fuse() {
        let fuses = |rules: &Rules, a, b| rules.fuses(a, b);
        let [cpu, gpu, vpu] = [
            Rules::cortex_a76_cpu(),
            Rules::adreno_gpu(),
            Rules::myriad_vpu(),
        ];
        assert!([&cpu, &gpu, &vpu].iter().all(|r| fuses(r, "conv", "bn")));
        assert!([&cpu, &gpu, &vpu].iter().all(|r| !fuses(r, "fc", "relu")));
        assert!(fuses(&gpu, "conv", "add") && !fuses(&cpu, "conv", "add"));
        assert!(fuses(&cpu, "bn", "relu") && !fuses(&vpu, "bn", "relu"));
        assert!(!fuses(&gpu, "add", "conv"), "a pair has a direction");
    }
}
