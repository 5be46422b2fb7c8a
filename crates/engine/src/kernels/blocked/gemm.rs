//! Matrix products in the registers: the inner loops of all convolutions.
//!
//! Columns come in panels of sixteen, the numbers of a cache line. A tile of a few rows by one or
//! two panels is summed in registers, each sum in the order of its terms whatever the tile, so
//! that all sets of instructions with the same rounding give the same bits.

use crate::kernels::instructions::{InstructionSet, MAX_ROWS};
use crate::layout::Layout;

/// Columns of a panel.
pub(super) const PANEL: usize = Layout::LANES;

/// The operand of a row: runs of `run` numbers, each `offset` after the row's start.
#[derive(Clone, Copy)]
pub(super) struct Taps<'a> {
    pub offsets: &'a [usize],
    pub run: usize,
}

impl Taps<'_> {
    /// Numbers of a row.
    pub fn depth(&self) -> usize {
        self.offsets.len() * self.run
    }

    /// Numbers from a row's start to the end of its last run.
    pub fn reach(&self) -> usize {
        let last = self.offsets.iter().max();
        last.map_or(0, |&offset| offset + self.run)
    }
}

/// Panels of an operand: where the first starts, and the numbers from one to the next.
#[derive(Clone, Copy)]
pub(super) struct Panels<T> {
    pub start: T,
    pub stride: usize,
}

/// `y[row] = x[row] * w`, or `+=`, for `rows` rows and `panels` panels of columns. `place(row)`
/// says where a row's operand starts after `x` and its result after the panels of `y`.
///
/// # Safety
/// For all rows, taps and panels: the runs are readable, `w` has `taps.depth()` rows of sixteen
/// numbers a panel, and sixteen results a panel are writable and apart from the operands.
#[allow(clippy::too_many_arguments, reason = "the operands of a product")]
#[inline(always)]
pub(super) unsafe fn multiply<I: InstructionSet>(
    set: I,
    rows: usize,
    place: impl Fn(usize) -> (usize, usize),
    taps: Taps<'_>,
    x: *const f32,
    w: Panels<*const f32>,
    y: Panels<*mut f32>,
    panels: usize,
    add: bool,
) {
    let product = Product {
        set,
        rows,
        place,
        taps,
        x,
    };
    let mut panel = 0;
    while panel < panels {
        let two = I::LANES == PANEL && panels - panel >= 2;
        // SAFETY: the caller's.
        unsafe {
            let w = Panels {
                start: w.start.add(panel * w.stride),
                ..w
            };
            let y = Panels {
                start: y.start.add(panel * y.stride),
                ..y
            };
            // Narrower vectors take two, wider ones two or one.
            match (two || I::LANES < PANEL, add) {
                (true, false) => product.columns::<2, false>(w, y),
                (true, true) => product.columns::<2, true>(w, y),
                (false, false) => product.columns::<1, false>(w, y),
                (false, true) => product.columns::<1, true>(w, y),
            }
        }
        panel += 1 + usize::from(two);
    }
}

/// Where vector `index` of a tile starts in panels this far apart.
#[inline(always)]
const fn column<I: InstructionSet>(index: usize, stride: usize) -> usize {
    index * I::LANES / PANEL * stride + index * I::LANES % PANEL
}

/// Calls `$method::<N, ...>` with `$count` as the constant `N`, from 1 to [`MAX_ROWS`].
macro_rules! by_count {
    ($count:expr, $N:ident => $call:expr) => {
        match $count {
            1 => {
                const $N: usize = 1;
                $call
            }
            2 => {
                const $N: usize = 2;
                $call
            }
            3 => {
                const $N: usize = 3;
                $call
            }
            4 => {
                const $N: usize = 4;
                $call
            }
            5 => {
                const $N: usize = 5;
                $call
            }
            6 => {
                const $N: usize = 6;
                $call
            }
            7 => {
                const $N: usize = 7;
                $call
            }
            _ => {
                const $N: usize = MAX_ROWS;
                $call
            }
        }
    };
}

struct Product<'a, I, P> {
    set: I,
    rows: usize,
    place: P,
    taps: Taps<'a>,
    x: *const f32,
}

