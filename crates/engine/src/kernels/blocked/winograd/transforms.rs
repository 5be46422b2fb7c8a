//! The linear maps of F(4x4, 3x3): a vector of channels at a time, columns first, then rows.
//!
//! A transformed tile is 36 points. Points are stored point by point, panel by panel of sixteen
//! channels, and in a panel tile by tile: what a product reads next is what comes next.

use std::array::from_fn;
use std::ops::Range;

use super::super::gemm::PANEL;
use crate::kernels::activation::with_activation;
use crate::kernels::instructions::InstructionSet;
use crate::kernels::{Activation, Finish};
use crate::layout::Layout;

/// Inputs and points along a side of a tile.
const WIDE: usize = 6;
/// Outputs along a side of a tile.
pub(super) const SIDE: usize = 4;
/// Points of a tile.
pub(super) const POINTS: usize = WIDE * WIDE;
pub(super) const TAPS: usize = 9;

/// A tile of outputs: at most 4x4, fewer where the map ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile {
    pub image: u32,
    pub row: u16,
    pub column: u16,
}

impl Tile {
    /// Rows or columns of a map whose tiles can be told.
    pub const LARGEST_MAP: usize = u16::MAX as usize;

    /// The tiles of one map after the other.
    pub fn all(layout: &Layout, images: usize) -> Vec<Self> {
        let mut tiles = Vec::new();
        for image in 0..images {
            for row in (0..layout.height).step_by(SIDE) {
                for column in (0..layout.width).step_by(SIDE) {
                    tiles.push(Self {
                        image: image as u32,
                        row: row as u16,
                        column: column as u16,
                    });
                }
            }
        }
        tiles
    }

    /// Outputs of the tile that are on the map: rows and columns.
    fn size(self, layout: &Layout) -> (usize, usize) {
        (
            SIDE.min(layout.height - usize::from(self.row)),
            SIDE.min(layout.width - usize::from(self.column)),
        )
    }

    fn start(self, layout: &Layout) -> usize {
        let (row, column) = (usize::from(self.row), usize::from(self.column));
        layout.at(self.image as usize, row, column)
    }

    /// Where each of `N` rows and columns starts, counted from `before` positions above and left of
    /// the tile: the sum of both is a position's place. What lies beyond the border is taken from
    /// the border instead, where there are zeros, too.
    #[inline(always)]
    fn lines<const N: usize>(self, layout: &Layout, before: usize) -> ([usize; N], [usize; N]) {
        let image = self.image as usize * layout.image_stride();
        let line = |start: u16, size: usize, index: usize| {
            let at = usize::from(start) + layout.border - before + index;
            if at < size + 2 * layout.border { at } else { 0 }
        };
        (
            from_fn(|row| image + line(self.row, layout.height, row) * layout.row_stride()),
            from_fn(|column| line(self.column, layout.width, column) * layout.pitch),
        )
    }
}

/// How far ahead the maps of tiles are fetched, in tiles: the reads of one tile are too far apart
/// for the processor to foresee them.
const AHEAD: usize = 2;

/// How transformed tiles are stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Points {
    /// Numbers from one point to the next.
    pub stride: usize,
    /// Numbers from one panel of a point to the next.
    pub panel: usize,
}

impl Points {
    /// Room for `rows` rows of `panels` panels at each point. Points are not a power of two apart,
    /// else all of a tile would compete for a few lines of the cache.
    pub fn new(rows: usize, panels: usize) -> Self {
        Self {
            stride: rows * panels * PANEL + PANEL,
            panel: rows * PANEL,
        }
    }

    pub fn len(&self) -> usize {
        POINTS * self.stride
    }

    /// Where a channel of the first row is, at the first point.
    pub fn of(&self, channel: usize) -> usize {
        channel / PANEL * self.panel + channel % PANEL
    }
}

/// Applies a map of `N` to `M` vectors to the columns of a tile and then to its rows.
///
/// Closures are marked for inlining where they are made: left to itself, the compiler might make
/// functions of them, which would not have the instructions of the set.
#[inline(always)]
fn both_ways<I: InstructionSet, const N: usize, const M: usize>(
    set: I,
    tile: [[I::Vector; N]; N],
    map: impl Fn([I::Vector; N]) -> [I::Vector; M],
) -> [[I::Vector; M]; M] {
    let zero = set.splat(0.0);
    let mut half = [[zero; N]; M];
    for column in 0..N {
        let mut line = [zero; N];
        for row in 0..N {
            line[row] = tile[row][column];
        }
        let mapped = map(line);
        for row in 0..M {
            half[row][column] = mapped[row];
        }
    }
    let mut out = [[zero; M]; M];
    for row in 0..M {
        out[row] = map(half[row]);
    }
    out
}

