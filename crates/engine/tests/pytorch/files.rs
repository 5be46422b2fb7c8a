//! A network that PyTorch trained comes as ONNX and as safetensors, and gives the same outputs;
//! one that the engine trained goes back as safetensors.

use std::fs;
use std::path::Path;

use edgefront_engine::{Backend, Cpu, LossOptions, Optimizer, TrainStep};
use edgefront_graph::op::Op;
use edgefront_graph::{Graph, Weights, onnx, safetensors};
use edgefront_random::Key;

use crate::case::Case;
use crate::{formulas, python};

const PACKAGES: &str = "torch, onnx, onnxscript, safetensors";

fn read(folder: &Path, file: &str) -> Vec<u8> {
    let path = folder.join(file);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn case(folder: &Path) -> Case {
    serde_json::from_slice(&read(folder, "case.json")).expect("the script writes a case")
}

fn assert_near(logits: &[f32], expected: &[f64], what: &str) {
    assert_eq!(logits.len(), expected.len(), "{what}");
    for (&logit, expected) in logits.iter().zip(expected) {
        let difference = (f64::from(logit) - expected).abs();
        assert!(difference < 1e-4, "{what}: {logit} is not {expected}");
    }
}

/// The network gives PyTorch's outputs, and learns.
fn check(graph: &Graph, weights: &Weights, case: &Case, what: &str) {
    let (images, labels) = formulas::batch(case);
    let mut network = Cpu::new()
        .prepare(graph, case.batch)
        .expect("a supported network");
    network.load(weights).expect("weights of the graph");
    let mut logits = Vec::new();
    network.logits(&images, &mut logits).expect("a valid batch");
    assert_near(&logits, &case.logits, what);

    let losses: Vec<f32> = (1..10)
        .map(|number| {
            let step = TrainStep {
                optimizer: Optimizer::default(),
                learning_rate: 1e-4,
                number,
                key: Key::new(1),
                loss: &LossOptions::default(),
            };
            let loss = network.train_step(&images, &labels, &step);
            loss.expect("a valid batch")
        })
        .collect();
    assert!(losses[8] < losses[0], "{what}: {losses:?}");
}

fn check_onnx(folder: &Path, file: &str, norms: bool) {
    let model = onnx::Model::decode(&read(folder, file)).expect("a file that can be read");
    let has = |op: fn(&Op) -> bool| model.graph.nodes().iter().any(|node| op(&node.op));
    assert_eq!(has(|op| matches!(op, Op::BatchNorm(_))), norms, "{file}");
    assert_eq!(
        has(|op| matches!(op, Op::Conv2d(conv) if conv.bias)),
        !norms,
        "{file}"
    );
    check(&model.graph, &model.weights, &case(folder), file);
}

fn check_safetensors(folder: &Path, file: &str) {
    let case = case(folder);
    let graph = case.graph();
    let weights = safetensors::decode(&graph, &read(folder, file)).expect("the case's weights");
    check(&graph, &weights, &case, file);
}

#[test]
fn files_that_pytorch_wrote() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/trained"));
    check_onnx(folder, "exported.onnx", false);
    check_onnx(folder, "unfolded.onnx", true);
    check_safetensors(folder, "state.safetensors");
}

/// Nodes get the names of their weights, so that a `state_dict` goes into a graph that came as
/// ONNX.
#[test]
fn a_state_dict_belongs_to_the_graph_that_was_exported() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/trained"));
    let model = onnx::Model::decode(&read(folder, "unfolded.onnx")).expect("a file to read");
    let weights = safetensors::decode(&model.graph, &read(folder, "state.safetensors"));
    assert_eq!(weights.expect("the graph's weights"), model.weights);
}

#[test]
fn files_that_pytorch_writes() {
    for case in [
        r#"{"name": "pooled", "width": 8, "input": [7, 40, 33], "stem": [5, 2, 2], "pool": [3, 2],
            "relu_after_add": true, "classes": 2, "batch": 6, "rate": 1e-3}"#,
        r#"{"name": "plain", "width": 20, "input": [5, 23, 23], "stem": [3, 1, 1], "pool": null,
            "relu_after_add": false, "classes": 4, "batch": 5, "rate": 1e-3}"#,
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().to_str().expect("a plain name");
        if python::run("trained.py", PACKAGES, &[path, case]).is_none() {
            return;
        }
        for file in ["exported.onnx", "exported-any.onnx", "scripted.onnx"] {
            check_onnx(folder.path(), file, false);
        }
        check_onnx(folder.path(), "unfolded.onnx", true);
        check_safetensors(folder.path(), "state.safetensors");
    }
}

#[test]
fn pytorch_reads_what_the_engine_wrote() {
    let text = r#"{"name": "back", "width": 12, "input": [5, 29, 31], "stem": [3, 2, 1],
        "pool": [2, 2], "relu_after_add": false, "classes": 2, "batch": 6, "rate": 1e-3,
        "logits": []}"#;
    let case: Case = serde_json::from_str(text).expect("a case");
    let graph = case.graph();
    let (images, labels) = formulas::batch(&case);
    let mut network = Cpu::new()
        .prepare(&graph, case.batch)
        .expect("a supported network");
    network
        .load(&formulas::weights(&graph))
        .expect("weights of the graph");
    for number in 1..6 {
        let step = TrainStep {
            optimizer: Optimizer::default(),
            learning_rate: case.rate,
            number,
            key: Key::new(1),
            loss: &LossOptions::default(),
        };
        network
            .train_step(&images, &labels, &step)
            .expect("a valid batch");
    }
    let mut logits = Vec::new();
    network.logits(&images, &mut logits).expect("a valid batch");

    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("weights.safetensors");
    let file = safetensors::encode(&graph, &network.weights(), &[]);
    fs::write(&path, file).expect("a temporary file");
    let path = path.to_str().expect("a plain name");
    if let Some(answer) = python::run("restored.py", "torch, safetensors", &[path, text]) {
        let expected: Vec<f64> = serde_json::from_slice(&answer).expect("logits as JSON");
        assert_near(&logits, &expected, "back");
    }
}
