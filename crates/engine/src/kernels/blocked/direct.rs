//! Convolutions of any geometry as products over their windows.
//!
//! A convolution is the product of a matrix of windows and the matrix of weights. The windows are
//! not copied out ("im2col"): a table says where each starts, and a row of a window is a run of
//! numbers because channels are fastest (compare Dukhan, "The indirect convolution algorithm",
//! 2019).

use std::ops::Range;

use super::gemm::{PANEL, Panels, Taps, multiply, multiply_transposed};
use crate::kernels::activation::with_activation;
use crate::kernels::instructions::InstructionSet;
use crate::kernels::{Activation, ConvShape, Convolution, Finish, Phase};
use crate::threads::{Shared, Threads};

/// Panels of weights that are used at a time.
const GROUP: usize = 2;
/// Weights of a group that take at most this many bytes stay in the cache while blocks of a few
/// windows pass.
const RESIDENT: usize = 256 * 1024;
/// Output positions whose part of the weights' gradient is summed at a time: so few that a panel
/// of their gradients and one of their windows stay in the first cache.
const POSITIONS: usize = 128;

/// A convolution of any geometry.
pub(crate) struct Direct<I> {
    set: I,
    shape: ConvShape,
    /// Threads that there is scratch space for.
    threads: usize,
    /// Each output position: the start of its window, and its place.
    windows: Rows,
    /// The rows of the kernel, from the start of a window.
    kernel_rows: Vec<usize>,
    phases: Vec<PhaseProduct>,
}

/// For each row of a product, where its operand starts and where its result does.
#[derive(Default)]
struct Rows {
    from: Vec<u32>,
    to: Vec<u32>,
}

impl Rows {
    fn push(&mut self, from: usize, to: usize) {
        let index = |at: usize| u32::try_from(at).expect("a batch of under 2^32 numbers");
        self.from.push(index(from));
        self.to.push(index(to));
    }

    fn len(&self) -> usize {
        self.from.len()
    }

    fn bytes(&self) -> usize {
        2 * self.len() * size_of::<u32>()
    }
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

impl<I: InstructionSet> Direct<I> {
    pub fn new(set: I, shape: ConvShape, images: usize, threads: usize) -> Self {
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
        let phases = if shape.has_backward_border() && input.pitch.is_multiple_of(PANEL) {
            phases(&shape, images)
        } else {
            Vec::new()
        };
        Self {
            set,
            shape,
            threads,
            windows,
            kernel_rows,
            phases,
        }
    }

    fn taps(&self) -> Taps<'_> {
        Taps {
            offsets: &self.kernel_rows,
            run: self.shape.window.kernel[1] * self.shape.input.pitch,
        }
    }

