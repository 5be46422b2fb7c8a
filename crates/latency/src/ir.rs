//! The operator-level graph, before any fusion, in the layout of nn-meter-ir.

mod graph;
mod json;
mod onnx;

/// The dimensions of a tensor: NHWC with four, NC with two, the batch first.
pub type Dimensions = Vec<usize>;

/// A network as operators in the order of its file, each naming the operators it reads from.
///
/// The nn-meter-ir JSON form is read by [`Ir::read`] and [`Ir::from_json`] and written by
/// [`Ir::to_json`]; a graph of this workspace is converted by [`Ir::from_graph`], any
/// ONNX model by [`Ir::from_onnx`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ir {
    nodes: Vec<IrNode>,
}

/// An operator of an [`Ir`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IrNode {
    /// Unique within the graph.
    pub name: String,
    /// The operator's type, in the spelling of ONNX, TensorFlow or nn-Meter.
    pub kind: String,
    /// The inputs' shapes: first the data, then perhaps weights and biases.
    pub inputs: Vec<Dimensions>,
    /// The outputs' shapes.
    pub outputs: Vec<Dimensions>,
    /// What else the operator was built with.
    pub attributes: Attributes,
    /// The names of the operators whose output this one reads.
    pub inbounds: Vec<String>,
}

/// The attributes of an operator that its latency depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Window height and width of a convolution or pooling.
    pub kernel: Option<[usize; 2]>,
    /// Vertical and horizontal step of the window.
    pub strides: Option<[usize; 2]>,
    /// Groups of a convolution.
    pub group: Option<usize>,
}

impl Ir {
    /// The operators, in the order of the file.
    #[must_use]
    pub fn nodes(&self) -> &[IrNode] {
        &self.nodes
    }

    /// Images per inference: the first dimension of what the first operator reads, 1 if it has none.
    /// Predictions are of one image, whatever this says.
    #[must_use]
    pub fn batch(&self) -> usize {
        let first = self.nodes.first().and_then(|node| node.inputs.first());
        first.and_then(|shape| shape.first()).map_or(1, |&n| n)
    }
}
