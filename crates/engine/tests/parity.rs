//! From equal weights, training goes the way that it goes in PyTorch.
//!
//! `fixtures/parity.json` is written by `fixtures/parity.py`; weights and images are formulas.

use edgefront_engine::{Backend, Cpu, LossOptions, Optimizer, TrainStep};
use edgefront_graph::op::Op;
use edgefront_graph::{Graph, ResNet, Shape, Stem, Tensor, Weights};
use edgefront_random::Key;
use serde_json::Value;

/// A number in [-1, 1) from a hash of its index.
fn noise(index: usize, seed: u64) -> f64 {
    let mut h = (index as u64 * 2_654_435_761 + seed * 40_503 + 1) as u32;
    h = (h ^ h >> 15).wrapping_mul(2_246_822_519);
    h = (h ^ h >> 13).wrapping_mul(3_266_489_917);
    f64::from(h ^ h >> 16) / f64::from(1u32 << 31) - 1.0
}

fn number(value: &Value) -> usize {
    value.as_u64().expect("a whole number") as usize
}

fn numbers(value: &Value) -> Vec<f64> {
    let items = value.as_array().expect("a list");
    items
        .iter()
        .map(|item| item.as_f64().expect("a number"))
        .collect()
}

fn network(case: &Value) -> Graph {
    let input: Vec<usize> = numbers(&case["input"])
        .iter()
        .map(|&n| n as usize)
        .collect();
    let stem = numbers(&case["stem"]);
    let pool = case["pool"]
        .as_array()
        .map(|pool| (number(&pool[0]), number(&pool[1])));
    ResNet {
        input: Shape::new(input[0], input[1], input[2]),
        stem: Stem {
            kernel: stem[0] as usize,
            stride: stem[1] as usize,
            padding: stem[2] as usize,
            pool,
        },
        width: number(&case["width"]),
        relu_after_add: case["relu_after_add"].as_bool().expect("a truth value"),
        classes: 2,
    }
    .build()
    .expect("the cases are valid")
}

fn weights(graph: &Graph) -> Weights {
    let mut seed = 0;
    Weights::build(graph, |node, parameter| {
        let norm = matches!(graph.node(node).op, Op::BatchNorm(_));
        if !parameter.trainable {
            let value = if parameter.name == "running_var" {
                1.0
            } else {
                0.0
            };
            return Tensor::filled(&parameter.dims, value);
        }
        let fan_in: usize = parameter.dims[1..].iter().product();
        let (scale, offset) = match (norm, parameter.name) {
            (true, "weight") => (0.1, 1.0),
            (true, _) => (0.1, 0.0),
            _ => (1.5 / (fan_in as f64).sqrt(), 0.0),
        };
        let data = (0..parameter.elements())
            .map(|i| (noise(i, seed) * scale + offset) as f32)
            .collect();
        seed += 1;
        Tensor {
            dims: parameter.dims.clone(),
            data,
        }
    })
}

#[test]
fn losses_and_outputs_are_those_of_pytorch() {
    let fixture: Value =
        serde_json::from_str(include_str!("../fixtures/parity.json")).expect("the fixture is JSON");
    for case in fixture["cases"].as_array().expect("a list of cases") {
        let name = &case["name"];
        let graph = network(case);
        let shape = graph.input_shape();
        let batch = number(&case["batch"]);
        let labels: Vec<usize> = (0..batch).map(|image| image % 2).collect();
        let images: Vec<f32> = (0..batch * shape.elements())
            .map(|i| {
                let column = i / shape.channels % shape.width;
                let label = labels[i / shape.elements()] as f64;
                let ramp = (column as f64 / (shape.width - 1) as f64) as f32;
                (noise(i, 1000) + label * f64::from(ramp)) as f32
            })
            .collect();

        let mut network = Cpu.prepare(&graph, batch).expect("a supported network");
        network
            .load(&weights(&graph))
            .expect("weights of the graph");
        for (step, expected) in numbers(&case["losses"]).into_iter().enumerate() {
            let loss = network
                .train_step(
                    &images,
                    &labels,
                    &TrainStep {
                        optimizer: Optimizer::default(),
                        learning_rate: case["rate"].as_f64().expect("a rate"),
                        number: step as u64 + 1,
                        key: Key::new(1),
                        loss: &LossOptions::default(),
                    },
                )
                .expect("a valid batch");
            let difference = f64::from(loss) - expected;
            assert!(
                difference.abs() < 1e-4,
                "{name}, step {step}: {loss} is not {expected}"
            );
        }
        let mut logits = Vec::new();
        network.logits(&images, &mut logits).expect("a valid batch");
        for (&logit, expected) in logits.iter().zip(numbers(&case["logits"])) {
            let difference = f64::from(logit) - expected;
            assert!(difference.abs() < 1e-3, "{name}: {logit} is not {expected}");
        }
    }
}
