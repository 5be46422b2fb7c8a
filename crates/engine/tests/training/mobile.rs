//! A network of inverted residuals (Sandler et al., "`MobileNetV2`", 2018; Howard et al.,
//! "Searching for `MobileNetV3`", 2019) trains as a whole.

use edgefront_engine::{
    Backend, Cpu, Error, LossOptions, Optimizer, TrainOptions, TrainStep, Trained, initial_weights,
};
use edgefront_graph::op::{
    Add, AveragePool, BatchNorm, Concat, Conv2d, Dropout, Flatten, GlobalAveragePool, HardSwish,
    Linear, Op, Relu6,
};
use edgefront_graph::{Graph, NodeId, Shape, Window};
use edgefront_random::Key;

use super::lines::{run_on, tiles};

const TILE: Shape = Shape {
    channels: 3,
    height: 14,
    width: 9,
};

fn push(graph: &mut Graph, op: impl Into<Op>, inputs: &[NodeId]) -> NodeId {
    let name = format!("node{}", graph.nodes().len());
    graph.push(name, op, inputs).expect("a valid node")
}

/// A convolution, its norm, and perhaps an activation.
fn convolve(graph: &mut Graph, conv: Conv2d, activation: Option<Op>, input: NodeId) -> NodeId {
    let conv = push(graph, conv, &[input]);
    let norm = push(graph, BatchNorm, &[conv]);
    activation.map_or(norm, |op| push(graph, op, &[norm]))
}

/// Expands, convolves each channel by itself, and projects; with a residual at stride 1.
fn inverted_residual(
    graph: &mut Graph,
    expanded: usize,
    channels: usize,
    stride: usize,
    activation: &Op,
    input: NodeId,
) -> NodeId {
    let point = |channels| Conv2d::new(channels, Window::square(1, 1, 0));
    let depthwise = Conv2d {
        groups: expanded,
        ..Conv2d::new(expanded, Window::square(3, stride, 1))
    };
    let act = || Some(activation.clone());
    let x = convolve(graph, point(expanded), act(), input);
    let x = convolve(graph, depthwise, act(), x);
    let x = convolve(graph, point(channels), None, x);
    if stride == 1 {
        push(graph, Add, &[x, input])
    } else {
        x
    }
}

fn mobile(dropout: f32) -> Graph {
    let mut graph = Graph::new(TILE).expect("a shape");
    let graph = &mut graph;
    let (relu6, swish) = (Op::from(Relu6), Op::from(HardSwish));
    let image = graph.input();
    let stem = Conv2d::new(6, Window::square(3, 1, 1));
    let x = convolve(graph, stem, Some(swish.clone()), image);
    let x = inverted_residual(graph, 13, 6, 1, &relu6, x);
    let narrow = inverted_residual(graph, 20, 10, 2, &swish, x);
    let pooled = push(graph, AveragePool::new(Window::square(3, 2, 1)), &[x]);
    let x = push(graph, Concat { inputs: 2 }, &[narrow, pooled]);
    let x = inverted_residual(graph, 24, 16, 1, &swish, x);
    let x = push(graph, GlobalAveragePool, &[x]);
    let x = push(graph, Flatten, &[x]);
    let x = push(graph, Linear { out_features: 12 }, &[x]);
    let x = push(graph, HardSwish, &[x]);
    let probability = dropout;
    let x = push(graph, Dropout { probability }, &[x]);
    push(graph, Linear { out_features: 2 }, &[x]);
    graph.clone()
}

fn run(cpu: &Cpu, epochs: usize, key: Key) -> Result<Trained, Error> {
    let options = TrainOptions {
        epochs,
        ..TrainOptions::default()
    };
    run_on(cpu, &mobile(0.2), &options, key)
}

#[test]
fn a_mobile_network_learns_to_see_lines() {
    let trained = run(&Cpu::new(), 12, Key::new(1)).expect("a training");
    let last = trained.epochs.last().expect("twelve epochs");
    assert!(last.test.accuracy >= 0.9, "{:#?}", trained.epochs);
    assert!(last.train_loss < 0.5 * trained.epochs[0].train_loss);
}

#[test]
fn a_training_with_dropout_is_a_function_of_its_key() {
    let run = |seed| run(&Cpu::new(), 2, Key::new(seed)).expect("a training");
    let first = run(1);
    assert_eq!(first, run(1));
    assert_ne!(first, run(2));
}

#[test]
fn a_mobile_network_trains_alike_on_any_number_of_threads() {
    let run = |threads| run(&Cpu::with_threads(threads), 1, Key::new(1)).expect("a training");
    let alone = run(1);
    for threads in [2, 3] {
        assert!(run(threads) == alone, "{threads} threads");
    }
}

/// The loss of a step depends on the step's key where there is a dropout, and only there; the
/// logits never do.
#[test]
fn a_dropout_draws_in_training_alone() {
    let (images, labels) = tiles(TILE, 8);
    let run = |dropout, key| {
        let graph = mobile(dropout);
        let mut network = Cpu::new().prepare(&graph, 8).expect("a supported network");
        network
            .load(&initial_weights(&graph, Key::new(1)))
            .expect("weights of the graph");
        let step = TrainStep {
            optimizer: Optimizer::default(),
            learning_rate: 0.0,
            number: 1,
            key,
            loss: &LossOptions::default(),
        };
        let loss = network.train_step(&images, &labels, &step).expect("a step");
        let mut logits = Vec::new();
        network.logits(&images, &mut logits).expect("a batch");
        (loss, logits)
    };
    let (first, second) = (run(0.5, Key::new(1)), run(0.5, Key::new(2)));
    assert_ne!(first.0, second.0);
    assert_eq!(first.1, second.1);
    assert_eq!(run(0.0, Key::new(1)), run(0.0, Key::new(2)));
}
