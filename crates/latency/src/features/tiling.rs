//! How a convolution is cut to the arrays and memories of an accelerator.
//!
//! The sizes are those of Intel's Myriad X as its compiler knows them (`OpenVINO`, `graph_transformer`
//! of the VPU plugin). They are constants because other devices make no use of the terms: their
//! coefficients come out near zero there.

use crate::kernel::Kernel;

/// Multipliers of the array.
const MULTIPLIERS: usize = 256;
/// The input channels that the array takes side by side, in each of its modes; the rest of the
/// multipliers works on outputs.
const MODES: [usize; 5] = [1, 2, 4, 8, 16];
/// What it takes to set a mode up for a block of outputs, in steps.
const SETUP: [usize; 5] = [0, 5, 11, 19, 31];
/// Bytes that hold the rows which the multipliers work on.
const ROW_BYTES: f64 = (128 << 10) as f64;
/// Bytes that hold a tile of the output: half of nine slices of 128 KiB.
const TILE_BYTES: f64 = (576 << 10) as f64;
/// Bytes of a number, and what rows of them are aligned to.
const NUMBER: usize = 2;
const ALIGNMENT: usize = 16;

/// Steps of the array for the whole output in the best mode: each step makes a product for as many
/// input channels and outputs as the mode takes side by side. The kernel is taken to have this
/// window, in rows and columns.
pub(super) fn array_cycles(kernel: &Kernel, window: [usize; 2]) -> f64 {
    let area = (window[0] * window[1]) as f64;
    let cycles = |(&inputs, &setup): (&usize, &usize)| {
        let blocks = kernel.output_channels.div_ceil(MULTIPLIERS / inputs) as f64;
        let depth = kernel.input_channels.div_ceil(inputs) as f64;
        blocks * (depth * area + setup as f64)
    };
    let best = MODES.iter().zip(&SETUP).map(cycles);
    best.fold(f64::INFINITY, f64::min) * positions(kernel)
}

/// Whether the rows of all input channels that a window spans, with those that are loaded
/// meanwhile, exceed the multipliers' memory, so that the channels are summed up in parts. The
/// kernel is taken to have this window.
pub(super) fn splits_input(kernel: &Kernel, window: [usize; 2]) -> bool {
    let rows = (window[0] + kernel.stride[0] + 2).min(kernel.height);
    let bytes = row_bytes(kernel.width) * rows as f64 * kernel.input_channels as f64;
    bytes > ROW_BYTES
}

/// The tiles that the output is made in, at least one. Each reads the weights anew.
pub(super) fn output_tiles(kernel: &Kernel) -> f64 {
    let width = kernel.width.div_ceil(kernel.stride[1].max(1)).max(1);
    let rows = positions(kernel) / width as f64;
    let channels = kernel.output_channels.next_multiple_of(8) as f64;
    let bytes = rows * row_bytes(width) * channels;
    (bytes / TILE_BYTES).ceil().max(1.0)
}

fn positions(kernel: &Kernel) -> f64 {
    kernel.output_elements / kernel.output_channels.max(1) as f64
}

fn row_bytes(width: usize) -> f64 {
    (width * NUMBER).next_multiple_of(ALIGNMENT) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Family;

    fn convolution(size: usize, input: usize, output: usize, window: usize) -> Kernel {
        Kernel {
            inputs: Vec::new(),
            op: "conv-relu".to_owned(),
            name: "conv".to_owned(),
            family: Some(Family::Convolution),
            height: size,
            width: size,
            input_channels: input,
            output_channels: output,
            kernel: [window, window],
            stride: [1, 1],
            input_elements: (size * size * input) as f64,
            output_elements: (size * size * output) as f64,
            macs: (size * size * input * output * window * window) as f64,
            weights: (input * output * window * window) as f64,
        }
    }

    #[test]
    fn the_best_mode_counts() {
        // One block of 256 outputs, input channels one by one.
        let wide = convolution(7, 4, 256, 3);
        assert_eq!(array_cycles(&wide, wide.kernel), 49.0 * 36.0);
        // Sixteen input channels side by side, and the setup of that mode.
        let deep = convolution(7, 256, 16, 3);
        assert_eq!(array_cycles(&deep, deep.kernel), 49.0 * (16.0 * 9.0 + 31.0));
    }

    #[test]
    fn memories_are_filled_up_first() {
        // 28 numbers take 64 bytes: 6 rows of them for 341 channels are 130,944 bytes of 131,072.
        assert!(!splits_input(&convolution(28, 341, 8, 3), [3, 3]));
        assert!(splits_input(&convolution(28, 342, 8, 3), [3, 3]));
        assert!(!splits_input(&convolution(28, 342, 8, 3), [1, 1]));
        // 64 bytes times 28 rows times 328 channels are 587,776 bytes of 589,824.
        assert_eq!(output_tiles(&convolution(28, 8, 328, 3)), 1.0);
        assert_eq!(output_tiles(&convolution(28, 8, 329, 3)), 2.0);
        assert_eq!(output_tiles(&convolution(28, 8, 665, 3)), 3.0);
    }
}
