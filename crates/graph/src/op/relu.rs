use super::Operator;
use crate::{Error, Shape};

/// The rectified linear unit, `max(x, 0)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Relu;

impl Operator for Relu {
    fn onnx_name(&self) -> &'static str {
        "Relu"
    }

    fn infer(&self, _node: &str, inputs: &[Shape]) -> Result<Shape, Error> {
        Ok(inputs[0])
    }
}
