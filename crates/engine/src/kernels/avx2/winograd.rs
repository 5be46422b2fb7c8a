//! Winograd's minimal filtering F(4x4, 3x3) for convolutions of 3x3 with stride 1.
//!
//! Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016: a tile of 4x4 outputs
//! takes 36 multiplications where the definition takes 144. Interpolation points 0, 1, -1, 2, -2
//! and infinity. In single precision the rounding error is a few times that of the definition; the
//! tests of [`avx2`](super) bound it.

mod transforms;

use edgefront_graph::{Padding, Window};

use super::Avx2;
use super::gemm::{COLUMNS, Rows, Taps, accumulate_transposed, multiply};
use super::transpose::transpose;
use crate::kernels::{ConvShape, Convolution};
use crate::layout::Layout;
use transforms::Tile;

/// Multiplications per tile and pair of channels: the points of a transformed tile.
const POINTS: usize = 36;
/// Outputs along a side of a tile.
const SIDE: usize = 4;
const TAPS: usize = 9;
/// On smaller maps too much of the tiles lies outside.
const SMALLEST_MAP: usize = 7;

/// A convolution of 3x3, stride 1 and padding 1 by Winograd's algorithm.
pub(crate) struct Winograd {
    proof: Avx2,
    shape: ConvShape,
    tiles: Vec<Tile>,
    tiles_per_image: usize,
    /// Tiles that are transformed at a time: so many that they stay in the cache.
    block: usize,
    forward: Rows,
    backward: Rows,
}

/// The transformed input and output of a block of tiles, and what is left of the scratch space.
struct Scratch<'a> {
    input: &'a mut [f32],
    output: &'a mut [f32],
    rest: &'a mut [f32],
}

impl Winograd {
    pub fn suits(shape: &ConvShape) -> bool {
        let three = Window {
            kernel: [3, 3],
            stride: [1, 1],
            padding: Padding::even(1),
        };
        shape.window == three
            && shape.input.height.min(shape.input.width) >= SMALLEST_MAP
            && shape.input.pitch.is_multiple_of(Layout::LANES)
            && shape.input.border >= 1
            // The gradient of the input is this convolution over the gradient of the output.
            && shape.has_backward_border()
    }

    pub fn new(proof: Avx2, shape: ConvShape, images: usize) -> Self {
        let ConvShape { input, output, .. } = shape;
        let mut tiles = Vec::new();
        for image in 0..images {
            for row in (0..output.height).step_by(SIDE) {
                for column in (0..output.width).step_by(SIDE) {
                    tiles.push(Tile {
                        image,
                        row,
                        column,
                        rows: SIDE.min(output.height - row),
                        columns: SIDE.min(output.width - column),
                    });
                }
            }
        }
        // Multiples of the six rows of a product; the more channels, the more is gained from
        // passing over the weights less often.
        let block = match input.pitch.max(output.pitch) {
            0..=64 => 12,
            65..=128 => 18,
            _ => 24,
        };
        Self {
            proof,
            shape,
            tiles_per_image: tiles.len() / images,
            tiles,
            block,
            forward: Rows::regular(block, input.pitch, output.pitch),
            backward: Rows::regular(block, output.pitch, input.pitch),
        }
    }

    /// Numbers of the transformed weights.
    fn points_len(&self) -> usize {
        POINTS * self.shape.input.pitch * self.shape.output.pitch
    }

    fn blocks_len(&self) -> usize {
        POINTS * self.block * (self.shape.input.pitch + self.shape.output.pitch)
    }