    /// The product of the windows of some images and weights: `y = x w` or `y += x w`, finished.
    #[allow(clippy::too_many_arguments, reason = "the operands of a product")]
    fn windows_by_weights(
        &self,
        threads: &Threads,
        (windows, count): (&Rows, usize),
        taps: Taps<'_>,
        x: &[f32],
        w: &[f32],
        (y, pitch): (Shared<'_>, usize),
        len: usize,
        add: bool,
        finish: Finish<'_>,
    ) {
        let panel_len = taps.depth() * PANEL;
        let panels = pitch / PANEL;
        assert!(w.len() >= panels * panel_len);
        // Millions of multiplications follow each pair of these comparisons.
        for (&from, &to) in windows.from[..count].iter().zip(&windows.to) {
            assert!(from as usize + taps.reach() <= x.len() && to as usize + pitch <= len);
        }
        // Either the windows of a few rows stay in the cache while all weights pass, or one group
        // of weights while many windows pass.
        let block = if GROUP * panel_len * size_of::<f32>() <= RESIDENT {
            48
        } else {
            144
        };
        let set = self.set;
        threads.each(count.div_ceil(block), |part, _| {
            let first = part * block;
            let rows = block.min(count - first);
            let (from, to) = (&windows.from[first..], &windows.to[first..]);
            set.run(
                #[inline(always)]
                || {
                    for panel in (0..panels).step_by(GROUP) {
                        // SAFETY: the assertions above are the bounds of everything that is read
                        // or written, and no two windows have the same result.
                        unsafe {
                            multiply(
                                set,
                                rows,
                                |row| (from[row] as usize, to[row] as usize),
                                taps,
                                x.as_ptr(),
                                Panels {
                                    start: w.as_ptr().add(panel * panel_len),
                                    stride: panel_len,
                                },
                                Panels {
                                    start: y.start().add(panel * PANEL),
                                    stride: PANEL,
                                },
                                GROUP.min(panels - panel),
                                add,
                            );
                            if !finish.is_nothing() {
                                // Still in the first cache.
                                let channels = panel * PANEL..pitch.min((panel + GROUP) * PANEL);
                                finish_rows(set, &finish, &to[..rows], channels, y.start());
                            }
                        }
                    }
                },
            );
        });
    }
}

/// Finishes some channels of the positions that start at `places`.
///
/// # Safety
/// The positions are writable by nobody else, and the finish fits the maps.
#[inline(always)]
unsafe fn finish_rows<I: InstructionSet>(
    set: I,
    finish: &Finish<'_>,
    places: &[u32],
    channels: Range<usize>,
    y: *mut f32,
) {
    for channel in channels.step_by(I::LANES) {
        // SAFETY: the caller's.
        unsafe {
            let channels = finish.channels(set, channel);
            with_activation!(finish.activation, |known| {
                for at in places.iter().map(|&place| place as usize + channel) {
                    let value = set.load(y.add(at));
                    let value = if finish.residual.is_empty() {
                        channels.apply::<false>(known, value, at)
                    } else {
                        channels.apply::<true>(known, value, at)
                    };
                    set.store(value, y.add(at));
                }
            });
        }
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

/// Writes the weights of some taps with inputs and outputs exchanged: panels of inputs, in each
/// the taps in this order, in each a row for every output.
pub(super) fn exchange<I: InstructionSet>(
    set: I,
    shape: &ConvShape,
    weights: &[f32],
    input_panel: usize,
    taps: impl Iterator<Item = usize>,
    outputs: Range<usize>,
    to: &mut [f32],
) {
    let (inputs, panel_len) = (shape.input.pitch, shape.panel_len());
    assert!(weights.len() >= shape.weight_len());
    assert!(inputs.is_multiple_of(PANEL) && outputs.end <= shape.output.pitch);
    assert!(outputs.start.is_multiple_of(PANEL) && outputs.end.is_multiple_of(PANEL));
    let squares = outputs.step_by(PANEL);
    let places = taps.flat_map(|tap| squares.clone().map(move |output| (tap, output)));
    for ((tap, output), to) in places.zip(to.chunks_exact_mut(PANEL * PANEL)) {
        assert!(tap < shape.window.taps());
        let from = output / PANEL * panel_len + (tap * inputs + input_panel * PANEL) * PANEL;
        // SAFETY: the square lies in the panel of these outputs, below the tap's inputs; the place
        // for it is a square long.
        unsafe {
            set.transpose(
                weights[from..from + PANEL * PANEL].as_ptr(),
                PANEL,
                to.as_mut_ptr(),
                PANEL,
            );
        }
    }
}

impl<I: InstructionSet> Convolution for Direct<I> {
    fn table_bytes(&self) -> usize {
        let phases = self.phases.iter().map(|phase| phase.windows.bytes());
        self.windows.bytes() + phases.sum::<usize>()
    }

    fn backward_scratch_len(&self) -> usize {
        let exchanged = if self.phases.is_empty() {
            0
        } else {
            self.shape.weight_len()
        };
        let panels = self.shape.output.pitch + PANEL;
        exchanged.max(self.threads * panels * POSITIONS)
    }

    fn forward(
        &self,
        threads: &Threads,
        images: usize,
        x: &[f32],
        weights: &[f32],
        _packed: &[f32],
        finish: Finish<'_>,
        y: &mut [f32],
        _scratch: &mut [f32],
    ) {
        let output = &self.shape.output;
        finish.check(output, images);
        let len = y.len();
        self.windows_by_weights(
            threads,
            (&self.windows, images * output.positions()),
            self.taps(),
            x,
            weights,
            (Shared::new(y), output.pitch),
            len,
            false,
            finish,
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
        let all_images = self.windows.len() / output.positions();
        let len = dx.len();
        let dx = Shared::new(dx);
        let mut rest = &mut scratch[..];
        for phase in &self.phases {
            let panel_len = phase.taps.len() * output.pitch * PANEL;
            let panels = input.pitch / PANEL;
            let (exchanged, after) = rest.split_at_mut(panels * panel_len);
            rest = after;
            let shared = Shared::new(exchanged);
            threads.each(panels, |panel, _| {
                // SAFETY: a panel is one part's.
                let to = unsafe { shared.part(panel * panel_len..(panel + 1) * panel_len) };
                let taps = phase.taps.iter().copied();
                self.set.run(
                    #[inline(always)]
                    || {
                        exchange(
                            self.set,
                            &self.shape,
                            weights,
                            panel,
                            taps,
                            0..output.pitch,
                            to,
                        );
                    },
                );
            });
            let taps = Taps {
                offsets: &phase.offsets,
                run: phase.run,
            };
            let count = phase.windows.len() / all_images * images;
            self.windows_by_weights(
                threads,
                (&phase.windows, count),
                taps,
                dy,
                exchanged,
                (dx, input.pitch),
                len,
                accumulate,
                Finish::default(),
            );
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
        let ConvShape { output, .. } = &self.shape;
        let taps = self.taps();
        let (panels, panel_len) = (output.pitch / PANEL, self.shape.panel_len());
        let count = images * output.positions();
        assert!(dw.len() >= panels * panel_len);
        for (&from, &to) in self.windows.from[..count].iter().zip(&self.windows.to) {
            assert!(from as usize + taps.reach() <= x.len());
            assert!(to as usize + output.pitch <= dy.len());
        }
        let scratch = Shared::new(scratch);
        let room = (output.pitch + PANEL) * POSITIONS;
        let dw = Shared::new(dw);
        let shares = Chunk::shares(taps, threads.count());
        threads.each(shares.len(), |part, _| {
            // SAFETY: each part has room of its own.
            let scratch = unsafe { scratch.part(part * room..(part + 1) * room) };
            let (gradients, windows) = scratch.split_at_mut(output.pitch * POSITIONS);
            for first in (0..count).step_by(POSITIONS) {
                let positions = POSITIONS.min(count - first);
                let from = &self.windows.from[first..first + positions];
                let to = &self.windows.to[first..first + positions];
                // Panels, because in maps of many channels the same channel of many positions is
                // in few lines of the cache.
                let panels_of = gradients.chunks_exact_mut(POSITIONS * PANEL);
                for (panel, lines) in panels_of.enumerate() {
                    for (line, &to) in lines.chunks_exact_mut(PANEL).zip(to) {
                        let start = to as usize + panel * PANEL;
                        line.copy_from_slice(&dy[start..start + PANEL]);
                    }
                }
                for chunk in &shares[part] {
                    chunk.gather(x, from, windows);
                    // SAFETY: all positions have been copied; the chunk's rows lie in every panel
                    // of the weights, and are this part's alone.
                    unsafe {
                        chunk.accumulate(
                            self.set,
                            positions,
                            windows,
                            (gradients, panels),
                            Panels {
                                start: dw.start(),
                                stride: panel_len,
                            },
                            first > 0,
                        );
                    }
                }
            }
        });
    }
}

/// Up to sixteen numbers side by side in a window.
struct Chunk {
    /// Where they start in a window.
    offset: usize,
    /// Their first row in the weights.
    row: usize,
    /// Those among sixteen that count: the last chunk of a run goes back to where it is whole.
    rows: Range<usize>,
    /// Numbers to read: fewer than sixteen if the run is shorter.
    len: usize,
}

impl Chunk {
    /// All of a window, in as many shares as there are threads, as even as possible.
    fn shares(taps: Taps<'_>, count: usize) -> Vec<Vec<Self>> {
        let mut chunks = Vec::new();
        for (tap, &offset) in taps.offsets.iter().enumerate() {
            for start in (0..taps.run).step_by(PANEL) {
                let width = PANEL.min(taps.run - start);
                let from = start.min(taps.run.saturating_sub(PANEL));
                chunks.push(Self {
                    offset: offset + from,
                    row: tap * taps.run + from,
                    rows: start - from..start - from + width,
                    len: PANEL.min(taps.run),
                });
            }
        }
        chunks.sort_by_key(|chunk| (std::cmp::Reverse(chunk.rows.len()), chunk.row));
        let mut shares: Vec<Vec<Self>> = (0..count.min(chunks.len())).map(|_| Vec::new()).collect();
        for chunk in chunks {
            let work =
                |share: &Vec<Self>| share.iter().map(|chunk| chunk.rows.len()).sum::<usize>();
            let least = shares.iter_mut().min_by_key(|share| work(share));
            least.expect("there is a share for every chunk").push(chunk);
        }
        shares
    }

    /// Copies the numbers of all windows, each to a line of its own.
    fn gather(&self, x: &[f32], from: &[u32], lines: &mut [f32]) {
        for (line, &from) in lines.chunks_exact_mut(PANEL).zip(from) {
            let from = from as usize + self.offset;
            if self.len == PANEL {
                line.copy_from_slice(&x[from..from + PANEL]);
            } else {
                line[..self.len].copy_from_slice(&x[from..from + self.len]);
            }
        }
    }

    /// Writes or adds the gradients of these weights, summed over `positions` lines.
    ///
    /// # Safety
    /// There are so many lines in `windows` and in each panel of gradients, and nobody else has
    /// these rows of the weights.
    unsafe fn accumulate<I: InstructionSet>(
        &self,
        set: I,
        positions: usize,
        windows: &[f32],
        (gradients, panels): (&[f32], usize),
        dw: Panels<*mut f32>,
        add: bool,
    ) {
        set.run(
            #[inline(always)]
            || {
                // SAFETY: the caller's.
                unsafe {
                    multiply_transposed(
                        set,
                        positions,
                        self.rows.clone(),
                        windows.as_ptr(),
                        Panels {
                            start: gradients.as_ptr(),
                            stride: POSITIONS * PANEL,
                        },
                        Panels {
                            start: dw.start.add(self.row * PANEL),
                            ..dw
                        },
                        panels,
                        add,
                    );
                }
            },
        );
    }
}
