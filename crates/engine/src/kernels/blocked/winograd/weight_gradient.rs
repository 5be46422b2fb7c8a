use std::array::from_fn;
use std::ops::Range;

use super::super::gemm::{PANEL, Panels, multiply_transposed};
use super::transforms::{self, POINTS, Points, Tile};
use super::weights::weight_points;
use super::{GROUP, PIECE, SHARE, Scratch, Winograd, panels};
use crate::kernels::ConvShape;
use crate::kernels::instructions::InstructionSet;
use crate::layout::Layout;
use crate::threads::{Shared, Threads};

impl<I: InstructionSet> Winograd<I> {
    /// Writes the gradient of the weights.
    pub(super) fn weight_gradient(
        &self,
        threads: &Threads,
        images: usize,
        x: &[f32],
        dy: &[f32],
        dw: &mut [f32],
        mut scratch: Scratch<'_>,
    ) {
        let set = self.set;
        let ConvShape { input, output, .. } = &self.shape;
        let tiles = &self.tiles[..images * self.tiles_per_image];
        assert!(x.len() >= input.len(images) && dy.len() >= output.len(images));
        assert!(dw.len() >= self.shape.weight_len() && threads.count() <= self.threads);
        let block = self.gradient_block();
        let (v_points, d_points) = (
            Points::new(block, panels(input)),
            Points::new(block, panels(output)),
        );
        let (v, d) = (scratch.take(v_points.len()), scratch.take(d_points.len()));
        let dw = Shared::new(dw);
        // What is summed at a time: all inputs of all outputs, a part of the work for each point;
        // or pieces, each of them a part.
        let rows = if self.whole { input.pitch } else { PIECE };
        let u_points = weight_points(rows);
        let u = scratch.take(if self.whole {
            u_points.len() * panels(output)
        } else {
            self.threads * GROUP * u_points.len()
        });
        let sums = Sums {
            set,
            shape: &self.shape,
            v: (v.start(), v_points),
            d: (d.start(), d_points),
            u_points,
            dw,
        };
        for (number, tiles) in tiles.chunks(block).enumerate() {
            let add = number > 0;
            let (inputs, outputs) = ((input, x, v, v_points), (output, dy, d, d_points));
            self.transform_both(threads, tiles, inputs, outputs);
            if self.whole {
                threads.each(POINTS, |point, _| {
                    set.run(
                        #[inline(always)]
                        || {
                            let (inputs, outputs) = (0..input.pitch, 0..panels(output));
                            // SAFETY: the tiles have been transformed; a point is one part's.
                            unsafe { sums.add(tiles.len(), point, inputs, outputs, u.start(), add) }
                        },
                    );
                });
                continue;
            }
            let pieces = input.pitch.div_ceil(PIECE);
            threads.each(pieces * panels(output).div_ceil(GROUP), |part, thread| {
                let (first, start) = (part / pieces * GROUP, part % pieces * PIECE);
                let outputs = first..panels(output).min(first + GROUP);
                let inputs = start..input.pitch.min(start + PIECE);
                set.run(
                    #[inline(always)]
                    || {
                        // SAFETY: the tiles have been transformed; each thread has room of its
                        // own, and no two parts have the same weights.
                        unsafe {
                            let u = u.start().add(thread * GROUP * u_points.len());
                            for point in 0..POINTS {
                                let (inputs, outputs) = (inputs.clone(), outputs.clone());
                                sums.add(tiles.len(), point, inputs, outputs, u, false);
                            }
                            for (index, panel) in outputs.enumerate() {
                                let u = u.add(index * u_points.len());
                                sums.transform_back(inputs.clone(), panel, u, add);
                            }
                        }
                    },
                );
            });
        }
        if self.whole {
            threads.each(panels(output), |panel, _| {
                set.run(
                    #[inline(always)]
                    || {
                        // SAFETY: the panel's sums are there, and its weights are this part's.
                        unsafe {
                            let u = u.start().add(panel * u_points.len());
                            sums.transform_back(0..input.pitch, panel, u, false);
                        }
                    },
                );
            });
        }
    }

    /// Transforms the inputs of tiles and the gradients of their outputs, in parts of a few.
    fn transform_both(
        &self,
        threads: &Threads,
        tiles: &[Tile],
        (input, x, v, v_points): (&Layout, &[f32], Shared<'_>, Points),
        (output, dy, d, d_points): (&Layout, &[f32], Shared<'_>, Points),
    ) {
        let set = self.set;
        let parts = tiles.len().div_ceil(SHARE);
        threads.each(2 * parts, |part, _| {
            let first = part % parts * SHARE;
            let rows = first..tiles.len().min(first + SHARE);
            set.run(
                #[inline(always)]
                || {
                    for row in rows {
                        let tile = (tiles, row);
                        // SAFETY: the caller asserted that the maps hold all tiles, each of which
                        // has its own rows.
                        unsafe {
                            if part < parts {
                                let v = v.start().add(row * PANEL);
                                transforms::input(set, input, x.as_ptr(), tile, v_points, v);
                            } else {
                                let d = d.start().add(row * PANEL);
                                transforms::gradient(set, output, dy.as_ptr(), tile, d_points, d);
                            }
                        }
                    }
                },
            );
        });
    }
}

/// The gradient of transformed weights, from transformed inputs and gradients of outputs.
struct Sums<'a, I> {
    set: I,
    shape: &'a ConvShape,
    v: (*mut f32, Points),
    d: (*mut f32, Points),
    u_points: Points,
    dw: Shared<'a>,
}

// SAFETY: the pointers are to buffers that are shared while this lives.
unsafe impl<I: Sync> Sync for Sums<'_, I> {}

impl<I: InstructionSet> Sums<'_, I> {
    /// Sums over tiles, for some inputs and panels of outputs, at one point. `u` is where the
    /// first of them starts at the first point.
    ///
    /// # Safety
    /// The tiles have been transformed, and nobody else has these sums.
    #[inline(always)]
    unsafe fn add(
        &self,
        tiles: usize,
        point: usize,
        inputs: Range<usize>,
        outputs: Range<usize>,
        u: *mut f32,
        add: bool,
    ) {
        let ((v, v_points), (d, d_points)) = (self.v, self.d);
        for (row, panel) in (inputs.start / PANEL..inputs.end / PANEL).enumerate() {
            // SAFETY: the caller's.
            unsafe {
                let d = d.add(point * d_points.stride + outputs.start * d_points.panel);
                multiply_transposed(
                    self.set,
                    tiles,
                    0..PANEL,
                    v.add(point * v_points.stride + panel * v_points.panel),
                    Panels {
                        start: d.cast_const(),
                        stride: d_points.panel,
                    },
                    Panels {
                        start: u.add(point * self.u_points.stride + row * PANEL * PANEL),
                        stride: self.u_points.len(),
                    },
                    outputs.len(),
                    add,
                );
            }
        }
    }

    /// Makes gradients of weights of sums, for some inputs and a panel of outputs.
    ///
    /// # Safety
    /// The sums are at `u`, and nobody else has these weights.
    #[inline(always)]
    unsafe fn transform_back(&self, inputs: Range<usize>, panel: usize, u: *mut f32, add: bool) {
        let start = |tap| self.shape.weight_at(tap, inputs.start, panel * PANEL);
        // SAFETY: the caller's; the weights were asserted to be there.
        unsafe {
            let taps = from_fn(|tap| self.dw.start().add(start(tap)));
            transforms::weight_gradient(self.set, inputs.len(), u, self.u_points.stride, taps, add);
        }
    }
}
