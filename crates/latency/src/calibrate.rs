//! A device's model from measurements on this machine: what nn-Meter's builder does.
//!
//! Three kinds of networks are measured: pairs of operators, which tell what the runtime
//! [fuses](fusion); single kernels with what they need around them ([`probe`]); and whole networks.
//! All are small networks to the [`fit`](mod@fit): one equation each, the terms of its kernels
//! against its milliseconds. A kernel in a network finds the caches full of other kernels' data, so
//! what whole networks say counts more, and the kernels of their configurations get factors of their
//! own, which only whole networks decide.
//!
//! The machine's speed drifts. So everything is measured in *passes*, in another order each time,
//! a moment each, and the median over the passes counts.

mod fit;
mod fusion;
mod journal;
mod layers;
mod probe;
mod verify;

use std::time::{Duration, Instant};

use edgefront_graph::Graph;
use edgefront_random::Key;

use crate::device::Device;
use crate::error::Error;

pub use journal::Journal;
pub use verify::{Verified, verify};

/// Measures a network as it is deployed: milliseconds of one image.
pub type Bench<'a> = dyn FnMut(&Graph) -> Result<f64, Error> + 'a;

/// Passes over everything after which there is nothing to gain.
const PASSES: usize = 15;

/// Kernels drawn before anything is known.
const PRIOR_KERNELS: usize = 240;

/// A device to calibrate.
#[derive(Clone, Copy, Debug)]
pub struct Calibration<'a> {
    /// The device's name.
    pub name: &'a str,
    /// What runs the networks.
    pub runtime: &'a str,
    /// Whole networks of the kind that will be asked for, at least 8, with names that tell them
    /// apart.
    pub networks: &'a [(String, Graph)],
    /// Time to measure in, that of earlier runs included. The first pass is always finished.
    pub budget: Duration,
    /// Seed of every random draw.
    pub seed: u64,
}

/// What a calibration is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The first pass over fusion rules, kernels and networks.
    First,
    /// More passes, with more kernels where the first fit was off.
    Refining,
}

/// How far a calibration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalibrationProgress {
    /// What it is at.
    pub phase: Phase,
    /// Measurements made, those of earlier runs included.
    pub measured: usize,
    /// Measurements of this phase and those before it, if the budget lasts.
    pub total: usize,
    /// Time spent measuring, that of earlier runs included.
    pub spent: Duration,
}

/// Something that is measured.
pub(crate) struct Item {
    /// Tells it from all others, in the journal too.
    key: String,
    graph: Graph,
    /// The kernel that it is about, if it is about one.
    probe: Option<probe::Probe>,
}