    /// Splits scratch space into the blocks of two kinds of channels.
    fn split<'a>(&self, input: &Layout, scratch: &'a mut [f32]) -> Scratch<'a> {
        let (blocks, rest) = scratch.split_at_mut(self.blocks_len());
        let (input, output) = blocks.split_at_mut(POINTS * self.block * input.pitch);
        Scratch {
            input,
            output,
            rest,
        }
    }

    fn blocks(&self, images: usize) -> impl Iterator<Item = &[Tile]> {
        self.tiles[..images * self.tiles_per_image].chunks(self.block)
    }

    /// The convolution itself, in either direction.
    #[allow(clippy::too_many_arguments, reason = "the operands of a convolution")]
    fn convolve(
        &self,
        images: usize,
        (from, x): (&Layout, &[f32]),
        rows: &Rows,
        packed: &[f32],
        (to, y): (&Layout, &mut [f32]),
        add: bool,
        scratch: &mut [f32],
    ) {
        let Scratch { input, output, .. } = self.split(from, scratch);
        for tiles in self.blocks(images) {
            transforms::input(self.proof, from, x, tiles, input, self.block);
            let taps = Taps {
                offsets: &[0],
                run: from.pitch,
            };
            for point in 0..POINTS {
                multiply(
                    self.proof,
                    rows.first(tiles.len()),
                    taps,
                    &input[point * self.block * from.pitch..],
                    &packed[point * from.pitch * to.pitch..],
                    &mut output[point * self.block * to.pitch..],
                    to.pitch,
                    false,
                );
            }
            transforms::output(self.proof, to, output, tiles, y, self.block, add);
        }
    }

    /// Transforms weights (tap, input, output), each point's matrix packed for the product: in
    /// blocks of sixteen columns (the last may be eight), each row by row.
    fn pack_points(&self, weights: &[f32], inputs: usize, outputs: usize, packed: &mut [f32]) {
        transforms::weights(
            self.proof,
            weights,
            (inputs, outputs),
            packed,
            |row, column| {
                let start = column / COLUMNS * COLUMNS;
                let width = COLUMNS.min(outputs - start);
                start * inputs + row * width + (column - start)
            },
        );
    }
}

impl Convolution for Winograd {
    fn table_bytes(&self) -> usize {
        self.tiles.len() * size_of::<Tile>()
    }

    fn packed_len(&self) -> usize {
        self.points_len()
    }

    fn pack(&self, weights: &[f32], packed: &mut [f32]) {
        let (inputs, outputs) = (self.shape.input.pitch, self.shape.output.pitch);
        self.pack_points(weights, inputs, outputs, packed);
    }

    fn scratch_len(&self) -> usize {
        self.blocks_len() + self.points_len()
    }

    fn backward_data_scratch_len(&self) -> usize {
        self.blocks_len() + self.points_len() + self.shape.weight_len()
    }

    fn forward(
        &self,
        images: usize,
        x: &[f32],
        packed: &[f32],
        y: &mut [f32],
        scratch: &mut [f32],
    ) {
        let ConvShape { input, output, .. } = &self.shape;
        self.convolve(
            images,
            (input, x),
            &self.forward,
            packed,
            (output, y),
            false,
            scratch,
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
        let ConvShape { input, output, .. } = &self.shape;
        let (ic, oc) = (input.pitch, output.pitch);
        let (blocks, rest) = scratch.split_at_mut(self.blocks_len());
        let (turned, packed) = rest.split_at_mut(self.shape.weight_len());
        // The kernel turned by half a circle, inputs and outputs exchanged.
        for tap in 0..TAPS {
            let from = &weights[tap * ic * oc..(tap + 1) * ic * oc];
            let to = &mut turned[(TAPS - 1 - tap) * ic * oc..(TAPS - tap) * ic * oc];
            transpose(self.proof, from, to, ic, oc);
        }
        self.pack_points(turned, oc, ic, packed);
        self.convolve(
            images,
            (output, dy),
            &self.backward,
            packed,
            (input, dx),
            accumulate,
            blocks,
        );
    }

    fn backward_weights(
        &self,
        images: usize,
        x: &[f32],
        dy: &[f32],
        dw: &mut [f32],
        scratch: &mut [f32],
    ) {
        let ConvShape {
            input: from,
            output: to,
            ..
        } = &self.shape;
        let points_len = self.points_len();
        let Scratch {
            input,
            output,
            rest,
        } = self.split(from, scratch);
        let points = &mut rest[..points_len];
        points.fill(0.0);
        let size = from.pitch * to.pitch;
        for tiles in self.blocks(images) {
            transforms::input(self.proof, from, x, tiles, input, self.block);
            transforms::gradient(self.proof, to, dy, tiles, output, self.block);
            let depths = Taps {
                offsets: &[0],
                run: from.pitch,
            };
            for (point, sums) in points.chunks_exact_mut(size).enumerate() {
                accumulate_transposed(
                    self.proof,
                    self.forward.first(tiles.len()),
                    depths,
                    &input[point * self.block * from.pitch..],
                    &output[point * self.block * to.pitch..],
                    sums,
                    to.pitch,
                    self.block,
                );
            }
        }
        transforms::weight_gradient(self.proof, points, dw, size);
    }
}
