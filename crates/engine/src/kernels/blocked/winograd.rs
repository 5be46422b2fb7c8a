//! Winograd's minimal filtering F(4x4, 3x3) for convolutions of 3x3 with stride 1.
//!
//! Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016: a tile of 4x4 outputs
//! takes 36 multiplications where the definition takes 144. Interpolation points 0, 1, -1, 2, -2
//! and infinity. In single precision the rounding error is a few times that of the definition; the
//! tests of [`blocked`](super) bound it.
//!
//! Transformed weights are four times the weights. Where they fit into the second cache they are
//! transformed once, and blocks of few tiles pass ([`Weights::Whole`]). Else as many tiles as
//! possible are transformed at a time, and the weights' transforms are made piece by piece, where
//! they are needed, and never leave the cache ([`Weights::Pieces`]).

#[allow(
    clippy::needless_range_loop,
    reason = "the indices of a tile are what the loops are about"
)]
mod transforms;

use std::array::from_fn;
use std::ops::Range;

use edgefront_graph::{Padding, Window};

use super::direct::exchange;
use super::gemm::{PANEL, Panels, Taps, multiply, multiply_transposed};
use crate::kernels::instructions::InstructionSet;
use crate::kernels::{ConvShape, Convolution};
use crate::layout::Layout;
use crate::threads::{Shared, Threads};
use transforms::{POINTS, Points, SIDE, TAPS, Tile};

/// Panels of outputs that are computed at a time.
const GROUP: usize = 2;
/// Inputs of a piece of weights.
const PIECE: usize = 64;
/// Transformed weights up to this many bytes stay in the second cache beside all else.
const RESIDENT: usize = 640 * 1024;
/// Tiles that a thread transforms at a time while the weights are resident: in the convolution,
/// and for the gradient of the weights.
const BLOCK: [usize; 2] = [24, 32];
/// Tiles that are transformed at a time when the weights come in pieces.
const MANY: usize = 64;
/// Tiles that a thread transforms as one part of the work.
const SHARE: usize = 8;

/// A convolution of 3x3, stride 1 and padding 1 by Winograd's algorithm.
pub(crate) struct Winograd<I> {
    set: I,
    shape: ConvShape,
    /// Threads that there is scratch space for.
    threads: usize,
    tiles: Vec<Tile>,
    tiles_per_image: usize,
    /// Whether the weights are transformed as a whole.
    whole: bool,
}

/// What the convolution is applied with, in either direction.
#[derive(Clone, Copy)]
enum Weights<'a> {
    /// Transformed weights: panel by panel, point by point.
    Whole(&'a [f32]),
    /// The weights as they are, to be transformed in pieces.
    Pieces(&'a [f32]),
    /// The same for the gradient of the input: to be turned by half a circle, with inputs and
    /// outputs exchanged.
    Turned(&'a [f32]),
}

/// Scratch space, cut into parts.
struct Scratch<'a>(&'a mut [f32]);

impl<'a> Scratch<'a> {
    fn take(&mut self, len: usize) -> Shared<'a> {
        let (part, rest) = std::mem::take(&mut self.0).split_at_mut(len);
        self.0 = rest;
        Shared::new(part)
    }
}

/// The points of a panel of weights with this many inputs.
fn weight_points(inputs: usize) -> Points {
    Points::new(inputs, 1)
}

fn panels(layout: &Layout) -> usize {
    layout.pitch / PANEL
}

impl<I: InstructionSet> Winograd<I> {
    /// Whether the algorithm applies, and pays for this many images.
    pub fn suits(shape: &ConvShape, images: usize) -> bool {
        let three = Window {
            kernel: [3, 3],
            stride: [1, 1],
            padding: Padding::even(1),
        };
        let ConvShape { input, output, .. } = shape;
        let tiles = images * output.height.div_ceil(SIDE) * output.width.div_ceil(SIDE);
        // Multiplications for each pair of channels; a transform of weights counts as some more.
        let (direct, here) = (images * output.positions() * TAPS, (tiles + 6) * POINTS);
        shape.window == three
            && direct > here + here / 2
            && input.pitch.is_multiple_of(Layout::LANES)
            && input.border >= 1
            // The gradient of the input is this convolution over the gradient of the output.
            && shape.has_backward_border()
            && output.border >= 1
    }

    pub fn new(set: I, shape: ConvShape, images: usize, threads: usize) -> Self {
        let tiles = Tile::all(&shape.output, images);
        let weights = POINTS * shape.input.pitch * shape.output.pitch * size_of::<f32>();
        Self {
            set,
            shape,
            threads,
            tiles_per_image: tiles.len() / images,
            whole: weights <= RESIDENT && tiles.len() > MANY,
            tiles,
        }
    }

