//! The ONNX files against onnx and onnxruntime.

use std::fs;

use edgefront::engine::{Backend, Cpu, initial_weights};
use edgefront::graph::op::{
    AveragePool, BatchNorm, Concat, Conv2d, Dropout, Flatten, GlobalAveragePool, HardSwish, Linear,
    Relu6,
};
use edgefront::graph::{
    Folded, Graph, NodeId, Op, Padding, ResNet, Shape, Stem, Weights, Window, onnx::Model,
};
use edgefront::random::{Key, Stream};

use crate::{judge, python, text, write};

const IMAGES: usize = 5;

/// Weights as after a training: norms with statistics of their own.
fn trained(graph: &Graph, stream: &mut Stream) -> Weights {
    let mut weights = initial_weights(graph, Key::new(5));
    for id in graph.ids() {
        if let Op::BatchNorm(_) = graph.node(id).op {
            for tensor in weights.of_mut(id) {
                tensor
                    .data
                    .iter_mut()
                    .for_each(|x| *x = stream.uniform(0.5, 1.5) as f32);
            }
        }
    }
    weights
}

/// From (row, column, band), as our engine has images, to (band, row, column), as ONNX has them.
fn bands_first(images: &[f32], shape: Shape) -> Vec<f32> {
    let positions = shape.positions();
    let image = |image: &[f32]| -> Vec<f32> {
        let bands = (0..shape.channels).map(|band| (0..positions).map(move |at| (band, at)));
        bands
            .flatten()
            .map(|(band, at)| image[at * shape.channels + band])
            .collect()
    };
    images.chunks(shape.elements()).flat_map(image).collect()
}

fn check(graph: &Graph, python: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut stream = Key::new(9).stream();
    let input = graph.input_shape();
    let weights = trained(graph, &mut stream);
    let count = IMAGES * input.elements();
    let images: Vec<f32> = (0..count).map(|_| stream.unit() as f32).collect();
    let mut network = Cpu::new().prepare(graph, 3).expect("the engine runs it");
    network.load(&weights).expect("weights of the graph");
    let mut logits = Vec::new();
    for batch in images.chunks(3 * input.elements()) {
        network.logits(batch, &mut logits).expect("logits");
    }

    let folded = Folded::new(graph).expect("a network");
    let weights = folded.weights(&weights).expect("weights of the graph");
    let metadata = vec![("bands".to_owned(), "dem,r,g,b,nir".to_owned())];
    let model = Model {
        graph: folded.graph().clone(),
        weights,
        metadata,
    };
    let paths = ["model.onnx", "images", "logits"].map(|name| folder.path().join(name));
    fs::write(&paths[0], model.encode()).expect("a temporary file");
    write(&paths[1], &bands_first(&images, input));
    write(&paths[2], &logits);
    let [model, images, logits] = paths.each_ref().map(|path| text(path));
    judge(
        python,
        "check_onnx.py",
        &[model, images, logits, &IMAGES.to_string()],
    );
}

#[test]
fn onnxruntime_gives_our_logits() {
    let Some(python) = python("numpy, onnx, onnxruntime") else {
        return;
    };
    let check = |net: &ResNet| check(&net.build().expect("a network"), &python);
    let baseline = ResNet::resnet18(7, 100, 2);
    check(&baseline);
    let stem = |kernel, stride, padding, pool| Stem {
        kernel,
        stride,
        padding,
        pool,
    };
    for stem in [
        stem(3, 2, 1, Some((3, 2))),
        stem(5, 2, 3, None),
        stem(3, 1, 2, Some((2, 2))),
    ] {
        check(&ResNet {
            width: 32,
            stem,
            relu_after_add: false,
            ..baseline
        });
    }
    // Odd sizes: nothing is a multiple of anything.
    let input = Shape::new(5, 37, 29);
    check(&ResNet {
        input,
        width: 6,
        classes: 3,
        ..baseline
    });
}

/// Every operator that a `ResNet` does not have, at sizes that are multiples of nothing.
fn mobile() -> Graph {
    fn push(graph: &mut Graph, op: impl Into<Op>, inputs: &[NodeId]) -> NodeId {
        let name = format!("node{}", graph.nodes().len());
        graph.push(name, op, inputs).expect("a valid node")
    }
    let convolve = |graph: &mut Graph, channels, groups, window, input| {
        let conv = Conv2d {
            groups,
            ..Conv2d::new(channels, window)
        };
        let conv = push(graph, conv, &[input]);
        push(graph, BatchNorm, &[conv])
    };
    let mut graph = Graph::new(Shape::new(5, 37, 29)).expect("a shape");
    let graph = &mut graph;
    let image = graph.input();
    let stem = convolve(graph, 12, 1, Window::square(3, 2, 1), image);
    let stem = push(graph, HardSwish, &[stem]);
    let uneven = Window {
        kernel: [5, 3],
        stride: [1, 2],
        padding: Padding {
            top: 2,
            left: 0,
            bottom: 1,
            right: 1,
        },
    };
    let depthwise = convolve(graph, 12, 12, uneven, stem);
    let depthwise = push(graph, Relu6, &[depthwise]);
    let wider = convolve(graph, 24, 12, Window::square(3, 1, 1), depthwise);
    let grouped = convolve(graph, 9, 3, Window::square(3, 1, 1), wider);
    let pool = |window, count_include_pad| AveragePool {
        window,
        count_include_pad,
    };
    let whole = pool(Window::square(3, 1, 1), true);
    let whole = push(graph, whole, &[depthwise]);
    let inside = pool(Window::square(3, 1, 1), false);
    let inside = push(graph, inside, &[grouped]);
    let joined = push(graph, Concat { inputs: 3 }, &[whole, grouped, inside]);
    let smaller = push(graph, pool(Window::square(2, 2, 0), true), &[joined]);
    let mut biased = Conv2d::new(20, Window::square(1, 1, 0));
    biased.bias = true;
    let x = push(graph, biased, &[smaller]);
    let x = push(graph, Relu6, &[x]);
    let x = push(graph, GlobalAveragePool, &[x]);
    let x = push(graph, Flatten, &[x]);
    let x = push(graph, Dropout { probability: 0.2 }, &[x]);
    let x = push(graph, Linear { out_features: 11 }, &[x]);
    let x = push(graph, HardSwish, &[x]);
    push(graph, Linear { out_features: 3 }, &[x]);
    graph.clone()
}

#[test]
fn onnxruntime_agrees_on_the_operators_of_mobile_networks() {
    if let Some(python) = python("numpy, onnx, onnxruntime") {
        check(&mobile(), &python);
    }
}
