use std::fmt;

use crate::Shape;

/// Rows and columns added around a map before a window slides over it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Padding {
    /// Rows above.
    pub top: usize,
    /// Columns to the left.
    pub left: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns to the right.
    pub right: usize,
}

impl Padding {
    /// The same padding on every side.
    #[must_use]
    pub fn even(padding: usize) -> Self {
        Self {
            top: padding,
            left: padding,
            bottom: padding,
            right: padding,
        }
    }
}

/// A window that slides over a map: of a convolution or of a pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Extent in rows and columns.
    pub kernel: [usize; 2],
    /// Step in rows and columns.
    pub stride: [usize; 2],
    /// Padding around the map.
    pub padding: Padding,
}

impl Window {
    /// A square window with the same stride and padding everywhere.
    #[must_use]
    pub fn square(kernel: usize, stride: usize, padding: usize) -> Self {
        Self {
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: Padding::even(padding),
        }
    }

    /// Kernel positions.
    #[must_use]
    pub fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Rows and columns of the output, rounded down as PyTorch and ONNX do; `None` where the
    /// window does not fit, or has an extent or stride of zero.
    #[must_use]
    pub fn output(&self, input: Shape) -> Option<(usize, usize)> {
        let extent = |size: usize, before: usize, after: usize, axis: usize| {
            let (kernel, stride) = (self.kernel[axis], self.stride[axis]);
            if kernel == 0 || stride == 0 {
                return None;
            }
            let padded = size.checked_add(before)?.checked_add(after)?;
            Some(padded.checked_sub(kernel)? / stride + 1)
        };
        let Padding {
            top,
            left,
            bottom,
            right,
        } = self.padding;
        Some((
            extent(input.height, top, bottom, 0)?,
            extent(input.width, left, right, 1)?,
        ))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kernel,
            stride,
            padding,
        } = self;
        write!(
            f,
            "kernel {}x{} stride {}x{}",
            kernel[0], kernel[1], stride[0], stride[1]
        )?;
        let Padding {
            top,
            left,
            bottom,
            right,
        } = padding;
        write!(f, " padding {top},{left},{bottom},{right}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_the_study() {
        let tile = Shape::new(7, 100, 100);
        for (kernel, stride, padding, expected) in [
            (3, 2, 1, 50),
            (3, 1, 1, 100),
            (5, 2, 2, 50),
            (7, 2, 3, 50),
            (5, 1, 1, 98),
            (3, 2, 3, 52),
        ] {
            let window = Window::square(kernel, stride, padding);
            assert_eq!(window.output(tile), Some((expected, expected)), "{window}");
        }
        assert_eq!(Window::square(3, 1, 0).output(Shape::new(1, 2, 9)), None);
        assert_eq!(Window::square(3, 0, 1).output(tile), None);
    }
}
