//! The engine of this program as what classifies tiles.

use edgefront::engine::{Backend, Cpu, Error, Network, probabilities};
use edgefront::graph::onnx::Model;
use edgefront::tiles;
use edgefront::tiles::map::{BATCH, Classifier};

/// A network on one thread.
struct EngineClassifier {
    network: Box<dyn Network>,
    logits: Vec<f32>,
    classes: usize,
}

/// The same network so many times: as many on one thread each classify more images than one on
/// as many threads.
pub fn classifiers(model: &Model, count: usize) -> Result<Vec<Box<dyn Classifier>>, Error> {
    let one = || {
        let mut network = Cpu::new().prepare(&model.graph, BATCH)?;
        network.load(&model.weights)?;
        Ok(Box::new(EngineClassifier {
            network,
            logits: Vec::new(),
            classes: model.graph.output_shape().channels,
        }) as Box<dyn Classifier>)
    };
    (0..count).map(|_| one()).collect()
}

impl Classifier for EngineClassifier {
    fn classify(&mut self, images: &[f32], out: &mut Vec<f32>) -> Result<(), tiles::Error> {
        self.logits.clear();
        let run = self.network.logits(images, &mut self.logits);
        run.map_err(|error| tiles::Error::Classifier(error.to_string()))?;
        for logits in self.logits.chunks_exact(self.classes) {
            out.extend(probabilities(logits).into_iter().map(|p| p as f32));
        }
        Ok(())
    }
}
