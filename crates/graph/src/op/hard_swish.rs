use super::Operator;
use crate::{Error, Shape};

/// `x * min(max(x + 3, 0), 6) / 6` (Howard et al., "Searching for `MobileNetV3`", 2019).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct HardSwish;

impl Operator for HardSwish {
    fn onnx_name(&self) -> &'static str {
        "HardSwish"
    }

    fn infer(&self, _node: &str, inputs: &[Shape]) -> Result<Shape, Error> {
        Ok(inputs[0])
    }
}
