use super::Avx2;
use super::gemm::{Rows, Taps, accumulate_transposed, multiply, pack, packed_len};
use super::transpose::transpose;
use crate::kernels::{ConvShape, Convolution, Phase};

/// A convolution of any geometry as a product over its windows.
pub(crate) struct Direct {
    proof: Avx2,
    shape: ConvShape,
    /// Each output position: the start of its window, and its place.
    windows: Rows,
    /// The rows of the kernel, from the start of a window.
    kernel_rows: Vec<usize>,
    phases: Vec<PhaseProduct>,
}

/// The input positions that meet the kernel in the same phase: with stride 2, for instance, even
/// rows and odd columns. Each is a product of windows over the gradient of the output.
struct PhaseProduct {
    windows: Rows,
    /// Rows of outputs, from the start of a window.
    offsets: Vec<usize>,
    /// Numbers of a run: outputs side by side with all their channels.
    run: usize,
    /// The taps of the kernel in the order of the windows.
    taps: Vec<usize>,
}

impl Direct {
    pub fn new(proof: Avx2, shape: ConvShape, images: usize) -> Self {
        let ConvShape {
            input,
            output,
            window,
            ..
        } = shape;
        let mut windows = Rows::default();
        for image in 0..images {
            for row in 0..output.height {
                for column in 0..output.width {
                    // The border is at least the padding, so the window starts in the image.
                    let from = input.at(image, row * window.stride[0], column * window.stride[1])
                        - window.padding.top * input.row_stride()
                        - window.padding.left * input.pitch;
                    windows.push(from, output.at(image, row, column));
                }
            }
        }
        let kernel_rows = (0..window.kernel[0])
            .map(|row| row * input.row_stride())
            .collect();
        // The gradient of an input without them is never wanted: it is the image.
        let phases = if shape.has_backward_border() && input.pitch.is_multiple_of(8) {
            phases(&shape, images)
        } else {
            Vec::new()
        };
        Self {
            proof,
            shape,
            windows,
            kernel_rows,
            phases,
        }
    }

    fn forward_taps(&self) -> Taps<'_> {
        Taps {
            offsets: &self.kernel_rows,
            run: self.shape.window.kernel[1] * self.shape.input.pitch,
        }
    }

    fn depth(&self) -> usize {
        self.shape.window.taps() * self.shape.input.pitch
    }
}

fn phases(shape: &ConvShape, images: usize) -> Vec<PhaseProduct> {
    let ConvShape {
        input,
        output,
        window,
        ..
    } = shape;
    let mut products = Vec::new();
    for row_phase in 0..window.stride[0].min(input.height) {
        for column_phase in 0..window.stride[1].min(input.width) {
            let rows = Phase::of(window, 0, row_phase);
            let columns = Phase::of(window, 1, column_phase);
            let mut windows = Rows::default();
            for image in 0..images {
                for row in (row_phase..input.height).step_by(window.stride[0]) {
                    for column in (column_phase..input.width).step_by(window.stride[1]) {
                        // The earliest output of the window; where there is none, the place of
                        // no window serves as well as any.
                        let newest = [
                            Phase::of(window, 0, row).newest,
                            Phase::of(window, 1, column).newest,
                        ];
                        let from = if rows.taps * columns.taps == 0 {
                            0
                        } else {
                            // The border reaches back to the earliest output.
                            output.at(image, newest[0], newest[1])
                                - (rows.taps - 1) * output.row_stride()
                                - (columns.taps - 1) * output.pitch
                        };
                        windows.push(from, input.at(image, row, column));
                    }
                }
            }
            // The latest output of a window lies under the first tap of the phase.
            let taps_of = |phase: Phase, stride: usize| {
                (0..phase.taps)
                    .rev()
                    .map(move |tap| phase.first + tap * stride)
            };
            let mut taps = Vec::new();
            for ky in taps_of(rows, window.stride[0]) {
                for kx in taps_of(columns, window.stride[1]) {
                    taps.push(ky * window.kernel[1] + kx);
                }
            }
            let count = if columns.taps == 0 { 0 } else { rows.taps };
            products.push(PhaseProduct {
                windows,
                offsets: (0..count).map(|row| row * output.row_stride()).collect(),
                run: columns.taps * output.pitch,
                taps,
            });
        }
    }
    products
}

impl Convolution for Direct {
    fn table_bytes(&self) -> usize {
        let phases = self.phases.iter().map(|phase| phase.windows.bytes());
        self.windows.bytes() + phases.sum::<usize>()
    }

    fn packed_len(&self) -> usize {
        packed_len(self.depth(), self.shape.output.pitch)
    }

    fn pack(&self, weights: &[f32], packed: &mut [f32]) {
        let columns = self.shape.output.pitch;
        let rows = (0..self.depth()).map(|row| row * columns);
        pack(weights, &rows, columns, packed);
    }

    fn scratch_len(&self) -> usize {
        0
    }

    fn backward_data_scratch_len(&self) -> usize {
        2 * self.shape.weight_len()
    }

    fn forward(&self, images: usize, x: &[f32], packed: &[f32], y: &mut [f32], _: &mut [f32]) {
        let count = images * self.shape.output.positions();
        multiply(
            self.proof,
            self.windows.first(count),
            self.forward_taps(),
            x,
            packed,
            y,
            self.shape.output.pitch,
            false,
        );
    }

    fn backward_data(
        &self,
        images: usize,
        dy: &[f32],
        weights: &[f32],
        dx: &mut [f32],
        accumulate: bool,
        scratch: &mut [f32],
    ) {
        let (ic, oc) = (self.shape.input.pitch, self.shape.output.pitch);
        let (transposed, packed) = scratch.split_at_mut(self.shape.weight_len());
        for (from, to) in (weights.chunks_exact(ic * oc)).zip(transposed.chunks_exact_mut(ic * oc))
        {
            transpose(self.proof, from, to, ic, oc);
        }
        let all_images = self.windows.from.len() / self.shape.output.positions();
        for phase in &self.phases {
            let rows = (phase.taps.iter())
                .flat_map(|tap| (0..oc).map(move |channel| (tap * oc + channel) * ic));
            pack(transposed, &rows, ic, packed);
            let taps = Taps {
                offsets: &phase.offsets,
                run: phase.run,
            };
            let count = phase.windows.from.len() / all_images * images;
            let rows = phase.windows.first(count);
            multiply(self.proof, rows, taps, dy, packed, dx, ic, accumulate);
        }
    }

    fn backward_weights(
        &self,
        images: usize,
        x: &[f32],
        dy: &[f32],
        dw: &mut [f32],
        _: &mut [f32],
    ) {
        let (ic, oc) = (self.shape.input.pitch, self.shape.output.pitch);
        // As many positions at a time as the first cache holds of their windows and gradients.
        let block = if ic + oc <= 64 { 64 } else { 32 };
        let count = images * self.shape.output.positions();
        accumulate_transposed(
            self.proof,
            self.windows.first(count),
            self.forward_taps(),
            x,
            dy,
            dw,
            oc,
            block,
        );
    }
}
