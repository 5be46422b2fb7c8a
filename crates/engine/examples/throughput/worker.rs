//! `worker train A --batch 16` reads a number of seconds from each line of its standard input,
//! works that long, and answers with a line of JSON. The weights are set back before each.

use std::io::BufRead as _;
use std::time::Duration;

use edgefront_engine::{Cpu, Optimizer};
use serde_json::json;

use crate::arguments::Arguments;
use crate::job::{Job, images_per_second, peak_memory};
use crate::networks;

pub fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let [kind, name] = &arguments.names[..] else {
        return Err("a worker needs a job and a network, as in `worker train A`".into());
    };
    let training = match kind.as_str() {
        "train" => true,
        "infer" => false,
        _ => return Err(format!("`{kind}` is none of train, infer").into()),
    };
    let graph = networks::graph(name)?;
    let batch = arguments.batch;
    let cpu = Cpu::with_threads(arguments.threads);
    let mut job = Job::new(cpu, &graph, batch)?;
    let bytes_before = job.bytes_before;
    let mut work = |time| -> Result<_, edgefront_engine::Error> {
        if training {
            job.restart()?;
        }
        Ok(images_per_second(batch, time, || {
            if training {
                job.train();
            } else {
                job.infer(batch);
            }
        }))
    };
    work(Duration::ZERO)?;
    println!(
        "{}",
        json!({
            "engine": format!("edgefront {}, {} kernels", env!("CARGO_PKG_VERSION"), Cpu::kernels()?),
            "predicted_bytes": cpu.training_memory(&graph, batch, &Optimizer::default())?,
            "bytes_before": bytes_before,
        })
    );
    for line in std::io::stdin().lock().lines() {
        let seconds: f64 = line?.trim().parse()?;
        let (rate, seconds) = work(Duration::try_from_secs_f64(seconds)?)?;
        println!(
            "{}",
            json!({ "images_per_second": rate, "seconds": seconds, "peak_bytes": peak_memory() })
        );
    }
    Ok(())
}
