//! How fast the engine is: whole steps, single convolutions, and side by side with others.
//!
//! ```text
//! cargo run --release -p edgefront-engine --example throughput -- steps  [A|B|C|D ...]
//! cargo run --release -p edgefront-engine --example throughput -- layers [A|B|C|D ...]
//! cargo run --release -p edgefront-engine --example throughput -- worker train|infer A
//! cargo run --release -p edgefront-engine --example throughput -- onnx A > A.onnx
//!
//! --seconds 5   for each measurement
//! --batch 16    images in a batch
//! --threads 1   of one network
//! --training    steps: leave inference out, for a profiler's sake
//! ```
//!
//! A, B and C are the design's configurations, D has the largest maps of the search space.
//! `steps` and `layers` print tables; `worker` is driven by `benches/rivals`.

mod arguments;
mod job;
mod layers;
mod networks;
mod steps;
mod worker;

use std::io::Write as _;
use std::process::ExitCode;

use arguments::Arguments;
use edgefront_graph::Folded;
use edgefront_graph::onnx::Model;

fn main() -> ExitCode {
    if let Err(error) = run() {
        eprintln!("error: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    match arguments.command.as_str() {
        "steps" => steps::print(&arguments),
        "layers" => layers::print(&arguments),
        "worker" => worker::run(&arguments),
        "onnx" => write_onnx(&arguments),
        command => Err(format!("`{command}` is none of steps, layers, worker, onnx").into()),
    }
}

/// A network as it is deployed: folded, with the weights that a training would start from.
fn write_onnx(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let graph = networks::graph(arguments.only_name()?)?;
    let folded = Folded::new(&graph)?;
    let model = Model {
        graph: folded.graph().clone(),
        weights: folded.weights(&networks::weights(&graph))?,
        metadata: Vec::new(),
    };
    std::io::stdout().write_all(&model.encode())?;
    Ok(())
}
