//! From equal weights, training goes the way that it goes in PyTorch.

use edgefront_engine::{Backend, Cpu, LossOptions, Optimizer, TrainStep};
use edgefront_random::Key;
use serde::Deserialize;

use crate::case::Case;
use crate::{formulas, python};

/// What `parity.py` writes.
#[derive(Deserialize)]
struct Parity {
    cases: Vec<Case>,
}

/// The largest differences that are still rounding, relative to PyTorch's losses and to its
/// largest output. The first loss is that of equal weights, the outputs are those after all steps.
const FIRST_LOSS: f64 = 1e-5;
const LOSSES: f64 = 3e-4;
const LOGITS: f64 = 1e-3;

fn check(file: &[u8]) {
    let parity: Parity = serde_json::from_slice(file).expect("the script writes cases as JSON");
    assert!(!parity.cases.is_empty());
    for case in &parity.cases {
        let name = &case.name;
        let graph = case.graph();
        let (images, labels) = formulas::batch(case);
        let mut network = Cpu::new()
            .prepare(&graph, case.batch)
            .expect("a supported network");
        network
            .load(&formulas::weights(&graph))
            .expect("weights of the graph");
        assert_eq!(case.losses.len(), 8);
        let mut worst = 0.0f64;
        for (number, &expected) in (1..).zip(&case.losses) {
            let step = TrainStep {
                optimizer: Optimizer::default(),
                learning_rate: case.rate,
                number,
                key: Key::new(1),
                loss: &LossOptions::default(),
            };
            let loss = network
                .train_step(&images, &labels, &step)
                .expect("a valid batch");
            let difference = (f64::from(loss) - expected).abs() / expected;
            let limit = if number == 1 { FIRST_LOSS } else { LOSSES };
            assert!(
                difference < limit,
                "{name}, step {number}: {loss} is not {expected}"
            );
            worst = worst.max(difference);
        }
        let mut logits = Vec::new();
        network.logits(&images, &mut logits).expect("a valid batch");
        let largest = case.logits.iter().fold(0.0f64, |max, x| max.max(x.abs()));
        let difference = (logits.iter().zip(&case.logits))
            .map(|(&logit, expected)| (f64::from(logit) - expected).abs() / largest)
            .fold(0.0, f64::max);
        println!("{name}: losses differ by {worst:.1e}, outputs by {difference:.1e}");
        assert!(
            difference < LOGITS,
            "{name}: outputs differ by {difference:.1e} of {largest}"
        );
    }
}

#[test]
fn small_networks_as_pytorch_trained_them() {
    check(include_bytes!("../../fixtures/parity.json"));
}

/// Configurations A, B and C of the design, with PyTorch at hand. The losses of all networks here
/// were seen to differ by up to 7e-5, more or less with each way to sum up; PyTorch in single
/// precision differs from itself in double by up to 1e-5.
#[test]
fn the_design_as_pytorch_trains_it() {
    if let Some(file) = python::run("parity.py", "torch", &["A", "B", "C"]) {
        check(&file);
    }
}
