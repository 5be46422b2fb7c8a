//! What the tests train on: tiles with lines, and a small network that learns to see them.

use std::ops::ControlFlow;

use edgefront_engine::{
    Augment, Cpu, Error, Samples, Schedule, TrainOptions, Trained, initial_weights, train,
};
use edgefront_graph::{Graph, ResNet, Shape, Stem};
use edgefront_random::Key;

pub fn graph() -> Graph {
    ResNet {
        input: Shape::new(2, 12, 12),
        stem: Stem {
            kernel: 3,
            stride: 1,
            padding: 1,
            pool: Some((2, 2)),
        },
        width: 6,
        relu_after_add: false,
        classes: 2,
    }
    .build()
    .expect("a valid network")
}

/// Noise; in class 1 a bright line runs through the first band, along a row or a column.
pub fn tiles(count: usize) -> (Vec<f32>, Vec<usize>) {
    let mut images = Vec::new();
    let labels: Vec<usize> = (0..count).map(|sample| sample % 2).collect();
    for (sample, &label) in labels.iter().enumerate() {
        let mut stream = Key::new(9).with("tile", sample as u64).stream();
        let (line, upright) = (stream.below(12), stream.chance(0.5));
        for row in 0..12 {
            for column in 0..12 {
                let on_line = label == 1 && line == if upright { column } else { row };
                images.push((stream.unit() + if on_line { 0.8 } else { 0.0 }) as f32);
                images.push(stream.unit() as f32);
            }
        }
    }
    (images, labels)
}

pub fn options() -> TrainOptions {
    TrainOptions {
        epochs: 6,
        batch_size: 16,
        schedule: Schedule::Cosine,
        augment: Augment::Dihedral,
        ..TrainOptions::default()
    }
}

pub fn run(options: &TrainOptions, key: Key) -> Result<Trained, Error> {
    run_on(&Cpu::new(), options, key)
}

pub fn run_on(cpu: &Cpu, options: &TrainOptions, key: Key) -> Result<Trained, Error> {
    let (images, labels) = tiles(250);
    let samples = Samples::new(&images, &labels, Shape::new(2, 12, 12), 2)?;
    let (test, learn): (Vec<usize>, Vec<usize>) = (0..250).partition(|index| index % 5 == 0);
    let graph = graph();
    let initial = initial_weights(&graph, key.with("init", 0));
    train(
        cpu,
        &graph,
        &initial,
        &samples,
        &learn,
        &test,
        options,
        key,
        &mut |_| ControlFlow::Continue(()),
    )
}
