//! The ONNX files against onnx and onnxruntime.

use std::fs;

use edgefront::engine::{Backend, Cpu, initial_weights};
use edgefront::graph::{Folded, Graph, Op, ResNet, Shape, Stem, Weights, onnx::Model};
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

fn check(net: &ResNet, python: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut stream = Key::new(9).stream();
    let graph = net.build().expect("a network");
    let weights = trained(&graph, &mut stream);
    let count = IMAGES * net.input.elements();
    let images: Vec<f32> = (0..count).map(|_| stream.unit() as f32).collect();
    let mut network = Cpu.prepare(&graph, 3).expect("the engine runs it");
    network.load(&weights).expect("weights of the graph");
    let mut logits = Vec::new();
    for batch in images.chunks(3 * net.input.elements()) {
        network.logits(batch, &mut logits).expect("logits");
    }

    let folded = Folded::new(&graph).expect("a network");
    let weights = folded.weights(&weights).expect("weights of the graph");
    let metadata = vec![("bands".to_owned(), "dem,r,g,b,nir".to_owned())];
    let model = Model {
        graph: folded.graph().clone(),
        weights,
        metadata,
    };
    let paths = ["model.onnx", "images", "logits"].map(|name| folder.path().join(name));
    fs::write(&paths[0], model.encode()).expect("a temporary file");
    write(&paths[1], &bands_first(&images, net.input));
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
    let baseline = ResNet::resnet18(7, 100, 2);
    check(&baseline, &python);
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
        check(
            &ResNet {
                width: 32,
                stem,
                relu_after_add: false,
                ..baseline
            },
            &python,
        );
    }
    // Odd sizes: nothing is a multiple of anything.
    let input = Shape::new(5, 37, 29);
    check(
        &ResNet {
            input,
            width: 6,
            classes: 3,
            ..baseline
        },
        &python,
    );
}
