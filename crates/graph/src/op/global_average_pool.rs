use super::Operator;
use crate::{Error, Shape};

/// The mean of each feature map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct GlobalAveragePool;

impl Operator for GlobalAveragePool {
    fn onnx_name(&self) -> &'static str {
        "GlobalAveragePool"
    }

    fn infer(&self, _node: &str, inputs: &[Shape]) -> Result<Shape, Error> {
        Ok(Shape::vector(inputs[0].channels))
    }
}
