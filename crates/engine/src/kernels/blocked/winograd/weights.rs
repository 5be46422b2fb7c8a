use std::array::from_fn;
use std::ops::Range;

use super::super::direct::exchange;
use super::super::gemm::PANEL;
use super::transforms::{self, Points, TAPS};
use super::{Winograd, panels};
use crate::kernels::ConvShape;
use crate::kernels::instructions::InstructionSet;
use crate::threads::{Shared, Threads};

/// What the convolution is applied with, in either direction.
#[derive(Clone, Copy)]
pub(super) enum Weights<'a> {
    /// Transformed weights: panel by panel, point by point.
    Whole(&'a [f32]),
    /// The weights as they are, to be transformed in pieces.
    Pieces(Pieces<'a>),
}

/// Weights as they are.
#[derive(Clone, Copy)]
pub(super) struct Pieces<'a> {
    pub weights: &'a [f32],
    /// For the gradient of the input: to be turned by half a circle, with inputs and outputs
    /// exchanged.
    pub turned: bool,
}

/// The points of a panel of weights with this many inputs.
pub(super) fn weight_points(inputs: usize) -> Points {
    Points::new(inputs, 1)
}

impl<I: InstructionSet> Winograd<I> {
    /// Transforms the weights of a range of inputs and one panel of outputs.
    ///
    /// # Safety
    /// There is room for [`weight_points`] of a piece at `u`.
    #[inline(always)]
    pub(super) unsafe fn piece(
        &self,
        Pieces { weights, turned }: Pieces<'_>,
        panel: usize,
        inputs: Range<usize>,
        taps: &mut [f32],
        u: *mut f32,
    ) {
        let stride = weight_points(super::PIECE).stride;
        // SAFETY: the slices are as long as the taps; the rest is the caller's.
        unsafe {
            let len = inputs.len() * PANEL;
            let taps = if turned {
                let order = (0..TAPS).rev();
                let range = inputs.clone();
                exchange(self.set, &self.shape, weights, panel, order, range, taps);
                from_fn(|tap| taps[tap * len..(tap + 1) * len].as_ptr())
            } else {
                from_fn(|tap| {
                    let start = self.shape.weight_at(tap, inputs.start, panel * PANEL);
                    weights[start..start + len].as_ptr()
                })
            };
            transforms::weights(self.set, inputs.len(), taps, u, stride);
        }
    }

    /// Transforms all weights, panel by panel.
    pub(super) fn transform_weights(&self, threads: &Threads, weights: &[f32], whole: Shared<'_>) {
        let ConvShape { input, output, .. } = &self.shape;
        let points = weight_points(input.pitch);
        threads.each(panels(output), |panel, _| {
            let taps = from_fn(|tap| {
                let start = self.shape.weight_at(tap, 0, panel * PANEL);
                weights[start..start + input.pitch * PANEL].as_ptr()
            });
            // SAFETY: a panel is one part's.
            let to = unsafe { whole.part(panel * points.len()..(panel + 1) * points.len()) };
            self.set.run(
                #[inline(always)]
                || {
                    // SAFETY: the slices are as long as all inputs, and so are the points.
                    unsafe {
                        transforms::weights(
                            self.set,
                            input.pitch,
                            taps,
                            to.as_mut_ptr(),
                            points.stride,
                        );
                    }
                },
            );
        });
    }

    /// Transforms all weights for the gradient of the input: turned by half a circle, with inputs
    /// and outputs exchanged.
    pub(super) fn transform_turned(
        &self,
        threads: &Threads,
        weights: &[f32],
        whole: Shared<'_>,
        exchanged: Shared<'_>,
    ) {
        let ConvShape { input, output, .. } = &self.shape;
        let points = weight_points(output.pitch);
        let (line, room) = (output.pitch * PANEL, TAPS * output.pitch * PANEL);
        threads.each(panels(input), |panel, thread| {
            // SAFETY: a panel is one part's, and each thread has room of its own.
            let (to, taps) = unsafe {
                (
                    whole.part(panel * points.len()..(panel + 1) * points.len()),
                    exchanged.part(thread * room..(thread + 1) * room),
                )
            };
            self.set.run(
                #[inline(always)]
                || {
                    let turned = (0..TAPS).rev();
                    exchange(
                        self.set,
                        &self.shape,
                        weights,
                        panel,
                        turned,
                        0..output.pitch,
                        taps,
                    );
                    let taps = from_fn(|tap| taps[tap * line..(tap + 1) * line].as_ptr());
                    // SAFETY: the slices are as long as all outputs, and so are the points.
                    unsafe {
                        transforms::weights(
                            self.set,
                            output.pitch,
                            taps,
                            to.as_mut_ptr(),
                            points.stride,
                        );
                    }
                },
            );
        });
    }
}
