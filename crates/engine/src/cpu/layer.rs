//! Layers: what a network is made of once operators that belong together are fused. One file each.

mod activation;
mod add;
mod average_pool;
mod concat;
mod conv;
mod dropout;
mod flatten;
mod global_average_pool;
mod linear;
mod max_pool;
mod norm;

use edgefront_graph::Tensor;
use edgefront_random::Key;

pub(crate) use activation::ActivationLayer;
pub(crate) use add::AddLayer;
pub(crate) use average_pool::AveragePoolLayer;
pub(crate) use concat::ConcatLayer;
pub(crate) use conv::ConvLayer;
pub(crate) use dropout::DropoutLayer;
pub(crate) use flatten::FlattenLayer;
pub(crate) use global_average_pool::GlobalAveragePoolLayer;
pub(crate) use linear::LinearLayer;
pub(crate) use max_pool::MaxPoolLayer;
pub(crate) use norm::NormLayer;

use crate::kernels::{Finish, Kernels};
use crate::threads::Threads;

/// One step of a network, with the state of its own that it keeps from one pass to the next.
///
/// Activations and gradients are lent to a layer for one call: where they lie is the
/// [program](super::program)'s business.
pub(crate) trait Layer: Send {
    fn character(&self) -> Character;

    /// Numbers that the optimiser changes, in the layer's own order.
    fn parameter_len(&self) -> usize {
        0
    }

    /// Bytes of state beside the parameters.
    fn state_bytes(&self) -> usize {
        0
    }

    /// Takes over a node's tensors, which have been checked against the graph.
    fn load(&mut self, _tensors: &[Tensor], _parameters: &mut [f32]) {}

    /// Writes the node's tensors.
    fn save(&self, _parameters: &[f32], _tensors: &mut [Tensor]) {}

    /// Numbers of the parameters as [packed](Self::pack) for the forward pass; 0 if they are not.
    fn packed_len(&self) -> usize {
        0
    }

    fn pack(&self, _threads: &Threads, _parameters: &[f32], _packed: &mut [f32]) {}

    fn forward_scratch_len(&self) -> usize {
        0
    }

    fn backward_scratch_len(&self) -> usize {
        0
    }

    /// At inference, what a layer that is [elementwise](Character::elementwise) does to its first
    /// input; the residual, if it has one, is left open.
    fn finish(&mut self, _parameters: &[f32]) -> Finish<'_> {
        Finish::default()
    }

    /// Writes the output, inside its border.
    fn forward(&mut self, run: Run<'_>, io: Forward<'_>);

    /// Writes the output of the last training pass again. Only of layers that are
    /// [recomputable](Character::recomputable).
    fn recompute(&mut self, run: Run<'_>, io: Forward<'_>) {
        self.forward(run, io);
    }

    /// Writes the parameters' gradients and gives the gradient of the first input.
    fn backward(&mut self, run: Run<'_>, io: Backward<'_>);
}

/// What a program must know of a kind of layer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Character {
    /// The output costs so little that it is not kept for the backward pass but computed again.
    pub recomputable: bool,
    /// The backward pass reads the first input.
    pub reads_input: bool,
    /// The backward pass reads the output.
    pub reads_output: bool,
    /// The gradient of the first input may replace that of the output.
    pub in_place: bool,
    /// The gradient of the first input can be added to one that is already there.
    pub accumulates: bool,
    /// Inputs whose gradient is that of the output, as it is after the backward pass.
    pub passes: [bool; 2],
    /// The passes are run once for each input, of which there may be any number, as if it were the
    /// first and only one. Such a layer has no parameters and needs neither input nor output to
    /// run backward.
    pub one_by_one: bool,
    /// At inference each number of the output comes of that of the first input, a sum with that of
    /// the second if there is one, and what the layer knows: it is a [finish](Layer::finish).
    pub elementwise: bool,
    /// The layer can put a finish into its own forward pass.
    pub finishes: bool,
}

/// What a pass over a batch has in common.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    pub kernels: &'a dyn Kernels,
    pub threads: &'a Threads,
    pub images: usize,
    /// In a training step, where its random draws come from.
    pub training: Option<Key>,
}

/// The operands of a forward pass. What a layer does not have is empty.
pub(crate) struct Forward<'a> {
    /// Which input stands first: other than 0 if the layer takes them
    /// [one by one](Character::one_by_one).
    pub place: usize,
    pub inputs: [&'a [f32]; 2],
    /// What to do to the output before it is written, of a layer that
    /// [finishes](Character::finishes).
    pub finish: Finish<'a>,
    pub output: &'a mut [f32],
    pub parameters: &'a [f32],
    pub packed: &'a [f32],
    pub scratch: &'a mut [f32],
}

/// The operands of a backward pass. What a layer does not have or read is empty.
pub(crate) struct Backward<'a> {
    /// As in [`Forward`].
    pub place: usize,
    pub input: &'a [f32],
    pub output: &'a [f32],
    pub parameters: &'a [f32],
    pub parameter_gradients: &'a mut [f32],
    /// The gradient of the output.
    pub gradient: &'a mut [f32],
    pub target: Target<'a>,
    pub scratch: &'a mut [f32],
}

/// Where the gradient of the first input goes.
pub(crate) enum Target<'a> {
    /// Nobody wants it.
    Nowhere,
    /// In the place of the output's gradient.
    InPlace,
    /// Into a buffer of its own.
    Write(&'a mut [f32]),
    /// On top of what other readers of the input have left.
    Add(&'a mut [f32]),
}

impl<'a> Target<'a> {
    /// The buffer of a layer that neither works in place nor accumulates.
    fn written(self) -> Option<&'a mut [f32]> {
        match self {
            Self::Nowhere => None,
            Self::Write(buffer) => Some(buffer),
            Self::InPlace | Self::Add(_) => unreachable!("the layer's character forbids it"),
        }
    }
}
