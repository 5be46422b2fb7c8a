use super::{Operator, slide_pool};
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
        slide_pool(node, "MaxPool", &self.window, inputs[0])
    }
}
