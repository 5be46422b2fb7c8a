use edgefront_graph::{Graph, Weights};
use edgefront_random::Key;

use crate::{Error, LossOptions, Optimizer};

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

    /// All that the next training step depends on, beside its arguments.
    fn state(&self) -> NetworkState;

    /// Goes back to a state: the steps that follow are, bit by bit, those that followed it.
    ///
    /// # Errors
    /// If the state belongs to another graph.
    fn restore(&mut self, state: &NetworkState) -> Result<(), Error>;

    /// Changes the weights by one step on one batch. Gives the mean loss that the batch had before
    /// the step, in nats; it is for the caller to see whether it is finite.
    ///
    /// The optimiser's state begins as zeros, and so again where another optimiser keeps more or
    /// fewer numbers for each parameter.
    ///
    /// # Errors
    /// If the batch is empty or too large, the images are not as many as the labels, a label
    /// names no class, or the options of the loss make no sense.
    fn train_step(
        &mut self,
        images: &[f32],
        labels: &[usize],
        step: &TrainStep<'_>,
    ) -> Result<f32, Error>;

    /// The outputs of a batch, image by image, with the running statistics in the batch norms.
    /// Appends them to `out`.
    ///
    /// # Errors
    /// If the batch is empty, too large, or not a whole number of images.
    fn logits(&mut self, images: &[f32], out: &mut Vec<f32>) -> Result<(), Error>;
}

/// What a training step needs to know beside the batch.
#[derive(Clone, Copy, Debug)]
pub struct TrainStep<'a> {
    /// The optimiser and its constants.
    pub optimizer: Optimizer,
    /// The learning rate of this step, from the schedule.
    pub learning_rate: f64,
    /// The step's number since the weights were loaded, from 1.
    pub number: u64,
    /// Names the random draws of this step alone, those of its dropouts.
    pub key: Key,
    /// What is minimised.
    pub loss: &'a LossOptions,
}

/// A network's weights and its optimiser's state.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkState {
    /// The weights.
    pub weights: Weights,
    /// What the optimiser keeps of each parameter, as many sets as its
    /// [width](Optimizer::width); none before the first step. What a graph lists as not trainable
    /// is zero.
    pub optimizer: Vec<Weights>,
}
