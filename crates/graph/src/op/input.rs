use super::Operator;
use crate::{Error, Shape};

/// The image that goes into the network. Every graph has one, its first node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Input {
    /// Bands, rows and columns.
    pub shape: Shape,
}

impl Operator for Input {
    fn onnx_name(&self) -> &'static str {
        "Input"
    }

    fn arity(&self) -> usize {
        0
    }

    fn infer(&self, node: &str, _inputs: &[Shape]) -> Result<Shape, Error> {
        if self.shape.elements() == 0 {
            return Err(Error::Operator {
                node: node.to_owned(),
                op: "Input",
                reason: format!("shape {} has a dimension of zero", self.shape),
            });
        }
        Ok(self.shape)
    }
}
