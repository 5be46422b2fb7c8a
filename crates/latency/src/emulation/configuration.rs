//! What tells a kernel from others of its family, as nn-Meter sees it.

use crate::kernel::{Family, Kernel};

/// The settings of a kernel. Maps and windows are square, and a map shrinks by the stride alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Configuration {
    /// Rows and columns of the map.
    pub(crate) map: usize,
    /// Channels of each input.
    pub(crate) inputs: Vec<usize>,
    /// Channels that are written.
    pub(crate) outputs: usize,
    /// Rows and columns of the window.
    pub(crate) window: usize,
    /// The window's step.
    pub(crate) stride: usize,
}

impl Configuration {
    /// A kernel without a window that writes as many channels as it reads.
    pub(crate) fn plain(map: usize, channels: usize) -> Self {
        Self::windowed(map, channels, 1, 1)
    }

    /// A kernel with a window that writes as many channels as it reads.
    pub(crate) fn windowed(map: usize, channels: usize, window: usize, stride: usize) -> Self {
        Self {
            map,
            inputs: vec![channels],
            outputs: channels,
            window,
            stride,
        }
    }

    /// What nn-Meter sees of a kernel: its rows, and the columns of its window.
    pub(crate) fn of(kernel: &Kernel) -> Self {
        let inputs = match kernel.family {
            Some(Family::Concat) => kernel.output_channels,
            _ => kernel.input_channels,
        };
        Self {
            map: kernel.height,
            inputs: vec![inputs],
            outputs: kernel.output_channels,
            window: kernel.kernel[1],
            stride: kernel.stride[1],
        }
    }

    /// The kernel of a family with these settings.
    pub(crate) fn kernel(&self, family: Family) -> Kernel {
        let area = |map: usize| (map * map) as f64;
        let read: usize = self.inputs.iter().sum();
        let first = self.inputs.first().copied().unwrap_or(0);
        let result = match family {
            Family::GlobalPool => 1,
            _ => self.map.div_ceil(self.stride.max(1)),
        };
        let taps = area(self.window);
        let outputs = self.outputs as f64;
        let weights = match family {
            Family::Convolution => taps * first as f64 * outputs,
            Family::Depthwise => taps * outputs,
            Family::FullyConnected => first as f64 * outputs,
            // Down to a quarter of the channels and up again.
            Family::SqueezeExcite => 2.0 * first as f64 * (first as f64 / 4.0),
            _ => 0.0,
        };
        let positions = match family {
            Family::Convolution | Family::Depthwise => area(result),
            _ => 1.0,
        };
        let operands = match family {
            Family::Add | Family::AddRelu => 2.0,
            _ => 1.0,
        };
        Kernel {
            op: family.name().to_owned(),
            name: String::new(),
            family: Some(family),
            height: self.map,
            width: self.map,
            input_channels: first,
            output_channels: self.outputs,
            kernel: [self.window; 2],
            stride: [self.stride; 2],
            input_elements: operands * read as f64 * area(self.map),
            output_elements: outputs * area(result),
            macs: weights * positions,
            weights,
        }
    }
}
