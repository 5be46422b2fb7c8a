use crate::Shape;

/// What can be wrong with a graph, its weights, or an ONNX file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An operator was given another number of inputs than it takes.
    #[error("node `{node}`: {op} takes {expected} input(s), got {got}")]
    Arity {
        /// The node's name.
        node: String,
        /// The operator's ONNX name.
        op: &'static str,
        /// Inputs that the operator takes.
        expected: usize,
        /// Inputs that it was given.
        got: usize,
    },
    /// A window does not fit into its padded input, or has an extent of zero.
    #[error("node `{node}`: {op} {detail} does not fit its input {input}")]
    Window {
        /// The node's name.
        node: String,
        /// The operator's ONNX name.
        op: &'static str,
        /// Kernel, stride and padding.
        detail: String,
        /// The shape that the window slides over.
        input: Shape,
    },
    /// Inputs that must have equal shapes have not.
    #[error("node `{node}`: {op} needs inputs of equal shape, got {left} and {right}")]
    ShapeMismatch {
        /// The node's name.
        node: String,
        /// The operator's ONNX name.
        op: &'static str,
        /// First input.
        left: Shape,
        /// The input that differs.
        right: Shape,
    },
    /// An operator's own setting is impossible for its input.
    #[error("node `{node}`: {op}: {reason}")]
    Operator {
        /// The node's name.
        node: String,
        /// The operator's ONNX name.
        op: &'static str,
        /// What is wrong, with the value and what was expected.
        reason: String,
    },
    /// Two nodes have one name.
    #[error("two nodes are named `{0}`")]
    DuplicateName(String),
    /// A node refers to one that does not exist.
    #[error("node `{node}` takes its input from node {input}, which does not exist")]
    UnknownInput {
        /// The node's name.
        node: String,
        /// The index that was given.
        input: usize,
    },
    /// Weights do not belong to the graph.
    #[error("weights of node `{node}`: expected {expected}, got {got}")]
    Weights {
        /// The node's name.
        node: String,
        /// Expected tensors, by name and dimensions.
        expected: String,
        /// What was given.
        got: String,
    },
    /// The bytes are no ONNX model, or one with a contradiction in it.
    #[error("not a valid ONNX model: {0}")]
    InvalidOnnx(String),
    /// A valid ONNX model that uses what this program does not read.
    #[error("ONNX node `{node}` ({op_type}): {reason}")]
    UnsupportedOnnx {
        /// The node's name, or its first output where it has none.
        node: String,
        /// The ONNX operator.
        op_type: String,
        /// What is not supported.
        reason: String,
    },
    /// The bytes are no safetensors file, or one cut short or with a contradiction in it.
    #[error("not a valid safetensors file: {0}")]
    InvalidSafetensors(String),
    /// A tensor of a file is not the one that the network needs.
    #[error("tensor `{tensor}`: expected {expected}, found {found}")]
    Tensor {
        /// The tensor's name.
        tensor: String,
        /// Type and dimensions that the network needs, if it needs this tensor at all.
        expected: String,
        /// Type and dimensions in the file.
        found: String,
    },
}
