//! What the tests train on: tiles with lines, and a small network that learns to see them.

use std::ops::ControlFlow;

use edgefront_engine::{
    Augment, Cpu, Error, Samples, Schedule, TrainOptions, Trained, initial_weights, train,
};
use edgefront_graph::{Graph, ResNet, Shape, Stem};
use edgefront_random::Key;

pub const TILE: Shape = Shape {
    channels: 2,
    height: 12,
    width: 12,
};

pub fn graph() -> Graph {
    ResNet {
        input: TILE,
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
pub fn tiles(shape: Shape, count: usize) -> (Vec<f32>, Vec<usize>) {
    let mut images = Vec::new();
    let labels: Vec<usize> = (0..count).map(|sample| sample % 2).collect();
    for (sample, &label) in labels.iter().enumerate() {
        let mut stream = Key::new(9).with("tile", sample as u64).stream();
        let upright = stream.chance(0.5);
        let line = stream.below(if upright { shape.width } else { shape.height });
        for row in 0..shape.height {
            for column in 0..shape.width {
                let on_line = label == 1 && line == if upright { column } else { row };
                images.push((stream.unit() + if on_line { 0.8 } else { 0.0 }) as f32);
                images.extend((1..shape.channels).map(|_| stream.unit() as f32));
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

/// Trains the [`graph`] on 200 tiles; 50 are its test.
pub fn run(options: &TrainOptions, key: Key) -> Result<Trained, Error> {
    run_on(&Cpu::new(), &graph(), options, key)
}

/// The same on a processor and with a network of one's own.
pub fn run_on(
    cpu: &Cpu,
    graph: &Graph,
    options: &TrainOptions,
    key: Key,
) -> Result<Trained, Error> {
    let shape = graph.input_shape();
    let (images, labels) = tiles(shape, 250);
    let samples = Samples::new(&images, &labels, shape, 2)?;
    let (test, learn): (Vec<usize>, Vec<usize>) = (0..250).partition(|index| index % 5 == 0);
    let initial = initial_weights(graph, key.with("init", 0));
    train(
        cpu,
        graph,
        &initial,
        &samples,
        &learn,
        &test,
        options,
        key,
        &mut |_| ControlFlow::Continue(()),
    )
}