    /// Tiles that the convolution transforms at a time, on one thread or all.
    fn block(&self) -> usize {
        if self.whole {
            BLOCK[0]
        } else {
            MANY.min(self.tiles.len())
        }
    }

    /// Tiles that the gradient of the weights transforms at a time on all threads.
    fn gradient_block(&self) -> usize {
        let block = match (self.whole, self.threads) {
            (false, _) => MANY,
            (true, 1) => BLOCK[1],
            // Threads wait for each other at the end of a block.
            (true, threads) => 2 * BLOCK[1] * threads,
        };
        block.min(self.tiles.len())
    }

    /// Numbers of the transformed weights with this many inputs and panels of outputs.
    fn whole_len(inputs: usize, panels: usize) -> usize {
        weight_points(inputs).len() * panels
    }

    /// Numbers of scratch space of the convolution in either direction.
    fn convolve_scratch_len(&self, from: &Layout) -> usize {
        let input = Points::new(self.block(), panels(from)).len();
        let output = Points::new(self.block(), GROUP).len();
        if self.whole {
            self.threads * (input + output)
        } else {
            let piece = GROUP * weight_points(PIECE).len() + TAPS * PIECE * PANEL;
            input + self.threads * (output + piece)
        }
    }

    /// The convolution itself, in either direction.
    #[allow(clippy::too_many_arguments, reason = "the operands of a convolution")]
    fn convolve(
        &self,
        threads: &Threads,
        images: usize,
        (from, x): (&Layout, &[f32]),
        weights: Weights<'_>,
        (to, y): (&Layout, &mut [f32]),
        add: bool,
        scratch: Scratch<'_>,
    ) {
        let tiles = &self.tiles[..images * self.tiles_per_image];
        assert!(x.len() >= from.len(images) && y.len() >= to.len(images));
        assert!(from.border >= 1 && threads.count() <= self.threads);
        let y = Shared::new(y);
        match weights {
            Weights::Whole(whole) => {
                self.by_tiles(threads, tiles, (from, x), whole, (to, y), add, scratch);
            }
            Weights::Pieces(_) | Weights::Turned(_) => {
                self.by_pieces(threads, tiles, (from, x), weights, (to, y), add, scratch);
            }
        }
    }

