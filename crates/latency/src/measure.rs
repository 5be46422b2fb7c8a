//! How long a network takes here: a runtime loads it and runs it, many times.

mod clock;
mod timing;

use std::path::Path;
use std::time::{Duration, Instant};

use edgefront_graph::{Folded, Graph, Tensor, Weights, onnx};
use edgefront_random::Key;

use crate::error::Error;
use clock::cpu_time;

pub(crate) use timing::quantile;
pub use timing::{Noise, Timing};

/// Something that runs networks on this machine.
pub trait Runtime {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// Makes a model ready to run on one batch of this many images after the other.
    ///
    /// # Errors
    /// [`Error::Runtime`] of bytes that are no model, or a model that it cannot run, or not with
    /// such batches.
    fn load(&self, model: ModelFile<'_>, batch: usize) -> Result<Box<dyn Session>, Error>;
}

/// What an ONNX file holds, and where it lies.
#[derive(Clone, Copy, Debug)]
pub struct ModelFile<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Its folder, in which large tensors may lie in files of their own; `None` of a model that
    /// never was in a file.
    pub folder: Option<&'a Path>,
}

/// A model that is loaded, with an input to run it on.
pub trait Session {
    /// Runs the model once.
    ///
    /// # Errors
    /// [`Error::Runtime`] of a run that fails.
    fn run(&mut self) -> Result<(), Error>;
}

/// How often a model is run: at least as often, and at least as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Runs before the first that counts.
    pub warm_up: usize,
    /// The fewest runs that count; 0 is taken as 1.
    pub repeats: usize,
    /// The shortest time that all of them take together.
    pub at_least: Duration,
}

/// Times the runs of a model, one by one.
///
/// # Errors
/// As [`Session::run`].
pub fn measure(session: &mut dyn Session, effort: Effort) -> Result<Timing, Error> {
    for _ in 0..effort.warm_up {
        session.run()?;
    }
    let mut runs = Vec::new();
    let (start, cpu_start) = (Instant::now(), cpu_time());
    while runs.len() < effort.repeats.max(1) || start.elapsed() < effort.at_least {
        let run = Instant::now();
        session.run()?;
        runs.push(run.elapsed());
    }
    let cpu = cpu_time().zip(cpu_start).map(|(end, start)| end - start);
    Ok(Timing::of(&runs, cpu))
}

/// The ONNX file of a network as it is deployed, batch norms folded, with random weights: the time
/// of a run does not depend on their values, as long as they are ordinary numbers.
///
/// # Errors
/// [`Error::Graph`] as [`Folded::new`].
pub fn model_of(graph: &Graph) -> Result<Vec<u8>, Error> {
    let graph = Folded::new(graph)?.graph().clone();
    let weights = Weights::build(&graph, |node, parameter| {
        // Activations keep their scale from layer to layer.
        let inputs: usize = parameter.dims.iter().skip(1).product();
        let bound = (3.0 / inputs as f64).sqrt();
        let key = Key::new(0).with("node", node.index() as u64);
        let mut stream = key.with(parameter.name, 0).stream();
        let positive = parameter.name == "running_var";
        let low = if positive { bound / 2.0 } else { -bound };
        Tensor {
            dims: parameter.dims.clone(),
            data: (0..parameter.elements())
                .map(|_| stream.uniform(low, bound) as f32)
                .collect(),
        }
    });
    let metadata = Vec::new();
    Ok(onnx::Model {
        graph,
        weights,
        metadata,
    }
    .encode())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counter(usize);

    impl Session for Counter {
        fn run(&mut self) -> Result<(), Error> {
            self.0 += 1;
            Ok(())
        }
    }

    #[test]
    fn warm_up_does_not_count() {
        let mut session = Counter(0);
        let effort = Effort {
            warm_up: 3,
            repeats: 5,
            at_least: Duration::ZERO,
        };
        assert_eq!(measure(&mut session, effort).unwrap().runs, 5);
        assert_eq!(session.0, 8);
    }

    #[test]
    fn a_model_is_what_is_deployed() {
        let graph = edgefront_graph::ResNet::resnet18(3, 32, 2).build().unwrap();
        let model = onnx::Model::decode(&model_of(&graph).unwrap()).unwrap();
        let norms = model.graph.nodes().iter();
        let norms = norms.filter(|node| node.op.operator().onnx_name() == "BatchNormalization");
        assert_eq!(norms.count(), 0);
        assert!(model.weights.values().all(f32::is_finite));
    }
}