impl<I: InstructionSet, P: Fn(usize) -> (usize, usize)> Product<'_, I, P> {
    /// All rows of the columns that `VECTORS` vectors hold.
    ///
    /// # Safety
    /// As [`multiply`] demands.
    #[inline(always)]
    unsafe fn columns<const VECTORS: usize, const ADD: bool>(
        &self,
        w: Panels<*const f32>,
        y: Panels<*mut f32>,
    ) {
        let mut first = 0;
        // SAFETY: the caller's.
        unsafe {
            while first + I::ROWS <= self.rows {
                by_count!(I::ROWS, N => self.tile::<N, VECTORS, ADD>(first, w, y));
                first += I::ROWS;
            }
            if first < self.rows {
                by_count!(self.rows - first, N => self.tile::<N, VECTORS, ADD>(first, w, y));
            }
        }
    }

    /// # Safety
    /// As [`multiply`] demands, of `N` rows from `first`.
    #[inline(always)]
    unsafe fn tile<const N: usize, const VECTORS: usize, const ADD: bool>(
        &self,
        first: usize,
        w: Panels<*const f32>,
        y: Panels<*mut f32>,
    ) {
        if N > I::ROWS {
            return; // never called: there are not so many rows left
        }
        let set = self.set;
        let mut sums = [[set.splat(0.0); VECTORS]; N];
        let mut from = [self.x; N];
        let mut to = [y.start; N];
        let mut weights = w.start;
        // SAFETY: the caller's.
        unsafe {
            for i in 0..N {
                let (start, result) = (self.place)(first + i);
                from[i] = self.x.add(start);
                to[i] = y.start.add(result);
                if ADD {
                    for v in 0..VECTORS {
                        sums[i][v] = set.load(to[i].add(column::<I>(v, y.stride)));
                    }
                }
            }
            for &offset in self.taps.offsets {
                let at = from.map(|row| row.add(offset));
                for k in 0..self.taps.run {
                    let mut line = [set.splat(0.0); VECTORS];
                    for (v, line) in line.iter_mut().enumerate() {
                        *line = set.load(weights.add(column::<I>(v, w.stride)));
                    }
                    for i in 0..N {
                        let value = set.splat(*at[i].add(k));
                        for v in 0..VECTORS {
                            sums[i][v] = set.mul_add(value, line[v], sums[i][v]);
                        }
                    }
                    weights = weights.add(PANEL);
                }
            }
            for i in 0..N {
                for v in 0..VECTORS {
                    set.store(sums[i][v], to[i].add(column::<I>(v, y.stride)));
                }
            }
        }
    }
}

/// The transposed product that weight gradients are: `sums[m] = sum over i of x[i][m] * d[i]`, or
/// `+=`, for `m` in `rows` and `panels` panels of columns. `x` is a panel of `count` rows, as are
/// the panels of `d`; those of `sums` have a row for each `m`.
///
/// # Safety
/// All of this is readable and, of the sums, writable and apart.
#[allow(clippy::too_many_arguments, reason = "the operands of a product")]
#[inline(always)]
pub(super) unsafe fn multiply_transposed<I: InstructionSet>(
    set: I,
    count: usize,
    rows: std::ops::Range<usize>,
    x: *const f32,
    d: Panels<*const f32>,
    sums: Panels<*mut f32>,
    panels: usize,
    add: bool,
) {
    let mut panel = 0;
    while panel < panels {
        let two = I::LANES == PANEL && panels - panel >= 2;
        let mut first = rows.start;
        while first < rows.end {
            let height = (rows.end - first).min(I::ROWS);
            // SAFETY: the caller's.
            unsafe {
                let x = x.add(first);
                let d = Panels {
                    start: d.start.add(panel * d.stride),
                    ..d
                };
                let sums = Panels {
                    start: sums.start.add(panel * sums.stride + first * PANEL),
                    ..sums
                };
                by_count!(height, N => match (two || I::LANES < PANEL, add) {
                    (true, false) => transposed_tile::<I, N, 2, false>(set, count, x, d, sums),
                    (true, true) => transposed_tile::<I, N, 2, true>(set, count, x, d, sums),
                    (false, false) => transposed_tile::<I, N, 1, false>(set, count, x, d, sums),
                    (false, true) => transposed_tile::<I, N, 1, true>(set, count, x, d, sums),
                });
            }
            first += height;
        }
        panel += 1 + usize::from(two);
    }
}

/// # Safety
/// As [`multiply_transposed`] demands, of `N` rows.
#[inline(always)]
unsafe fn transposed_tile<
    I: InstructionSet,
    const N: usize,
    const VECTORS: usize,
    const ADD: bool,
>(
    set: I,
    count: usize,
    x: *const f32,
    d: Panels<*const f32>,
    to: Panels<*mut f32>,
) {
    if N > I::ROWS {
        return; // never called: there are not so many rows left
    }
    let mut sums = [[set.splat(0.0); VECTORS]; N];
    // SAFETY: the caller's.
    unsafe {
        if ADD {
            for (i, sums) in sums.iter_mut().enumerate() {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = set.load(to.start.add(i * PANEL + column::<I>(v, to.stride)));
                }
            }
        }
        for row in 0..count {
            let (x, d_row) = (x.add(row * PANEL), d.start.add(row * PANEL));
            let mut line = [set.splat(0.0); VECTORS];
            for (v, line) in line.iter_mut().enumerate() {
                *line = set.load(d_row.add(column::<I>(v, d.stride)));
            }
            for (i, sums) in sums.iter_mut().enumerate() {
                let value = set.splat(*x.add(i));
                for v in 0..VECTORS {
                    sums[v] = set.mul_add(value, line[v], sums[v]);
                }
            }
        }
        for (i, sums) in sums.into_iter().enumerate() {
            for (v, sum) in sums.into_iter().enumerate() {
                set.store(sum, to.start.add(i * PANEL + column::<I>(v, to.stride)));
            }
        }
    }
}