    /// The convolution with resident weights: each part of the work is a block of tiles.
    #[allow(clippy::too_many_arguments, reason = "the operands of a convolution")]
    fn by_tiles(
        &self,
        threads: &Threads,
        tiles: &[Tile],
        (from, x): (&Layout, &[f32]),
        whole: &[f32],
        (to, y): (&Layout, Shared<'_>),
        add: bool,
        mut scratch: Scratch<'_>,
    ) {
        let set = self.set;
        let block = self.block();
        let panel = weight_points(from.pitch);
        let input = Points::new(block, panels(from));
        let output = Points::new(block, GROUP);
        let (inputs, outputs) = (
            scratch.take(self.threads * input.len()),
            scratch.take(self.threads * output.len()),
        );
        assert!(whole.len() >= panels(to) * panel.len());
        let offsets = offsets(panels(from), input);
        threads.each(tiles.len().div_ceil(block), |part, thread| {
            let first = part * block;
            let rows = block.min(tiles.len() - first);
            set.run(
                #[inline(always)]
                || {
                    // SAFETY: the maps were asserted to hold all tiles, and no two parts have the
                    // same; each thread has room of its own.
                    unsafe {
                        let v = inputs.start().add(thread * input.len());
                        let m = outputs.start().add(thread * output.len());
                        for row in 0..rows {
                            let v = v.add(row * PANEL);
                            transforms::input(
                                set,
                                from,
                                x.as_ptr(),
                                (tiles, first + row),
                                input,
                                v,
                            );
                        }
                        for start in (0..panels(to)).step_by(GROUP) {
                            let group = start..panels(to).min(start + GROUP);
                            let w = Panels {
                                start: whole.as_ptr().add(start * panel.len()),
                                stride: panel.len(),
                            };
                            let (v, m) = ((v, input), (m, output));
                            products(set, rows, v, &offsets, (w, panel), m, group.len(), false);
                            let y = y.start();
                            for row in 0..rows {
                                let m = (m.0.add(row * PANEL).cast_const(), output);
                                let tile = (tiles, first + row);
                                transforms::output(set, to, m, group.clone(), tile, y, add);
                            }
                        }
                    }
                },
            );
        });
    }

    /// The convolution with weights in pieces: many tiles are transformed, then each part of the
    /// work is a group of outputs.
    #[allow(clippy::too_many_arguments, reason = "the operands of a convolution")]
    fn by_pieces(
        &self,
        threads: &Threads,
        tiles: &[Tile],
        (from, x): (&Layout, &[f32]),
        weights: Weights<'_>,
        (to, y): (&Layout, Shared<'_>),
        add: bool,
        mut scratch: Scratch<'_>,
    ) {
        let set = self.set;
        let block = self.block();
        let input = Points::new(block, panels(from));
        let output = Points::new(block, GROUP);
        let piece = weight_points(PIECE);
        let v = scratch.take(input.len());
        let m = scratch.take(self.threads * output.len());
        let u = scratch.take(self.threads * GROUP * piece.len());
        let taps = scratch.take(self.threads * TAPS * PIECE * PANEL);
        let offsets = offsets(PIECE / PANEL, input);
        for tiles in tiles.chunks(block) {
            self.transform_inputs(threads, tiles, (from, x), (v, input));
            threads.each(panels(to).div_ceil(GROUP), |part, thread| {
                let start = part * GROUP;
                let group = start..panels(to).min(start + GROUP);
                set.run(
                    #[inline(always)]
                    || {
                        // SAFETY: the maps were asserted to hold all tiles, and no two parts have
                        // the same outputs; each thread has room of its own.
                        unsafe {
                            let m = (m.start().add(thread * output.len()), output);
                            let u = u.start().add(thread * GROUP * piece.len());
                            let room = thread * TAPS * PIECE * PANEL;
                            let taps = taps.part(room..room + TAPS * PIECE * PANEL);
                            for start in (0..from.pitch).step_by(PIECE) {
                                let range = start..from.pitch.min(start + PIECE);
                                for (place, panel) in group.clone().enumerate() {
                                    let u = u.add(place * piece.len());
                                    self.piece(weights, panel, range.clone(), taps, u);
                                }
                                let w = Panels {
                                    start: u.cast_const(),
                                    stride: piece.len(),
                                };
                                let v = (v.start().add(start / PANEL * input.panel), input);
                                let offsets = &offsets[..range.len() / PANEL];
                                let (rows, add) = (tiles.len(), start > 0);
                                products(set, rows, v, offsets, (w, piece), m, group.len(), add);
                            }
                            let y = y.start();
                            for row in 0..tiles.len() {
                                let m = (m.0.add(row * PANEL).cast_const(), output);
                                transforms::output(set, to, m, group.clone(), (tiles, row), y, add);
                            }
                        }
                    },
                );
            });
        }
    }

    /// Transforms the weights of a range of inputs and one panel of outputs.
    ///
    /// # Safety
    /// There is room for [`weight_points`] of a piece at `u`.
    #[inline(always)]
    unsafe fn piece(
        &self,
        weights: Weights<'_>,
        panel: usize,
        inputs: Range<usize>,
        taps: &mut [f32],
        u: *mut f32,
    ) {
        let stride = weight_points(PIECE).stride;
        // SAFETY: the slices are as long as the taps; the rest is the caller's.
        unsafe {
            match weights {
                Weights::Turned(weights) => {
                    let turned = (0..TAPS).rev();
                    exchange(
                        self.set,
                        &self.shape,
                        weights,
                        panel,
                        turned,
                        inputs.clone(),
                        taps,
                    );
                    let len = inputs.len() * PANEL;
                    let taps = from_fn(|tap| taps[tap * len..(tap + 1) * len].as_ptr());
                    transforms::weights(self.set, inputs.len(), taps, u, stride);
                }
                Weights::Pieces(weights) | Weights::Whole(weights) => {
                    let taps = from_fn(|tap| {
                        let start = self.shape.weight_at(tap, inputs.start, panel * PANEL);
                        weights[start..start + inputs.len() * PANEL].as_ptr()
                    });
                    transforms::weights(self.set, inputs.len(), taps, u, stride);
                }
            }
        }
    }

    /// Transforms the inputs of tiles, in parts of a few.
    fn transform_inputs(
        &self,
        threads: &Threads,
        tiles: &[Tile],
        (layout, x): (&Layout, &[f32]),
        (v, points): (Shared<'_>, Points),
    ) {
        let set = self.set;
        threads.each(tiles.len().div_ceil(SHARE), |part, _| {
            let rows = part * SHARE..tiles.len().min((part + 1) * SHARE);
            set.run(
                #[inline(always)]
                || {
                    for row in rows {
                        // SAFETY: the caller asserted that the maps hold all tiles, each of which
                        // has its own row.
                        unsafe {
                            let v = v.start().add(row * PANEL);
                            transforms::input(set, layout, x.as_ptr(), (tiles, row), points, v);
                        }
                    }
                },
            );
        });
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

    /// Transforms all weights, panel by panel.
    fn transform_weights(&self, threads: &Threads, weights: &[f32], whole: Shared<'_>) {
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
    fn transform_turned(
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

/// Where each panel of a row of points starts.
fn offsets(panels: usize, points: Points) -> Vec<usize> {
    (0..panels).map(|panel| panel * points.panel).collect()
}

/// At each point, the product of `rows` transformed tiles `v` and the weights `u`.
///
/// # Safety
/// As [`multiply`] demands at each point.
#[allow(clippy::too_many_arguments, reason = "the operands of a product")]
#[inline(always)]
unsafe fn products<I: InstructionSet>(
    set: I,
    rows: usize,
    (v, input): (*mut f32, Points),
    offsets: &[usize],
    (u, weights): (Panels<*const f32>, Points),
    (m, output): (*mut f32, Points),
    group: usize,
    add: bool,
) {
    let taps = Taps {
        offsets,
        run: PANEL,
    };
    for point in 0..POINTS {
        // SAFETY: the caller's.
        unsafe {
            multiply(
                set,
                rows,
                #[inline(always)]
                |row| (row * PANEL, row * PANEL),
                taps,
                v.add(point * input.stride),
                Panels {
                    start: u.start.add(point * weights.stride),
                    ..u
                },
                Panels {
                    start: m.add(point * output.stride),
                    stride: output.panel,
                },
                group,
                add,
            );
        }
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

impl<I: InstructionSet> Convolution for Winograd<I> {
    fn table_bytes(&self) -> usize {
        self.tiles.len() * size_of::<Tile>()
    }

    fn packed_len(&self) -> usize {
        if self.whole {
            Self::whole_len(self.shape.input.pitch, panels(&self.shape.output))
        } else {
            0
        }
    }

    fn pack(&self, threads: &Threads, weights: &[f32], packed: &mut [f32]) {
        if self.whole {
            self.transform_weights(threads, weights, Shared::new(packed));
        }
    }

    fn forward_scratch_len(&self) -> usize {
        self.convolve_scratch_len(&self.shape.input)
    }

    fn backward_scratch_len(&self) -> usize {
        let ConvShape { input, output, .. } = &self.shape;
        let mut data = self.convolve_scratch_len(output);
        let block = self.gradient_block();
        let mut weights =
            Points::new(block, panels(input)).len() + Points::new(block, panels(output)).len();
        if self.whole {
            data += Self::whole_len(output.pitch, panels(input));
            data += self.threads * TAPS * output.pitch * PANEL;
            weights += Self::whole_len(input.pitch, panels(output));
        } else {
            weights += self.threads * GROUP * weight_points(PIECE).len();
        }
        data.max(weights)
    }

    fn forward(
        &self,
        threads: &Threads,
        images: usize,
        x: &[f32],
        weights: &[f32],
        packed: &[f32],
        y: &mut [f32],
        scratch: &mut [f32],
    ) {
        let ConvShape { input, output, .. } = &self.shape;
        let weights = if self.whole {
            Weights::Whole(packed)
        } else {
            Weights::Pieces(weights)
        };
        let scratch = Scratch(scratch);
        self.convolve(
            threads,
            images,
            (input, x),
            weights,
            (output, y),
            false,
            scratch,
        );
    }

    fn backward_data(
        &self,
        threads: &Threads,
        images: usize,
        dy: &[f32],
        weights: &[f32],
        dx: &mut [f32],
        accumulate: bool,
        scratch: &mut [f32],
    ) {
        let ConvShape { input, output, .. } = &self.shape;
        let mut scratch = Scratch(scratch);
        let (from, to) = ((output, dy), (input, dx));
        if self.whole {
            let exchanged = scratch.take(self.threads * TAPS * output.pitch * PANEL);
            let len = Self::whole_len(output.pitch, panels(input));
            let (whole, rest) = scratch.0.split_at_mut(len);
            self.transform_turned(threads, weights, Shared::new(whole), exchanged);
            let weights = Weights::Whole(whole);
            self.convolve(
                threads,
                images,
                from,
                weights,
                to,
                accumulate,
                Scratch(rest),
            );
        } else {
            let weights = Weights::Turned(weights);
            self.convolve(threads, images, from, weights, to, accumulate, scratch);
        }
    }

    fn backward_weights(
        &self,
        threads: &Threads,
        images: usize,
        x: &[f32],
        dy: &[f32],
        dw: &mut [f32],
        scratch: &mut [f32],
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
        let mut scratch = Scratch(scratch);
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
}
