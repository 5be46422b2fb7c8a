use super::Operator;
use crate::{Error, Shape};

/// Lays the maps out as one vector: channel by channel, row by row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flatten;

impl Operator for Flatten {
    fn onnx_name(&self) -> &'static str {
        "Flatten"
    }

    fn infer(&self, _node: &str, inputs: &[Shape]) -> Result<Shape, Error> {
        Ok(Shape::vector(inputs[0].elements()))
    }
}
