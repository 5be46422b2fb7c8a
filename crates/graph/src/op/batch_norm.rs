use super::{Operator, Parameter};
use crate::{Error, Shape};

/// Batch normalisation (Ioffe and Szegedy, 2015) per channel, with PyTorch's constants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct BatchNorm;

impl BatchNorm {
    /// Added to the variance.
    pub const EPSILON: f32 = 1e-5;
    /// Weight of the newest batch in the running statistics.
    pub const MOMENTUM: f32 = 0.1;
}

impl Operator for BatchNorm {
    fn onnx_name(&self) -> &'static str {
        "BatchNormalization"
    }

    fn infer(&self, _node: &str, inputs: &[Shape]) -> Result<Shape, Error> {
        Ok(inputs[0])
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let dims = [inputs[0].channels];
        vec![
            Parameter::trained("weight", &dims),
            Parameter::trained("bias", &dims),
            Parameter::statistic("running_mean", &dims),
            Parameter::statistic("running_var", &dims),
        ]
    }
}
