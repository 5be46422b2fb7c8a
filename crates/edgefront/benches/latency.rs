//! How long predictions take: `cargo bench -p edgefront --bench latency`.
//!
//! One file of ResNet-18 from the command line, the start of the process included; and the study's
//! 360 networks, kernels included, on one thread.

use std::collections::HashSet;
use std::error::Error;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use edgefront::graph::onnx::Model;
use edgefront::graph::{ResNet, Weights};
use edgefront::latency::{Ir, Predictor, builtin_devices, predict_all};
use edgefront::space::{Space, TileShape};

const REPEATS: usize = 51;

fn main() -> Result<(), Box<dyn Error>> {
    one_file()?;
    the_study()
}

fn one_file() -> Result<(), Box<dyn Error>> {
    let graph = ResNet::resnet18(3, 224, 1000).build()?;
    let weights = Weights::zeros(&graph);
    let metadata = Vec::new();
    let bytes = Model {
        graph,
        weights,
        metadata,
    }
    .encode();
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("resnet18.onnx");
    fs::write(&file, &bytes)?;
    let command = time(|| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_edgefront"));
        let output = command
            .arg("latency")
            .arg(&file)
            .output()
            .expect("the binary runs");
        assert!(output.status.success(), "{output:?}");
    });
    let megabytes = bytes.len() as f64 / 1e6;
    println!("resnet18.onnx, {megabytes:.1} MB, four devices, whole command: {command}");
    Ok(())
}

fn the_study() -> Result<(), Box<dyn Error>> {
    let space = Space::preset("resnet18-drainage")?;
    let mut seen = HashSet::new();
    let mut networks = Vec::new();
    for configuration in space.enumerate() {
        let tile = TileShape {
            height: 100,
            width: 100,
            classes: 2,
        };
        let graph = space.build(&configuration, tile)?;
        if seen.insert(graph.key()) {
            networks.push(Ir::from_graph(&graph));
        }
    }
    let all = time(|| {
        for network in &networks {
            let devices = builtin_devices()
                .iter()
                .map(|device| device as &dyn Predictor);
            let predictions = predict_all(network, devices).expect("a network with kernels");
            assert!(
                predictions
                    .iter()
                    .all(|prediction| prediction.unknown.is_empty())
            );
        }
    });
    println!("{} networks, four devices: {all}", networks.len());
    Ok(())
}

/// The median and the least of the times that something takes.
fn time(mut run: impl FnMut()) -> String {
    run();
    let mut times: Vec<Duration> = (0..REPEATS)
        .map(|_| {
            let started = Instant::now();
            run();
            started.elapsed()
        })
        .collect();
    times.sort();
    let milliseconds = |time: Duration| 1e3 * time.as_secs_f64();
    format!(
        "median {:.2} ms, least {:.2} ms",
        milliseconds(times[REPEATS / 2]),
        milliseconds(times[0])
    )
}
