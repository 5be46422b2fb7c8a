//! The memory of a training is what was predicted. Alone in its process, which it measures.

use edgefront_engine::{Backend, Cpu, LossOptions, Optimizer, Sgd, TrainStep, initial_weights};
use edgefront_graph::{ResNet, Shape, Stem};
use edgefront_random::Key;
use std::io::Write as _;

/// Peak resident bytes of this process.
fn peak() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? * 1024)
}

#[test]
fn a_training_takes_the_memory_that_was_predicted() {
    let network = ResNet {
        input: Shape::new(5, 64, 64),
        stem: Stem {
            kernel: 3,
            stride: 1,
            padding: 1,
            pool: Some((2, 2)),
        },
        width: 32,
        relu_after_add: false,
        classes: 2,
    };
    let graph = network.build().expect("a valid network");
    let weights = initial_weights(&graph, Key::new(1));
    let images = vec![0.5; 16 * graph.input_shape().elements()];
    let Some(before) = peak() else {
        // Straight to the stream: the harness hides what a passing test prints.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: the system does not tell the memory of a process"
        );
        return;
    };
    let mut network = Cpu::new().prepare(&graph, 16).expect("a supported network");
    network.load(&weights).expect("weights of the graph");
    let optimizer = Optimizer::default();
    let step = TrainStep {
        optimizer,
        learning_rate: 1e-3,
        number: 1,
        key: Key::new(1),
        loss: &LossOptions::default(),
    };
    network
        .train_step(&images, &[0, 1].repeat(8), &step)
        .expect("a valid batch");
    network
        .logits(&images, &mut Vec::new())
        .expect("a valid batch");
    let taken = peak().expect("as before") - before;
    let predicted = Cpu::new()
        .training_memory(&graph, 16, &optimizer)
        .expect("a supported network");
    let ratio = taken as f64 / predicted as f64;
    assert!(
        (0.9..1.1).contains(&ratio),
        "{taken} bytes taken, {predicted} predicted"
    );

    // What the optimiser keeps is the difference between optimisers.
    let numbers = graph.trainable_parameters();
    let with = |momentum| {
        let sgd = Sgd {
            momentum,
            ..Sgd::default()
        };
        Cpu::new()
            .training_memory(&graph, 16, &Optimizer::Sgd(sgd))
            .expect("a supported network")
    };
    assert!(predicted - with(0.9) >= numbers * size_of::<f32>());
    assert_eq!(predicted - with(0.9), with(0.9) - with(0.0));
}
