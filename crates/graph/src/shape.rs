use std::fmt;

/// The shape of one image's activations. A vector of features is `channels` x 1 x 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Feature maps.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Shape {
    /// A shape of `channels` maps of `height` x `width`.
    #[must_use]
    pub fn new(channels: usize, height: usize, width: usize) -> Self {
        Self {
            channels,
            height,
            width,
        }
    }

    /// A vector of `features`.
    #[must_use]
    pub fn vector(features: usize) -> Self {
        Self::new(features, 1, 1)
    }

    /// Numbers in one image's activations.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Positions of one feature map.
    #[must_use]
    pub fn positions(&self) -> usize {
        self.height * self.width
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.channels, self.height, self.width)
    }
}
