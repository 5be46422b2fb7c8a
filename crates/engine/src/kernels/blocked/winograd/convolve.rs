use super::super::gemm::{PANEL, Panels, Taps, multiply};
use super::transforms::{self, Ending, POINTS, Points, TAPS, Tile};
use super::weights::{Pieces, Weights, weight_points};
use super::{GROUP, PIECE, SHARE, Scratch, Winograd, panels};
use crate::kernels::instructions::InstructionSet;
use crate::layout::Layout;
use crate::threads::{Shared, Threads};

impl<I: InstructionSet> Winograd<I> {
    /// The convolution itself, in either direction.
    #[allow(clippy::too_many_arguments, reason = "the operands of a convolution")]
    pub(super) fn convolve(
        &self,
        threads: &Threads,
        images: usize,
        (from, x): (&Layout, &[f32]),
        weights: Weights<'_>,
        (to, y): (&Layout, &mut [f32]),
        ending: Ending<'_>,
        scratch: Scratch<'_>,
    ) {
        let tiles = &self.tiles[..images * self.tiles_per_image];
        assert!(x.len() >= from.len(images) && y.len() >= to.len(images));
        assert!(from.border >= 1 && threads.count() <= self.threads);
        let y = Shared::new(y);
        match weights {
            Weights::Whole(whole) => {
                self.by_tiles(threads, tiles, (from, x), whole, (to, y), ending, scratch);
            }
            Weights::Pieces(pieces) => {
                self.by_pieces(threads, tiles, (from, x), pieces, (to, y), ending, scratch);
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
        ending: Ending<'_>,
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
                                transforms::output(set, to, m, group.clone(), tile, y, &ending);
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
        pieces: Pieces<'_>,
        (to, y): (&Layout, Shared<'_>),
        ending: Ending<'_>,
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
                                    self.piece(pieces, panel, range.clone(), taps, u);
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
                                transforms::output(
                                    set,
                                    to,
                                    m,
                                    group.clone(),
                                    (tiles, row),
                                    y,
                                    &ending,
                                );
                            }
                        }
                    },
                );
            });
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