/// Measures what the journal lacks until the budget is spent, then fits the device.
///
/// What is measured depends on the seed, and from the second pass on on what the first one found;
/// each measurement is in the journal before the next begins.
///
/// # Errors
/// Those of the bench and the journal.
pub fn calibrate(
    calibration: &Calibration<'_>,
    journal: &mut Journal,
    bench: &mut Bench<'_>,
    progress: &mut dyn FnMut(CalibrationProgress),
) -> Result<Device, Error> {
    let key = Key::new(calibration.seed).with("calibration", 0);
    let fusions = fusion::items()?;
    let networks: Vec<Item> = calibration
        .networks
        .iter()
        .map(|(name, graph)| Item {
            key: format!("network {name}"),
            graph: graph.clone(),
            probe: None,
        })
        .collect();
    let mut probes = probe::prior(&networks, PRIOR_KERNELS, key.with("prior", 0))?;
    for pass in 0..PASSES {
        let mut items: Vec<&Item> = fusions.iter().chain(&networks).chain(&probes).collect();
        key.with("order", pass as u64).stream().shuffle(&mut items);
        let phase = if pass == 0 {
            Phase::First
        } else {
            Phase::Refining
        };
        let total = items.len() * if pass == 0 { 1 } else { PASSES };
        for item in items {
            if journal.has(&item.key, pass) {
                continue;
            }
            if pass > 0 && journal.spent() >= calibration.budget {
                return fit::device(calibration, journal, &networks, &probes);
            }
            let start = Instant::now();
            let milliseconds = bench(&item.graph)?;
            journal.add(&item.key, pass, milliseconds, start.elapsed())?;
            progress(CalibrationProgress {
                phase,
                measured: journal.len(),
                total,
                spent: journal.spent(),
            });
        }
        if pass == 0 {
            let off = fit::far_off(journal, &networks, &probes)?;
            let more = probe::around(&probes, &off, key.with("adaptive", 0))?;
            probes.extend(more);
        }
    }
    fit::device(calibration, journal, &networks, &probes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ir, Predictor, Rules};
    use edgefront_graph::{ResNet, Shape, Stem};

    /// A machine that fuses as Adreno GPUs do and whose kernels cost what their terms say.
    fn machine(graph: &Graph) -> Result<f64, Error> {
        let graph = edgefront_graph::Folded::new(graph)?.graph().clone();
        let kernels = crate::detect(&Ir::from_graph(&graph), &Rules::adreno_gpu())?;
        let cost = |k: &crate::Kernel| {
            1e-8 * k.macs + 2e-7 * k.weights + 1e-6 * (k.input_elements + k.output_elements) + 0.01
        };
        Ok(kernels.iter().map(cost).sum())
    }

    fn networks(from: usize) -> Vec<(String, Graph)> {
        let network = |index: usize| {
            let net = ResNet {
                input: Shape::new(5, 40 + 4 * index, 40 + 4 * index),
                width: 16 + 8 * (index % 3),
                stem: Stem {
                    kernel: 3 + 2 * (index % 2),
                    stride: 1 + index % 2,
                    padding: 1,
                    pool: (!index.is_multiple_of(3)).then_some((3, 2)),
                },
                ..ResNet::resnet18(5, 40, 2)
            };
            (index.to_string(), net.build().unwrap())
        };
        (from..from + 16).map(network).collect()
    }

    fn calibrated(journal: &mut Journal, bench: &mut Bench<'_>) -> Result<Device, Error> {
        let networks = networks(0);
        let calibration = Calibration {
            name: "fake",
            runtime: "fake",
            networks: &networks,
            budget: Duration::ZERO,
            seed: 7,
        };
        calibrate(&calibration, journal, bench, &mut |_| ())
    }

    #[test]
    fn a_known_machine_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(&folder.path().join("j"), "fake").unwrap();
        let device = calibrated(&mut journal, &mut machine).unwrap();
        let fuses = |a, b| device.rules().fuses(a, b);
        assert!(fuses("conv", "relu") && fuses("conv", "add") && fuses("add", "relu"));
        assert!(!fuses("fc", "relu") && !fuses("conv", "hswish"));
        for (name, graph) in networks(16) {
            let predicted = device.predict(&Ir::from_graph(&graph)).unwrap();
            assert!(predicted.unknown.is_empty());
            let error = predicted.milliseconds / machine(&graph).unwrap() - 1.0;
            assert!(error.abs() < 0.03, "{name}: {error}");
        }
    }

    /// The same machine, but what stands in a whole network takes longer, the more the wider.
    fn machine_with_caches(graph: &Graph) -> Result<f64, Error> {
        let alone = graph.nodes().len() < 10;
        let widest = graph.nodes().iter().map(|node| node.shape.channels).max();
        let slower = if alone {
            1.0
        } else {
            1.0 + widest.unwrap_or(0) as f64 / 512.0
        };
        Ok(slower * machine(graph)?)
    }

    #[test]
    fn whole_networks_decide_over_kernels_measured_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(&folder.path().join("j"), "fake").unwrap();
        let device = calibrated(&mut journal, &mut machine_with_caches).unwrap();
        assert!(!device.factors().is_empty());
        assert_eq!(
            Device::from_toml(&device.to_toml(), "fake").unwrap(),
            device
        );
        for (name, graph) in networks(16) {
            let predicted = device
                .predict(&Ir::from_graph(&graph))
                .unwrap()
                .milliseconds;
            let error = predicted / machine_with_caches(&graph).unwrap() - 1.0;
            assert!(error.abs() < 0.06, "{name}: {error}");
        }
    }

    #[test]
    fn a_kill_loses_nothing_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let open = |name: &str| Journal::open(&folder.path().join(name), "fake").unwrap();
        let whole = calibrated(&mut open("whole"), &mut machine).unwrap();
        let mut left = 100;
        let mut dying = |graph: &Graph| {
            left -= 1;
            if left == 0 {
                let reason = "killed".to_owned();
                return Err(Error::Runtime {
                    runtime: "fake",
                    reason,
                });
            }
            machine(graph)
        };
        assert!(calibrated(&mut open("killed"), &mut dying).is_err());
        let mut again = 0;
        let mut counting = |graph: &Graph| {
            again += 1;
            machine(graph)
        };
        let resumed = calibrated(&mut open("killed"), &mut counting).unwrap();
        assert_eq!(resumed.terms(), whole.terms());
        assert_eq!(resumed.rules(), whole.rules());
        assert_eq!(again + 99, open("whole").len());
    }
}
