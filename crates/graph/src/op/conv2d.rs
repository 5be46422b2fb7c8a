use super::{Operator, Parameter, slide};
use crate::{Error, Shape, Window};

/// A two-dimensional convolution (cross-correlation, as in every deep-learning framework).
///
/// `weight` has the dimensions (out channels, in channels / groups, kernel rows, kernel columns).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conv2d {
    /// Feature maps of the output.
    pub out_channels: usize,
    /// Kernel, stride and zero padding.
    pub window: Window,
    /// Groups: 1 for a dense convolution, the number of input channels for a depthwise one.
    pub groups: usize,
    /// Whether a `bias` of one number per output channel is added.
    pub bias: bool,
}

impl Conv2d {
    /// A dense convolution without bias, as it stands before a batch norm.
    #[must_use]
    pub fn new(out_channels: usize, window: Window) -> Self {
        Self {
            out_channels,
            window,
            groups: 1,
            bias: false,
        }
    }
}

impl Operator for Conv2d {
    fn onnx_name(&self) -> &'static str {
        "Conv"
    }

    fn infer(&self, node: &str, inputs: &[Shape]) -> Result<Shape, Error> {
        let input = inputs[0];
        let groups = self.groups;
        let fits = groups > 0
            && self.out_channels > 0
            && input.channels.is_multiple_of(groups)
            && self.out_channels.is_multiple_of(groups);
        if !fits {
            return Err(Error::Operator {
                node: node.to_owned(),
                op: "Conv",
                reason: format!(
                    "{groups} group(s) must divide both the {} input and the {} output channels",
                    input.channels, self.out_channels
                ),
            });
        }
        let (height, width) = slide(node, "Conv", &self.window, input)?;
        Ok(Shape::new(self.out_channels, height, width))
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let [rows, columns] = self.window.kernel;
        let mut parameters = vec![Parameter::trained(
            "weight",
            &[
                self.out_channels,
                inputs[0].channels / self.groups,
                rows,
                columns,
            ],
        )];
        if self.bias {
            parameters.push(Parameter::trained("bias", &[self.out_channels]));
        }
        parameters
    }

    fn macs(&self, inputs: &[Shape], output: Shape) -> u64 {
        (output.elements() * (inputs[0].channels / self.groups) * self.window.taps()) as u64
    }
}
