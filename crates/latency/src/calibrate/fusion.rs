//! What a runtime fuses, told from the times of pairs of operators.
//!
//! nn-Meter's test: `a` and `b` are fused if `T(a) + T(b) - T(a, b)` is more than a share of the
//! smaller one (Zhang et al., 2021, section 4.1). An operator cannot be run without an input and an
//! end, which take time too. Let `M(x)` be the time of a network of an input, `x` and an end; then
//! `T(a) + T(b) - T(a, b) = M(a) + M(b) - M(a, b) - M(nothing)`, all on the maps between `a` and
//! `b`: what is around them cancels out.

use std::collections::BTreeSet;

use edgefront_graph::Shape;

use super::Item;
use super::journal::Journal;
use super::layers::{Layer, Layers};
use crate::error::Error;
use crate::rules::{Branching, Rules};

/// The share of the smaller operator that must be saved; nn-Meter's `EMP_ALPHA`.
const SHARE: f64 = 0.5;

/// An operator that takes less than this share of the network around it is too small to tell.
const SMALLEST: f64 = 0.02;

const SIZE: usize = 28;
const CHANNELS: usize = 64;

const CONV: Layer = Layer::Convolution {
    channels: CHANNELS,
    kernel: 3,
    stride: 1,
    depthwise: false,
};
const DWCONV: Layer = Layer::Convolution {
    channels: CHANNELS,
    kernel: 3,
    stride: 1,
    depthwise: true,
};

/// Operators by their names in [`Rules`]; none changes the shape of its maps.
const OPERATORS: &[(&str, Layer)] = &[
    ("conv", CONV),
    ("dwconv", DWCONV),
    ("bn", Layer::BatchNorm),
    ("relu", Layer::Relu),
    ("hswish", Layer::HardSwish),
    ("add", Layer::Add),
];

/// The pairs that are tested. A batch norm after a convolution is folded into it before a network
/// is deployed, by every runtime.
const PAIRS: &[(&str, &str)] = &[
    ("conv", "relu"),
    ("conv", "hswish"),
    ("conv", "add"),
    ("dwconv", "relu"),
    ("dwconv", "hswish"),
    ("dwconv", "add"),
    ("bn", "relu"),
    ("bn", "add"),
    ("add", "relu"),
    ("add", "add"),
    ("relu", "relu"),
];

const NOTHING: &str = "fusion";

/// Everything that the test measures.
pub(super) fn items() -> Result<Vec<Item>, Error> {
    let single = OPERATORS.iter().map(|(name, _)| vec![*name]);
    let pairs = PAIRS.iter().map(|(first, second)| vec![*first, *second]);
    let all = single.chain(pairs).chain([Vec::new()]);
    all.map(|names| item(&names)).collect()
}

fn item(names: &[&str]) -> Result<Item, Error> {
    let mut layers = Layers::new(Shape::new(CHANNELS, SIZE, SIZE))?;
    for name in names {
        let known = OPERATORS.iter().find(|(known, _)| known == name);
        let (_, layer) = known.expect("the pairs are of known operators");
        layers = layers.then(*layer)?;
    }
    Ok(Item {
        key: key(names),
        graph: layers.finish(2)?,
        probe: None,
    })
}

fn key(names: &[&str]) -> String {
    [&[NOTHING], names].concat().join(" ")
}

/// The rules that the measurements show; `None` while one is missing.
pub(super) fn rules(journal: &Journal) -> Option<Rules> {
    let owned = |(a, b): (&str, &str)| (a.to_owned(), b.to_owned());
    let mut pairs = BTreeSet::from([("conv", "bn"), ("dwconv", "bn")].map(owned));
    let around = journal.milliseconds(&key(&[]))?;
    for &(first, second) in PAIRS {
        let of = |names: &[&str]| Some(journal.milliseconds(&key(names))? - around);
        let (a, b, both) = (of(&[first])?, of(&[second])?, of(&[first, second])?);
        let smaller = a.min(b);
        if smaller > SMALLEST * around && a + b - both > SHARE * smaller {
            pairs.insert(owned((first, second)));
        }
    }
    Some(Rules {
        branching: Branching::Never,
        chains: Vec::new(),
        pairs,
    })
}