/// `B^T`: inputs to points.
#[inline(always)]
fn input_map<I: InstructionSet>(set: I, d: [I::Vector; 6]) -> [I::Vector; 6] {
    let [two, four, five] = [2.0, 4.0, 5.0].map(|value| set.splat(value));
    let a = set.sub_mul(four, d[2], d[4]);
    let b = set.sub_mul(four, d[1], d[3]);
    let c = set.sub(d[4], d[2]);
    let e = set.sub(d[3], d[1]);
    [
        set.mul_add(four, d[0], set.sub_mul(five, d[2], d[4])),
        set.add(a, b),
        set.sub(a, b),
        set.mul_add(two, e, c),
        set.sub_mul(two, e, c),
        set.mul_add(four, d[1], set.sub_mul(five, d[3], d[5])),
    ]
}

/// `A^T`: points to outputs.
#[inline(always)]
fn output_map<I: InstructionSet>(set: I, m: [I::Vector; 6]) -> [I::Vector; 4] {
    let [two, four, eight] = [2.0, 4.0, 8.0].map(|value| set.splat(value));
    let (a, b) = (set.add(m[1], m[2]), set.sub(m[1], m[2]));
    let (c, d) = (set.add(m[3], m[4]), set.sub(m[3], m[4]));
    [
        set.add(m[0], set.add(a, c)),
        set.mul_add(two, d, b),
        set.mul_add(four, c, a),
        set.add(m[5], set.mul_add(eight, d, b)),
    ]
}

/// `A`: gradients of outputs to gradients of points.
#[inline(always)]
fn gradient_map<I: InstructionSet>(set: I, y: [I::Vector; 4]) -> [I::Vector; 6] {
    let [two, four, eight] = [2.0, 4.0, 8.0].map(|value| set.splat(value));
    let (even, odd) = (set.add(y[0], y[2]), set.add(y[1], y[3]));
    let even2 = set.mul_add(four, y[2], y[0]);
    let odd2 = set.mul_add(eight, y[3], set.mul(two, y[1]));
    [
        y[0],
        set.add(even, odd),
        set.sub(even, odd),
        set.add(even2, odd2),
        set.sub(even2, odd2),
        y[3],
    ]
}

/// `G`: weights to points.
#[inline(always)]
fn weight_map<I: InstructionSet>(set: I, g: [I::Vector; 3]) -> [I::Vector; 6] {
    let sixth = set.splat(-1.0 / 6.0);
    let even = set.add(g[0], g[2]);
    let a = set.mul_add(
        set.splat(1.0 / 24.0),
        g[0],
        set.mul(set.splat(1.0 / 6.0), g[2]),
    );
    let b = set.mul(set.splat(1.0 / 12.0), g[1]);
    [
        set.mul(set.splat(0.25), g[0]),
        set.mul(sixth, set.add(even, g[1])),
        set.mul(sixth, set.sub(even, g[1])),
        set.add(a, b),
        set.sub(a, b),
        g[2],
    ]
}

/// `G^T`: gradients of points to gradients of weights.
#[inline(always)]
fn weight_gradient_map<I: InstructionSet>(set: I, p: [I::Vector; 6]) -> [I::Vector; 3] {
    let sixth = set.splat(1.0 / 6.0);
    let (a, b) = (set.add(p[1], p[2]), set.sub(p[2], p[1]));
    let (c, d) = (set.add(p[3], p[4]), set.sub(p[3], p[4]));
    let rest = set.sub_mul(sixth, a, set.mul(set.splat(1.0 / 24.0), c));
    [
        set.mul_add(set.splat(0.25), p[0], rest),
        set.mul_add(sixth, b, set.mul(set.splat(1.0 / 12.0), d)),
        set.mul_add(sixth, set.sub(c, a), p[5]),
    ]
}

/// Has the positions of a tile fetched, from `before` positions above and left of it on, where
/// they are not those of the tile to its left.
#[inline(always)]
fn fetch<I: InstructionSet, const N: usize>(
    set: I,
    layout: &Layout,
    maps: *const f32,
    tile: Option<&Tile>,
    before: usize,
    panels: Range<usize>,
) {
    let Some(tile) = tile else { return };
    let (rows, columns) = tile.lines::<N>(layout, before);
    for panel in panels {
        for row in rows {
            for column in &columns[2 * before..] {
                set.prefetch(maps.wrapping_add(row + column + panel * PANEL));
            }
        }
    }
}

