//! The engine of this program as a runtime.

use edgefront::engine::{Backend, Cpu, Network};
use edgefront::graph::onnx::Model;
use edgefront::latency::{Error, Runtime, Session};
use edgefront::random::Key;

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

    fn load(&self, model: &[u8]) -> Result<Box<dyn Session>, Error> {
        let model = Model::decode(model)?;
        let mut network = self.0.prepare(&model.graph, 1).map_err(|e| fault(&e))?;
        network.load(&model.weights).map_err(|e| fault(&e))?;
        let mut stream = Key::new(0).with("image", 0).stream();
        let numbers = model.graph.input_shape().elements();
        Ok(Box::new(Loaded {
            network,
            image: (0..numbers).map(|_| stream.unit() as f32).collect(),
            logits: Vec::new(),
        }))
    }
}

struct Loaded {
    network: Box<dyn Network>,
    image: Vec<f32>,
    logits: Vec<f32>,
}

impl Session for Loaded {
    fn run(&mut self) -> Result<(), Error> {
        self.logits.clear();
        let run = self.network.logits(&self.image, &mut self.logits);
        run.map_err(|error| fault(&error))
    }
}

fn fault(error: &edgefront::engine::Error) -> Error {
    Error::Runtime {
        runtime: NAME,
        reason: error.to_string(),
    }
}
