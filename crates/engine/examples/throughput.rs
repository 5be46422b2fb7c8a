//! Images per second of the design's configurations A, B and C, in training and inference.
//!
//! ```text
//! cargo run --release -p edgefront-engine --example throughput -- [A|B|C|D ...] [--seconds 5] [--batch 16] [--training]
//! ```
//!
//! With `--training`, inference is left out, for a profiler's sake.
//! Prints, per configuration, the median over the steps that fit the time, in seconds that the
//! thread spent on its processor, and the peak of the process's memory so far: name one
//! configuration for its own.

use std::time::{Duration, Instant};

use edgefront_engine::{
    Backend, Cpu, LossOptions, Optimizer, TrainStep, initial_weights, training_memory,
};
use edgefront_graph::{Graph, ResNet, Shape, Stem};
use edgefront_random::Key;

fn graph(name: &str) -> Option<Graph> {
    let (width, kernel, stride, padding, pool) = match name {
        "A" => (32, 3, 2, 1, Some((3, 2))),
        "B" => (64, 5, 2, 2, Some((3, 2))),
        "C" => (32, 3, 2, 1, None),
        // The largest maps of the search space.
        "D" => (64, 3, 1, 1, None),
        _ => return None,
    };
    let network = ResNet {
        input: Shape::new(7, 100, 100),
        stem: Stem {
            kernel,
            stride,
            padding,
            pool,
        },
        width,
        relu_after_add: false,
        classes: 2,
    };
    Some(network.build().expect("the configurations are valid"))
}

/// Seconds that this thread has spent on a processor, where the system tells: other work on the
/// machine does not count. Elsewhere the time on the clock since `start`.
fn seconds(start: Instant) -> f64 {
    let on_processor = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    };
    on_processor().map_or_else(|| start.elapsed().as_secs_f64(), |nanos| nanos * 1e-9)
}

/// The median seconds of a call, over as many as fit into the time, after two to warm up. Short
/// calls are measured several at a time: the system counts in milliseconds.
fn median(time: Duration, mut call: impl FnMut()) -> f64 {
    const SHORTEST: f64 = 0.1;
    call();
    let start = Instant::now();
    call();
    let repeats = (SHORTEST / start.elapsed().as_secs_f64()).ceil().max(1.0) as usize;
    let start = Instant::now();
    let mut times = Vec::new();
    while times.len() < 3 || start.elapsed() < time {
        let before = seconds(start);
        (0..repeats).for_each(|_| call());
        times.push((seconds(start) - before) / repeats as f64);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Peak resident memory in MB, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut names = Vec::new();
    let (mut seconds, mut batch, mut only_training) = (5.0, 16, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--seconds" => seconds = value()?.parse()?,
            "--batch" => batch = value()?.parse()?,
            "--training" => only_training = true,
            _ => names.push(argument),
        }
    }
    if names.is_empty() {
        names = ["A", "B", "C"].map(str::to_owned).to_vec();
    }
    let time = Duration::from_secs_f64(seconds);
    println!("kernels: {}", Cpu::kernels()?);
    println!(
        "configuration  batch  training img/s  inference img/s  batch 1 img/s  predicted MB  peak MB"
    );
    for name in names {
        let graph = graph(&name).ok_or(format!("`{name}` is none of A, B, C, D"))?;
        let weights = initial_weights(&graph, Key::new(1));
        let shape = graph.input_shape();
        let mut stream = Key::new(2).stream();
        let images: Vec<f32> = (0..batch * shape.elements())
            .map(|_| stream.unit() as f32)
            .collect();
        let labels: Vec<usize> = (0..batch).map(|image| image % 2).collect();

        let mut network = Cpu.prepare(&graph, batch)?;
        network.load(&weights)?;
        let mut number = 0;
        let loss = LossOptions::default();
        let training = median(time, || {
            number += 1;
            let step = TrainStep {
                optimizer: Optimizer::default(),
                learning_rate: 1e-3,
                number,
                key: Key::new(3).with("step", number),
                loss: &loss,
            };
            let loss = network.train_step(&images, &labels, &step);
            assert!(loss.is_ok_and(f32::is_finite));
        });
        let peak = peak_memory().map_or("?".to_owned(), |peak| peak.to_string());
        let mut outputs = Vec::new();
        let mut infer = |images: &[f32]| {
            if only_training {
                return f64::NAN;
            }
            median(time / 2, || {
                outputs.clear();
                network.logits(images, &mut outputs).expect("a valid batch");
            })
        };
        let inference = infer(&images);
        let single = infer(&images[..shape.elements()]);
        println!(
            "{name:13}  {batch:5}  {:14.1}  {:15.1}  {:13.1}  {:12}  {peak:>7}",
            batch as f64 / training,
            batch as f64 / inference,
            1.0 / single,
            training_memory(&graph, batch, &Optimizer::default())? / 1_000_000,
        );
    }
    Ok(())
}