/// Transforms the inputs of tile `index` to the place `to` of the first panel of point 0.
///
/// # Safety
/// The tile is on the maps `x`, which have a border of at least 1, and all points are writable.
#[inline(always)]
pub(super) unsafe fn input<I: InstructionSet>(
    set: I,
    layout: &Layout,
    x: *const f32,
    (tiles, index): (&[Tile], usize),
    points: Points,
    to: *mut f32,
) {
    let panels = layout.pitch / PANEL;
    fetch::<I, WIDE>(set, layout, x, tiles.get(index + AHEAD), 1, 0..panels);
    let (rows, columns) = tiles[index].lines::<WIDE>(layout, 1);
    for channel in (0..layout.pitch).step_by(I::LANES) {
        // SAFETY: the caller's.
        unsafe {
            let values = load_tile(set, x.add(channel), rows, columns);
            let values = both_ways(
                set,
                values,
                #[inline(always)]
                |line| input_map(set, line),
            );
            store_points(set, values, to.add(points.of(channel)), points.stride);
        }
    }
}

/// Transforms the gradients of the outputs of tile `index`, as [`input`] does.
///
/// # Safety
/// The tile is on the maps `dy`, which have a border of at least 1, and all points are writable.
#[inline(always)]
pub(super) unsafe fn gradient<I: InstructionSet>(
    set: I,
    layout: &Layout,
    dy: *const f32,
    (tiles, index): (&[Tile], usize),
    points: Points,
    to: *mut f32,
) {
    let panels = layout.pitch / PANEL;
    fetch::<I, SIDE>(set, layout, dy, tiles.get(index + AHEAD), 0, 0..panels);
    let (rows, columns) = tiles[index].lines::<SIDE>(layout, 0);
    for channel in (0..layout.pitch).step_by(I::LANES) {
        // SAFETY: the caller's.
        unsafe {
            let values = load_tile(set, dy.add(channel), rows, columns);
            let values = both_ways(
                set,
                values,
                #[inline(always)]
                |line| gradient_map(set, line),
            );
            store_points(set, values, to.add(points.of(channel)), points.stride);
        }
    }
}

/// What happens to outputs at the end.
#[derive(Clone, Copy)]
pub(super) enum Ending<'a> {
    /// They are finished and written.
    Finish(Finish<'a>),
    /// They are added to what is there.
    Add,
}

/// Transforms the points of some panels, the first of which are at `from`, back to the outputs of
/// tile `index`, and ends them.
///
/// # Safety
/// The tile is on the maps `y`, which the ending fits, all points are there, and nobody else has
/// these outputs.
#[allow(clippy::too_many_arguments, reason = "where from and where to")]
#[inline(always)]
pub(super) unsafe fn output<I: InstructionSet>(
    set: I,
    layout: &Layout,
    (from, points): (*const f32, Points),
    panels: Range<usize>,
    (tiles, index): (&[Tile], usize),
    y: *mut f32,
    ending: &Ending<'_>,
) {
    fetch::<I, SIDE>(set, layout, y, tiles.get(index + AHEAD), 0, panels.clone());
    let tile = tiles[index];
    for lane in (0..panels.len() * PANEL).step_by(I::LANES) {
        let channel = panels.start * PANEL + lane;
        let place = Place {
            start: tile.start(layout) + channel,
            row_stride: layout.row_stride(),
            pitch: layout.pitch,
            size: tile.size(layout),
        };
        // SAFETY: the caller's.
        unsafe {
            let values = load_points(set, from.add(points.of(lane)), points.stride);
            let values = both_ways(
                set,
                values,
                #[inline(always)]
                |line| output_map(set, line),
            );
            match ending {
                Ending::Add => write(
                    set,
                    values,
                    place,
                    y,
                    #[inline(always)]
                    |value, at| set.add(set.load(y.add(at)), value),
                ),
                Ending::Finish(finish) => {
                    let channels = finish.channels(set, channel);
                    with_activation!(finish.activation, |known| {
                        if finish.residual.is_empty() {
                            write(
                                set,
                                values,
                                place,
                                y,
                                #[inline(always)]
                                |value, at| channels.apply::<false>(known, value, at),
                            );
                        } else {
                            write(
                                set,
                                values,
                                place,
                                y,
                                #[inline(always)]
                                |value, at| channels.apply::<true>(known, value, at),
                            );
                        }
                    });
                }
            }
        }
    }
}

