use super::{Operator, slide_pool};
use crate::{Error, Shape, Window};

/// The mean under a sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AveragePool {
    /// Kernel, stride and padding; the padding is at most half the kernel.
    pub window: Window,
    /// Whether the padding counts as zeros. Otherwise the mean is that of the positions on the
    /// map.
    pub count_include_pad: bool,
}

impl AveragePool {
    /// A pool that counts its padding, as PyTorch's does by default.
    #[must_use]
    pub fn new(window: Window) -> Self {
        Self {
            window,
            count_include_pad: true,
        }
    }
}

impl Operator for AveragePool {
    fn onnx_name(&self) -> &'static str {
        "AveragePool"
    }

    fn infer(&self, node: &str, inputs: &[Shape]) -> Result<Shape, Error> {
        slide_pool(node, "AveragePool", &self.window, inputs[0])
    }
}
