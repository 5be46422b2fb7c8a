use super::{Operator, slide};
use crate::{Error, Shape, Window};

/// The largest value under a sliding window. Padding never wins: it counts as minus infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MaxPool {
    /// Kernel, stride and padding; the padding is at most half the kernel.
    pub window: Window,
}

impl Operator for MaxPool {
    fn onnx_name(&self) -> &'static str {
        "MaxPool"
    }

    fn infer(&self, node: &str, inputs: &[Shape]) -> Result<Shape, Error> {
        let Window {
            kernel, padding, ..
        } = self.window;
        let widest = [
            padding.top.max(padding.bottom),
            padding.left.max(padding.right),
        ];
        // Otherwise a window could lie wholly in the padding and have no largest value.
        if widest[0] * 2 > kernel[0] || widest[1] * 2 > kernel[1] {
            return Err(Error::Operator {
                node: node.to_owned(),
                op: "MaxPool",
                reason: format!("padding is more than half the kernel ({})", self.window),
            });
        }
        let (height, width) = slide(node, "MaxPool", &self.window, inputs[0])?;
        Ok(Shape::new(inputs[0].channels, height, width))
    }
}
