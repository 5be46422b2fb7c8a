//! The engine of this program as a runtime.

use edgefront::engine::{Backend, Cpu, Network};
use edgefront::graph::onnx::Model;
use edgefront::latency::{Error, ModelFile, Runtime, Session};

use super::image;

const NAME: &str = "engine";

pub struct Engine(Cpu);

impl Engine {
    pub fn new(threads: usize) -> Self {
        Self(Cpu::with_threads(threads))
    }
}

impl Runtime for Engine {
    fn name(&self) -> &'static str {
        NAME
    }

    fn load(&self, model: ModelFile<'_>, batch: usize) -> Result<Box<dyn Session>, Error> {
        let model = Model::decode(model.bytes)?;
        let mut network = self.0.prepare(&model.graph, batch).map_err(|e| fault(&e))?;
        network.load(&model.weights).map_err(|e| fault(&e))?;
        Ok(Box::new(Loaded {
            network,
            images: image(batch * model.graph.input_shape().elements()),
            logits: Vec::new(),
        }))
    }
}

struct Loaded {
    network: Box<dyn Network>,
    images: Vec<f32>,
    logits: Vec<f32>,
}

impl Session for Loaded {
    fn run(&mut self) -> Result<(), Error> {
        self.logits.clear();
        let run = self.network.logits(&self.images, &mut self.logits);
        run.map_err(|error| fault(&error))
    }
}

fn fault(error: &edgefront::engine::Error) -> Error {
    Error::Runtime {
        runtime: NAME,
        reason: error.to_string(),
    }
}
