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

mod convolve;
#[allow(
    clippy::needless_range_loop,
    reason = "the indices of a tile are what the loops are about"
)]
mod transforms;
mod weight_gradient;
mod weights;

use edgefront_graph::{Padding, Window};

use super::gemm::PANEL;
use crate::kernels::instructions::InstructionSet;
use crate::kernels::{ConvShape, Convolution, Finish};
use crate::layout::Layout;
use crate::threads::{Shared, Threads};
use transforms::{Ending, POINTS, Points, SIDE, TAPS, Tile};
use weights::{Pieces, Weights, weight_points};

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

/// Scratch space, cut into parts.
struct Scratch<'a>(&'a mut [f32]);

impl<'a> Scratch<'a> {
    fn take(&mut self, len: usize) -> Shared<'a> {
        let (part, rest) = std::mem::take(&mut self.0).split_at_mut(len);
        self.0 = rest;
        Shared::new(part)
    }
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
            && output.height.max(output.width) <= Tile::LARGEST_MAP
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
        finish: Finish<'_>,
        y: &mut [f32],
        scratch: &mut [f32],
    ) {
        let ConvShape { input, output, .. } = &self.shape;
        finish.check(output, images);
        let weights = if self.whole {
            Weights::Whole(packed)
        } else {
            Weights::Pieces(Pieces {
                weights,
                turned: false,
            })
        };
        let scratch = Scratch(scratch);
        self.convolve(
            threads,
            images,
            (input, x),
            weights,
            (output, y),
            Ending::Finish(finish),
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
        let ending = if accumulate {
            Ending::Add
        } else {
            Ending::Finish(Finish::default())
        };
        if self.whole {
            let exchanged = scratch.take(self.threads * TAPS * output.pitch * PANEL);
            let len = Self::whole_len(output.pitch, panels(input));
            let (whole, rest) = scratch.0.split_at_mut(len);
            self.transform_turned(threads, weights, Shared::new(whole), exchanged);
            let weights = Weights::Whole(whole);
            self.convolve(threads, images, from, weights, to, ending, Scratch(rest));
        } else {
            let weights = Weights::Pieces(Pieces {
                weights,
                turned: true,
            });
            self.convolve(threads, images, from, weights, to, ending, scratch);
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
        self.weight_gradient(threads, images, x, dy, dw, Scratch(scratch));
    }
}