/// Where the outputs of a tile go: those that are on the map.
#[derive(Clone, Copy)]
struct Place {
    start: usize,
    row_stride: usize,
    pitch: usize,
    /// Rows and columns.
    size: (usize, usize),
}

/// Writes the outputs of a tile after a last operation on each.
///
/// # Safety
/// They are writable after `y`.
#[inline(always)]
unsafe fn write<I: InstructionSet>(
    set: I,
    values: [[I::Vector; SIDE]; SIDE],
    place: Place,
    y: *mut f32,
    end: impl Fn(I::Vector, usize) -> I::Vector,
) {
    for (row, line) in values.into_iter().enumerate() {
        for (column, value) in line.into_iter().enumerate() {
            if row < place.size.0 && column < place.size.1 {
                let at = place.start + row * place.row_stride + column * place.pitch;
                // SAFETY: the caller's.
                unsafe { set.store(end(value, at), y.add(at)) };
            }
        }
    }
}

/// Transforms the weights of `rows` inputs of one panel: `taps` are where the first input's
/// weights start, and further inputs follow it.
///
/// # Safety
/// The weights are readable and their points, a row an input, writable.
#[inline(always)]
pub(super) unsafe fn weights<I: InstructionSet>(
    set: I,
    rows: usize,
    taps: [*const f32; TAPS],
    to: *mut f32,
    stride: usize,
) {
    for at in (0..rows * PANEL).step_by(I::LANES) {
        let mut kernel = [[set.splat(0.0); 3]; 3];
        // SAFETY: the caller's.
        unsafe {
            for row in 0..3 {
                for column in 0..3 {
                    kernel[row][column] = set.load(taps[row * 3 + column].add(at));
                }
            }
            let values = both_ways(
                set,
                kernel,
                #[inline(always)]
                |line| weight_map(set, line),
            );
            store_points(set, values, to.add(at), stride);
        }
    }
}

/// Transforms the gradients of the points of `rows` inputs of one panel back, and writes them as
/// the gradients of the weights, or adds them: `taps` as for [`weights`].
///
/// # Safety
/// The points are readable and the gradients writable by nobody else.
#[inline(always)]
pub(super) unsafe fn weight_gradient<I: InstructionSet>(
    set: I,
    rows: usize,
    from: *const f32,
    stride: usize,
    taps: [*mut f32; TAPS],
    add: bool,
) {
    for at in (0..rows * PANEL).step_by(I::LANES) {
        // SAFETY: the caller's.
        unsafe {
            let values = load_points(set, from.add(at), stride);
            let values = both_ways(
                set,
                values,
                #[inline(always)]
                |line| weight_gradient_map(set, line),
            );
            for row in 0..3 {
                for column in 0..3 {
                    let to = taps[row * 3 + column].add(at);
                    let mut value = values[row][column];
                    if add {
                        value = set.add(set.load(to), value);
                    }
                    set.store(value, to);
                }
            }
        }
    }
}

/// The positions where these rows and columns meet.
///
/// # Safety
/// They are readable.
#[inline(always)]
unsafe fn load_tile<I: InstructionSet, const N: usize>(
    set: I,
    from: *const f32,
    rows: [usize; N],
    columns: [usize; N],
) -> [[I::Vector; N]; N] {
    let mut values = [[set.splat(0.0); N]; N];
    for row in 0..N {
        for column in 0..N {
            // SAFETY: the caller's.
            values[row][column] = unsafe { set.load(from.add(rows[row] + columns[column])) };
        }
    }
    values
}

/// The points of a tile, `stride` numbers apart.
///
/// # Safety
/// They are readable from `from` on.
#[inline(always)]
unsafe fn load_points<I: InstructionSet>(
    set: I,
    from: *const f32,
    stride: usize,
) -> [[I::Vector; WIDE]; WIDE] {
    let mut values = [[set.splat(0.0); WIDE]; WIDE];
    for row in 0..WIDE {
        for column in 0..WIDE {
            // SAFETY: the caller's.
            values[row][column] = unsafe { set.load(from.add((row * WIDE + column) * stride)) };
        }
    }
    values
}

/// Writes the points of a tile, `stride` numbers apart.
///
/// # Safety
/// They are writable from `to` on.
#[inline(always)]
unsafe fn store_points<I: InstructionSet>(
    set: I,
    values: [[I::Vector; WIDE]; WIDE],
    to: *mut f32,
    stride: usize,
) {
    for row in 0..WIDE {
        for column in 0..WIDE {
            // SAFETY: the caller's.
            unsafe { set.store(values[row][column], to.add((row * WIDE + column) * stride)) };
        }
    }
}
