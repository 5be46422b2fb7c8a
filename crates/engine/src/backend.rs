use edgefront_graph::{Graph, Weights};
use edgefront_random::Key;

use crate::{Error, Optimizer};

/// Something that trains and runs networks: the [`Cpu`](crate::Cpu), or a GPU.
pub trait Backend: Send + Sync {
    /// What it is called in reports.
    fn name(&self) -> &'static str;

    /// Makes a network ready for batches of up to `batch_size` images. Its weights are zero until
    /// they are [loaded](Network::load).
    ///
    /// # Errors
    /// If the graph holds an operator that the backend does not run, or does not end in a vector.
    fn prepare(&self, graph: &Graph, batch_size: usize) -> Result<Box<dyn Network>, Error>;
}

/// A network with its weights and the state of its optimiser.
///
/// Images are rows of numbers in the order (image, row, column, band).
pub trait Network: Send {
    /// Sets the weights and forgets what the optimiser knew.
    ///
    /// # Errors
    /// If the weights belong to another graph.
    fn load(&mut self, weights: &Weights) -> Result<(), Error>;

    /// The weights as they are now, the running statistics of the batch norms among them.
    fn weights(&self) -> Weights;

    /// Changes the weights by one step on one batch. Gives the mean cross-entropy that the batch
    /// had before the step, in nats; it is for the caller to see whether it is finite.
    ///
    /// # Errors
    /// If the batch is empty or too large, the images are not as many as the labels, or a label
    /// names no class.
    fn train_step(
        &mut self,
        images: &[f32],
        labels: &[usize],
        step: &OptimizerStep,
    ) -> Result<f32, Error>;

    /// The outputs of a batch, image by image, with the running statistics in the batch norms.
    /// Appends them to `out`.
    ///
    /// # Errors
    /// If the batch is empty, too large, or not a whole number of images.
    fn logits(&mut self, images: &[f32], out: &mut Vec<f32>) -> Result<(), Error>;
}

/// What one step needs to know beside its batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OptimizerStep {
    /// The optimiser and its constants.
    pub optimizer: Optimizer,
    /// The learning rate of this step, from the schedule.
    pub learning_rate: f64,
    /// The step's number since the weights were loaded, from 1.
    pub number: u64,
    /// Where the step's random draws come from, those of its dropouts: another key for each step.
    pub key: Key,
}
