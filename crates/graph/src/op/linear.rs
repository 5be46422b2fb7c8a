use super::{Operator, Parameter};
use crate::{Error, Shape};

/// A fully connected layer over a vector, with a bias.
///
/// `weight` has the dimensions (out features, in features).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Linear {
    /// Features of the output.
    pub out_features: usize,
}

impl Operator for Linear {
    fn onnx_name(&self) -> &'static str {
        "Gemm"
    }

    fn infer(&self, node: &str, inputs: &[Shape]) -> Result<Shape, Error> {
        let input = inputs[0];
        let reason = if self.out_features == 0 {
            "it has no output features".to_owned()
        } else if input.positions() != 1 {
            format!("it takes a vector, got maps of {input}: put a Flatten before it")
        } else {
            return Ok(Shape::vector(self.out_features));
        };
        Err(Error::Operator {
            node: node.to_owned(),
            op: "Gemm",
            reason,
        })
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        vec![
            Parameter::trained("weight", &[self.out_features, inputs[0].channels]),
            Parameter::trained("bias", &[self.out_features]),
        ]
    }

    fn macs(&self, inputs: &[Shape], output: Shape) -> u64 {
        (inputs[0].channels * output.channels) as u64
    }
}
