//! What runs models on this machine: one file each.

mod engine;

use std::time::Duration;

use clap::ValueEnum;
use edgefront::graph::Graph;
use edgefront::latency::{self, Effort, Runtime, Timing, model_of};

use engine::Engine;

/// A runtime by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RuntimeName {
    /// The engine of this program.
    Engine,
}

impl RuntimeName {
    /// The runtime, with this many threads.
    pub fn open(self, threads: usize) -> Box<dyn Runtime> {
        match self {
            Self::Engine => Box::new(Engine::new(threads)),
        }
    }
}

/// What a network takes in a calibration: a few runs, so that all can be measured often.
pub fn moment(runtime: &dyn Runtime, graph: &Graph) -> Result<f64, latency::Error> {
    let mut session = runtime.load(&model_of(graph)?)?;
    let effort = Effort {
        warm_up: 2,
        repeats: 5,
        at_least: Duration::from_millis(30),
    };
    let Timing { median, .. } = latency::measure(session.as_mut(), effort)?;
    Ok(median)
}
