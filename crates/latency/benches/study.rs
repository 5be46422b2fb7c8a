//! The whole search space of the study on every built-in device, on one thread, from graphs:
//! conversion, detection of kernels and prediction.
//!
//! `cargo bench -p edgefront-latency --bench study`

use std::collections::BTreeMap;
use std::time::Instant;

use edgefront_graph::Graph;
use edgefront_latency::{Ir, Predictor, builtin_devices, predict_all};
use edgefront_space::{Space, TileShape};

/// Times that the space is predicted.
const ROUNDS: usize = 30;

fn main() {
    let space = Space::preset("resnet18-drainage").expect("the preset is part of the crate");
    let networks: BTreeMap<String, Graph> = space
        .enumerate()
        .map(|configuration| {
            let tile = TileShape {
                height: 100,
                width: 100,
                classes: 2,
            };
            let graph = space.build(&configuration, tile);
            let graph = graph.expect("every configuration is a network");
            (graph.key().to_string(), graph)
        })
        .collect();
    let mut milliseconds: Vec<f64> = (0..ROUNDS).map(|_| predict(&networks)).collect();
    milliseconds.sort_by(f64::total_cmp);
    println!(
        "{} networks on {} devices: median {:.1} ms, least {:.1} ms",
        networks.len(),
        builtin_devices().len(),
        milliseconds[ROUNDS / 2],
        milliseconds[0],
    );
}

/// The milliseconds that the predictions take.
fn predict(networks: &BTreeMap<String, Graph>) -> f64 {
    let started = Instant::now();
    for graph in networks.values() {
        let devices = builtin_devices()
            .iter()
            .map(|device| device as &dyn Predictor);
        let predictions = predict_all(&Ir::from_graph(graph), devices);
        let predictions = predictions.expect("networks of the space have kernels");
        assert!(predictions.iter().all(|p| p.unknown.is_empty()));
    }
    started.elapsed().as_secs_f64() * 1e3
}
