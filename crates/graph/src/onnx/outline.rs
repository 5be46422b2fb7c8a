//! What an ONNX model computes, without its weights.

mod call;
mod cost;
mod fold;
mod infer;
mod message;
mod network;
mod shape;
mod tensor;
mod wire;

use std::collections::BTreeMap;

use crate::Error;

/// What an ONNX model computes, without its weights: the operators in order of execution, the
/// shapes between them, and what they cost.
///
/// Any model will do whose operators have a rule in `shape.rs` here, or whose file says the shapes
/// that they give. The weights' bytes are never touched, so a file that is mapped into memory is
/// outlined as fast as its graph alone; they may as well be missing, or lie in another file.
///
/// ```no_run
/// use edgefront_graph::onnx::{Outline, OutlineOptions};
///
/// let file = std::fs::read("resnet18.onnx")?;
/// let outline = Outline::decode(&file, &OutlineOptions::default())?;
/// println!("{} MACs, {} parameters", outline.macs(), outline.parameters());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    operators: Vec<Operator>,
    macs: u64,
    parameters: u64,
}

/// What a file leaves open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OutlineOptions {
    /// Shapes of graph inputs, batch included, where the file has symbolic dimensions beyond the
    /// batch: the input's name, or none for the only one. They must agree with the dimensions
    /// that the file does state.
    pub input_shapes: Vec<(Option<String>, Vec<usize>)>,
}

/// One operator that runs when the network does.
#[derive(Clone, Debug, PartialEq)]
pub struct Operator {
    /// Unique in the outline: the node's name; else the operator's name and its first output.
    pub name: String,
    /// The ONNX operator, `Conv`; one of another domain than ONNX's own has it in front,
    /// `com.microsoft.FusedConv`.
    pub kind: String,
    /// The attributes that are numbers, lists of numbers or text.
    pub attributes: BTreeMap<String, Attribute>,
    /// As in the file: weights and constants stand after the data.
    pub inputs: Vec<Operand>,
    /// Shapes in ONNX's order (images: batch, channels, rows, columns), none of them with a
    /// dimension of zero. An output that the file leaves out at the end is not listed, one in
    /// between is empty.
    pub outputs: Vec<Vec<usize>>,
    /// Multiply-accumulate operations: convolutions, matrix products. Zero for all else.
    pub macs: u64,
}

/// What an operator reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// Where it comes from.
    pub source: Source,
    /// Its shape; of an absent one, empty.
    pub shape: Vec<usize>,
}

/// Where an operand comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// An output of an operator that runs before.
    Operator {
        /// Its place in [`Outline::operators`].
        index: usize,
        /// Which of its outputs.
        output: usize,
    },
    /// An input of the network.
    Input,
    /// Numbers that the file holds, or that follow from such alone.
    Weight,
    /// A few numbers that are known, in row-major order: settings, and what follows from shapes.
    Constant(Vec<f64>),
    /// An optional input that is left out.
    Absent,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f32),
    /// Whole numbers.
    Ints(Vec<i64>),
    /// Numbers.
    Floats(Vec<f32>),
    /// Text.
    Text(String),
}

impl Outline {
    /// Reads a model. Of each graph input, a symbolic first dimension is the batch, which is one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidOnnx`] for bytes that are no model, [`Error::UnsupportedOnnx`] for a node
    /// whose shapes cannot be told: with a setting out of range, an input that does not fit, a
    /// cycle, or an operator without a rule whose shapes the file does not say either.
    pub fn decode(bytes: &[u8], options: &OutlineOptions) -> Result<Self, Error> {
        let model = message::Model::parse(bytes)?;
        let network = network::Network::new(&model)?;
        infer::infer(&network, options)
    }

    /// The operators that run, each after those that it reads from. What merely computes shapes,
    /// or from constants and weights alone, is not among them.
    #[must_use]
    pub fn operators(&self) -> &[Operator] {
        &self.operators
    }

    /// Multiply-accumulate operations of all operators.
    #[must_use]
    pub fn macs(&self) -> u64 {
        self.macs
    }

    /// Trained numbers: elements of the float tensors in the file that operators read, each tensor
    /// once. A batch norm's running mean and variance are not trained, scalars are settings, and
    /// neither counts: for a network of PyTorch whose batch norms are kept, it is the number of
    /// its parameters.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.parameters
    }
}
