use super::Operator;
use crate::{Error, Shape};

/// In training, sets numbers to zero at random and scales the others so that the expectation
/// stays (Srivastava et al., 2014, in the inverted form); at inference, hands its input through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// The probability of a zero, at least 0 and below 1.
    pub probability: f32,
}

impl Operator for Dropout {
    fn onnx_name(&self) -> &'static str {
        "Dropout"
    }

    fn infer(&self, node: &str, inputs: &[Shape]) -> Result<Shape, Error> {
        let Self { probability } = self;
        if !(0.0..1.0).contains(probability) {
            return Err(Error::Operator {
                node: node.to_owned(),
                op: "Dropout",
                reason: format!("the probability is {probability}, expected at least 0, below 1"),
            });
        }
        Ok(inputs[0])
    }
}
