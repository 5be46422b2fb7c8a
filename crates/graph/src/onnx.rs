//! ONNX files: a network with its weights and a few words about itself.
//!
//! [`Model`] is what a file holds. [`Model::encode`] writes opset 17 with float32 weights,
//! [`Model::decode`] reads what `encode` writes and the same operators as PyTorch's exporters write
//! them: batch norm folded or kept, equal tensors shared, a global average as a mean over rows and
//! columns, a flatten as a reshape. [`encoded_len`] tells a file's size without making its weights.
//!
//! The weights must be in the file: `torch.onnx.export(model, images, path, external_data=False)`.

mod constants;
mod outline;
mod proto;
mod read;
mod write;

pub use outline::{Attribute, Operand, Operator, Outline, OutlineOptions, Source};
pub use write::encoded_len;

use crate::{Graph, Weights};

/// The operator set that files are written with.
pub const OPSET: i64 = 17;

/// A network in an ONNX file. Its input is named `input`, (N, bands, height, width) with N
/// symbolic; its output `logits`, (N, classes).
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What it computes.
    pub graph: Graph,
    /// With which numbers.
    pub weights: Weights,
    /// Facts for its users, such as bands, normalisation and classes: key and value.
    pub metadata: Vec<(String, String)>,
}

impl Model {
    /// The value of a metadata key.
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }
}
