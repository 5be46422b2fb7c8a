//! The safetensors files against the package `safetensors`.

use std::fs;

use edgefront::graph::{Graph, ResNet, Stem, Weights, safetensors};
use edgefront::random::Key;

use crate::{judge, python, text};

/// A small network, and weights that single and half precision hold alike.
fn network() -> (Graph, Weights) {
    let stem = Stem {
        kernel: 5,
        stride: 2,
        padding: 2,
        pool: None,
    };
    let resnet = ResNet {
        width: 3,
        stem,
        ..ResNet::resnet18(5, 24, 3)
    };
    let graph = resnet.build().expect("a valid network");
    let mut weights = Weights::zeros(&graph);
    let mut stream = Key::new(3).stream();
    for id in graph.ids() {
        for tensor in weights.of_mut(id) {
            let draw = || stream.below(2001) as f32 / 1024.0 - 1.0;
            tensor.data.fill_with(draw);
        }
    }
    (graph, weights)
}

#[test]
fn safetensors_reads_what_is_written_and_writes_what_is_read() {
    let Some(python) = python("numpy, safetensors") else {
        return;
    };
    let (graph, weights) = network();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let paths = ["ours", "single", "half"].map(|name| folder.path().join(name));
    let metadata = [("bands".to_owned(), "dem,r,g,b,nir".to_owned())];
    let ours = safetensors::encode(&graph, &weights, &metadata);
    fs::write(&paths[0], ours).expect("a temporary file");
    let tensors: Vec<String> = graph
        .ids()
        .flat_map(|id| {
            let node = graph.node(id);
            let tensors = graph.parameters(id).into_iter().zip(weights.of(id));
            tensors.map(move |(parameter, tensor)| {
                let name = node.parameter_name(&parameter);
                let sum: f64 = tensor.data.iter().map(|&x| f64::from(x)).sum();
                format!("{name} {:?} {sum}", tensor.dims)
            })
        })
        .collect();
    let mut args = paths.each_ref().map(|path| text(path)).to_vec();
    args.extend(tensors.iter().map(String::as_str));
    judge(&python, "check_safetensors.py", &args);
    for path in &paths[1..] {
        let bytes = fs::read(path).expect("the script writes it");
        let back = safetensors::decode(&graph, &bytes).expect("the weights of the graph");
        assert_eq!(back, weights, "{}", path.display());
    }
}
