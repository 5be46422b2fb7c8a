//! Operators: one file each.
//!
//! An operator is a struct that implements [`Operator`], and a variant of [`Op`].

mod add;
mod batch_norm;
mod conv2d;
mod flatten;
mod global_average_pool;
mod input;
mod linear;
mod max_pool;
mod relu;

pub use add::Add;
pub use batch_norm::BatchNorm;
pub use conv2d::Conv2d;
pub use flatten::Flatten;
pub use global_average_pool::GlobalAveragePool;
pub use input::Input;
pub use linear::Linear;
pub use max_pool::MaxPool;
pub use relu::Relu;

use crate::{Error, Shape};

/// What every operator says of itself.
pub trait Operator {
    /// The name of the operator in ONNX.
    fn onnx_name(&self) -> &'static str;

    /// Number of inputs.
    fn arity(&self) -> usize {
        1
    }

    /// The output's shape. `node` is for the error's text.
    ///
    /// # Errors
    /// If the inputs do not suit the operator. Their number has been checked.
    fn infer(&self, node: &str, inputs: &[Shape]) -> Result<Shape, Error>;

    /// The tensors that belong to the operator, in the order in which [`Weights`](crate::Weights)
    /// holds them.
    fn parameters(&self, _inputs: &[Shape]) -> Vec<Parameter> {
        Vec::new()
    }

    /// Multiply-accumulate operations for one image. As is usual, only convolutions and fully
    /// connected layers count.
    fn macs(&self, _inputs: &[Shape], _output: Shape) -> u64 {
        0
    }
}

/// A tensor that belongs to an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name within the operator, as in PyTorch: `weight`, `bias`, `running_mean`, ...
    pub name: &'static str,
    /// Its dimensions, in the order of ONNX and PyTorch.
    pub dims: Vec<usize>,
    /// Whether an optimiser changes it.
    pub trainable: bool,
}

impl Parameter {
    pub(crate) fn trained(name: &'static str, dims: &[usize]) -> Self {
        Self {
            name,
            dims: dims.to_vec(),
            trainable: true,
        }
    }

    pub(crate) fn statistic(name: &'static str, dims: &[usize]) -> Self {
        Self {
            name,
            dims: dims.to_vec(),
            trainable: false,
        }
    }

    /// Numbers in the tensor.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.dims.iter().product()
    }
}

/// An operator with its settings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each variant is documented at its struct")]
pub enum Op {
    Input(Input),
    Conv2d(Conv2d),
    BatchNorm(BatchNorm),
    Relu(Relu),
    MaxPool(MaxPool),
    GlobalAveragePool(GlobalAveragePool),
    Flatten(Flatten),
    Add(Add),
    Linear(Linear),
}

impl Op {
    /// The operator behind the variant.
    #[must_use]
    pub fn operator(&self) -> &dyn Operator {
        match self {
            Self::Input(op) => op,
            Self::Conv2d(op) => op,
            Self::BatchNorm(op) => op,
            Self::Relu(op) => op,
            Self::MaxPool(op) => op,
            Self::GlobalAveragePool(op) => op,
            Self::Flatten(op) => op,
            Self::Add(op) => op,
            Self::Linear(op) => op,
        }
    }
}

/// The output of a window over a map, or the error that says why there is none.
fn slide(
    node: &str,
    op: &'static str,
    window: &crate::Window,
    input: Shape,
) -> Result<(usize, usize), Error> {
    window.output(input).ok_or_else(|| Error::Window {
        node: node.to_owned(),
        op,
        detail: window.to_string(),
        input,
    })
}
