//! Prints, per configuration, the median over the steps that fit the time, in seconds that the
//! thread spent on its processor, and the peak of the process's memory so far: name one
//! configuration for its own.

use std::time::{Duration, Instant};

use edgefront_engine::{Cpu, Optimizer};

use crate::arguments::Arguments;
use crate::job::{Job, peak_memory};
use crate::networks;

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

pub fn print(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    println!("kernels: {}", Cpu::kernels()?);
    println!(
        "configuration  batch  training img/s  inference img/s  batch 1 img/s  predicted MB  peak MB"
    );
    let Arguments { time, batch, .. } = *arguments;
    for name in arguments.networks() {
        let graph = networks::graph(name)?;
        let cpu = Cpu::with_threads(arguments.threads);
        let mut job = Job::new(cpu, &graph, batch)?;
        let training = median(time, || job.train());
        let peak = peak_memory().map_or("?".to_owned(), |peak| (peak / 1_000_000).to_string());
        let mut infer = |images| {
            if arguments.only_training {
                return f64::NAN;
            }
            median(time / 2, || job.infer(images))
        };
        let (inference, single) = (infer(batch), infer(1));
        println!(
            "{name:13}  {batch:5}  {:14.1}  {:15.1}  {:13.1}  {:12}  {peak:>7}",
            batch as f64 / training,
            batch as f64 / inference,
            1.0 / single,
            cpu.training_memory(&graph, batch, &Optimizer::default())? / 1_000_000,
        );
    }
    Ok(())
}
