//! What tells a kernel from others of its family, as nn-Meter sees it.

use crate::ir::Dimensions;
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
        let channels = |shape: &Dimensions| shape.last().copied().unwrap_or(1);
        Self {
            map: kernel.height,
            inputs: match kernel.family {
                Some(Family::Concat) => kernel.inputs.iter().map(channels).collect(),
                _ => vec![kernel.input_channels],
            },
            outputs: kernel.output_channels,
            window: kernel.kernel[1],
            stride: kernel.stride[1],
        }
    }

    /// The kernel with these settings that fuses the operators `op`.
    pub(crate) fn kernel(&self, op: &str, family: Family) -> Kernel {
        let area = |map: usize| (map * map) as f64;
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
        let inputs: Vec<Dimensions> = match family {
            Family::FullyConnected => vec![vec![1, first]],
            Family::Add | Family::AddRelu => vec![vec![1, self.map, self.map, first]; 2],
            _ => (self.inputs.iter())
                .map(|&channels| vec![1, self.map, self.map, channels])
                .collect(),
        };
        let read = |shape: &Dimensions| shape.iter().product::<usize>() as f64;
        Kernel {
            op: op.to_owned(),
            name: String::new(),
            family: Some(family),
            height: self.map,
            width: self.map,
            input_channels: first,
            output_channels: self.outputs,
            kernel: [self.window; 2],
            stride: [self.stride; 2],
            input_elements: inputs.iter().map(read).sum(),
            output_elements: outputs * area(result),
            macs: weights * positions,
            weights,
            inputs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_convolution_is_counted_with_the_map_that_its_stride_leaves() {
        let configuration = Configuration {
            outputs: 8,
            ..Configuration::windowed(7, 4, 3, 2)
        };
        let kernel = configuration.kernel("conv-relu", Family::Convolution);
        assert_eq!((kernel.weights, kernel.macs), (288.0, 288.0 * 16.0));
        assert_eq!(
            (kernel.input_elements, kernel.output_elements),
            (196.0, 128.0)
        );
        assert_eq!(Configuration::of(&kernel), configuration);
    }

    #[test]
    fn the_inputs_of_a_concat_are_kept_apart() {
        let configuration = Configuration {
            inputs: vec![4, 6],
            outputs: 10,
            ..Configuration::plain(2, 0)
        };
        let kernel = configuration.kernel("concat", Family::Concat);
        assert_eq!(
            (kernel.input_elements, kernel.output_elements),
            (40.0, 40.0)
        );
        assert_eq!(Configuration::of(&kernel), configuration);
        let add = Configuration::plain(2, 3).kernel("add", Family::Add);
        assert_eq!((add.input_elements, add.output_elements), (24.0, 12.0));
    }
}
