//! Operators: one file each.
//!
//! An operator is a struct that implements [`Operator`], and a line in the registry, which makes it a
//! variant of [`Op`].

mod add;
mod average_pool;
mod batch_norm;
mod concat;
mod conv2d;
mod dropout;
mod flatten;
mod global_average_pool;
mod hard_swish;
mod input;
mod linear;
mod max_pool;
mod relu;
mod relu6;

pub use add::Add;
pub use average_pool::AveragePool;
pub use batch_norm::BatchNorm;
pub use concat::Concat;
pub use conv2d::Conv2d;
pub use dropout::Dropout;
pub use flatten::Flatten;
pub use global_average_pool::GlobalAveragePool;
pub use hard_swish::HardSwish;
pub use input::Input;
pub use linear::Linear;
pub use max_pool::MaxPool;
pub use relu::Relu;
pub use relu6::Relu6;

use crate::{Error, Shape, Window};

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

/// The registry: a line for each operator.
macro_rules! operators {
    ($($name:ident,)*) => {
        /// An operator with its settings.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "each variant is documented at its struct")]
        pub enum Op {
            $($name($name),)*
        }

        impl Op {
            /// The operator behind the variant.
            #[must_use]
            pub fn operator(&self) -> &dyn Operator {
                match self {
                    $(Self::$name(op) => op,)*
                }
            }
        }

        $(impl From<$name> for Op {
            fn from(op: $name) -> Self {
                Self::$name(op)
            }
        })*
    };
}

operators! {
    Input,
    Conv2d,
    BatchNorm,
    Relu,
    Relu6,
    HardSwish,
    MaxPool,
    AveragePool,
    GlobalAveragePool,
    Flatten,
    Add,
    Concat,
    Dropout,
    Linear,
}

/// The output of a window over a map, or the error that says why there is none.
fn slide(
    node: &str,
    op: &'static str,
    window: &Window,
    input: Shape,
) -> Result<(usize, usize), Error> {
    window.output(input).ok_or_else(|| Error::Window {
        node: node.to_owned(),
        op,
        detail: window.to_string(),
        input,
    })
}

/// The output of a pooling window over a map. Its padding is at most half the kernel: otherwise a
/// window could lie wholly in the padding and have nothing to pool.
fn slide_pool(node: &str, op: &'static str, window: &Window, input: Shape) -> Result<Shape, Error> {
    let Window {
        kernel, padding, ..
    } = window;
    let widest = [
        padding.top.max(padding.bottom),
        padding.left.max(padding.right),
    ];
    if widest[0] * 2 > kernel[0] || widest[1] * 2 > kernel[1] {
        return Err(Error::Operator {
            node: node.to_owned(),
            op,
            reason: format!("padding is more than half the kernel ({window})"),
        });
    }
    let (height, width) = slide(node, op, window, input)?;
    Ok(Shape::new(input.channels, height, width))
}
