use super::Operator;
use crate::{Error, Shape};

/// The sum of two tensors of equal shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Add;

impl Operator for Add {
    fn onnx_name(&self) -> &'static str {
        "Add"
    }

    fn arity(&self) -> usize {
        2
    }

    fn infer(&self, node: &str, inputs: &[Shape]) -> Result<Shape, Error> {
        let (left, right) = (inputs[0], inputs[1]);
        if left != right {
            return Err(Error::ShapeMismatch {
                node: node.to_owned(),
                op: "Add",
                left,
                right,
            });
        }
        Ok(left)
    }
}
