//! Matrix products whose rows are found through a table: the one inner loop of all convolutions.
//!
//! A convolution is the product of a matrix of windows and the matrix of weights. The windows are
//! not copied out ("im2col"): a table says where each starts, and a row of a window is a run of
//! numbers because channels are fastest (compare Dukhan, "The indirect convolution algorithm",
//! 2019). Six rows by sixteen columns of the result stay in twelve of the sixteen registers; with
//! AVX-512, twelve rows ([`wide`]).

mod wide;

use std::arch::x86_64::{
    __m256, _mm256_broadcast_ss, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_setzero_ps,
    _mm256_storeu_ps,
};

use super::Avx2;

/// Columns of a full tile: two vectors.
pub(super) const COLUMNS: usize = 16;
const LANES: usize = 8;
const ROWS: usize = 6;

/// Packed weights of one block of columns that take at most this many bytes stay in the cache
/// while blocks of a few rows pass.
const RESIDENT: usize = 200 * 1024;

/// For each row of a product, where its operand starts and where its result does.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub from: Vec<u32>,
    pub to: Vec<u32>,
}

impl Rows {
    pub fn push(&mut self, from: usize, to: usize) {
        let index = |at: usize| u32::try_from(at).expect("a batch of under 2^32 numbers");
        self.from.push(index(from));
        self.to.push(index(to));
    }

    /// Rows `i` at `i * from` and `i * to`.
    pub fn regular(count: usize, from: usize, to: usize) -> Self {
        let mut rows = Self::default();
        for row in 0..count {
            rows.push(row * from, row * to);
        }
        rows
    }

    pub fn bytes(&self) -> usize {
        (self.from.len() + self.to.len()) * size_of::<u32>()
    }

    pub fn first(&self, count: usize) -> RowSlice<'_> {
        RowSlice {
            from: &self.from[..count],
            to: &self.to[..count],
        }
    }
}

/// Some of the [`Rows`].
#[derive(Clone, Copy)]
pub(super) struct RowSlice<'a> {
    from: &'a [u32],
    to: &'a [u32],
}

impl<'a> RowSlice<'a> {
    fn len(&self) -> usize {
        self.from.len()
    }

    fn range(&self, start: usize, end: usize) -> RowSlice<'a> {
        RowSlice {
            from: &self.from[start..end],
            to: &self.to[start..end],
        }
    }
}

/// The operand of a row: runs of `run` numbers, each `tap` after the row's start.
#[derive(Clone, Copy)]
pub(super) struct Taps<'a> {
    pub offsets: &'a [usize],
    pub run: usize,
}

impl Taps<'_> {
    /// Numbers of a row.
    fn depth(&self) -> usize {
        self.offsets.len() * self.run
    }

    /// Numbers from a row's start to the end of its last run.
    fn reach(&self) -> usize {
        let last = self.offsets.iter().max();
        last.map_or(0, |&offset| offset + self.run)
    }
}

/// Numbers of `depth` rows of `columns` weights as [`pack`] lays them out.
pub(super) fn packed_len(depth: usize, columns: usize) -> usize {
    depth * columns
}

/// Lays weights out for [`multiply`]: block by block of sixteen columns (the last may be eight),
/// each block row by row. `rows` says where each row of the matrix starts in `weights`.
pub(super) fn pack(
    weights: &[f32],
    rows: &(impl Iterator<Item = usize> + Clone),
    columns: usize,
    packed: &mut [f32],
) {
    let mut packed = packed;
    for start in (0..columns).step_by(COLUMNS) {
        let width = COLUMNS.min(columns - start);
        for row in rows.clone() {
            let (place, rest) = packed.split_at_mut(width);
            place.copy_from_slice(&weights[row + start..row + start + width]);
            packed = rest;
        }
    }
}

/// `y[row] = x[row] * w` for each row, or `+=`. `columns` is a multiple of eight.
///
/// # Panics
/// If the operands are shorter than rows and taps say.
#[allow(clippy::too_many_arguments, reason = "the operands of a product")]
pub(super) fn multiply(
    proof: Avx2,
    rows: RowSlice<'_>,
    taps: Taps<'_>,
    x: &[f32],
    w: &[f32],
    y: &mut [f32],
    columns: usize,
    add: bool,
) {
    assert_eq!(columns % LANES, 0);
    assert!(w.len() >= taps.depth() * columns);
    // Millions of multiplications follow each pair of these comparisons.
    for (&from, &to) in rows.from.iter().zip(rows.to) {
        assert!(from as usize + taps.reach() <= x.len() && to as usize + columns <= y.len());
    }
    let (x, w, y) = (x.as_ptr(), w.as_ptr(), y.as_mut_ptr());
    // SAFETY: `proof` shows that the processor has the features; the assertions above are the
    // bounds of everything that is read or written.
    unsafe {
        if add {
            multiply_blocks::<true>(proof, rows, taps, x, w, y, columns);
        } else {
            multiply_blocks::<false>(proof, rows, taps, x, w, y, columns);
        }
    }
}

/// # Safety
/// As [`multiply`] asserts.
#[target_feature(enable = "avx2,fma")]
unsafe fn multiply_blocks<const ADD: bool>(
    proof: Avx2,
    rows: RowSlice<'_>,
    taps: Taps<'_>,
    x: *const f32,
    w: *const f32,
    y: *mut f32,
    columns: usize,
) {
    let block = taps.depth() * COLUMNS;
    // Either the windows of a few rows stay in the cache while all weights pass, or one block of
    // weights while all windows pass.
    let panel = if block * size_of::<f32>() <= RESIDENT {
        8 * ROWS
    } else {
        rows.len().max(1)
    };
    for start in (0..rows.len()).step_by(panel) {
        let rows = rows.range(start, (start + panel).min(rows.len()));
        for column in (0..columns).step_by(COLUMNS) {
            // SAFETY: the caller's; blocks of columns follow each other in the packed weights.
            unsafe {
                let w = w.add(column * taps.depth());
                let y = y.add(column);
                if columns - column >= COLUMNS {
                    multiply_panel::<2, ADD>(proof, rows, taps, x, w, y);
                } else {
                    multiply_panel::<1, ADD>(proof, rows, taps, x, w, y);
                }
            }
        }
    }
}

/// # Safety
/// As [`multiply`] asserts, for `VECTORS * LANES` columns.
#[target_feature(enable = "avx2,fma")]
unsafe fn multiply_panel<const VECTORS: usize, const ADD: bool>(
    proof: Avx2,
    rows: RowSlice<'_>,
    taps: Taps<'_>,
    x: *const f32,
    w: *const f32,
    y: *mut f32,
) {
    let mut row = 0;
    // SAFETY: the caller's; the rows of each tile are within `rows`.
    unsafe {
        if VECTORS == 2 && proof.wide() {
            while row + wide::ROWS <= rows.len() {
                wide::multiply_tile::<ADD>(rows, row, taps, x, w, y);
                row += wide::ROWS;
            }
        }
        while row + ROWS <= rows.len() {
            multiply_tile::<ROWS, VECTORS, ADD>(rows, row, taps, x, w, y);
            row += ROWS;
        }
        match rows.len() - row {
            5 => multiply_tile::<5, VECTORS, ADD>(rows, row, taps, x, w, y),
            4 => multiply_tile::<4, VECTORS, ADD>(rows, row, taps, x, w, y),
            3 => multiply_tile::<3, VECTORS, ADD>(rows, row, taps, x, w, y),
            2 => multiply_tile::<2, VECTORS, ADD>(rows, row, taps, x, w, y),
            1 => multiply_tile::<1, VECTORS, ADD>(rows, row, taps, x, w, y),
            _ => {}
        }
    }
}

/// # Safety
/// As [`multiply`] asserts, for `VECTORS * LANES` columns and `N` rows from `first`.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn multiply_tile<const N: usize, const VECTORS: usize, const ADD: bool>(
    rows: RowSlice<'_>,
    first: usize,
    taps: Taps<'_>,
    x: *const f32,
    w: *const f32,
    y: *mut f32,
) {
    let mut sums = [[_mm256_setzero_ps(); VECTORS]; N];
    let mut from = [x; N];
    let mut to = [y; N];
    let mut w = w;
    // SAFETY: the caller's.
    unsafe {
        for i in 0..N {
            from[i] = x.add(rows.from[first + i] as usize);
            to[i] = y.add(rows.to[first + i] as usize);
            if ADD {
                sums[i] = load::<VECTORS>(to[i]);
            }
        }
        for &offset in taps.offsets {
            let mut at = from;
            for at in &mut at {
                *at = at.add(offset);
            }
            for k in 0..taps.run {
                let weights = load::<VECTORS>(w);
                for i in 0..N {
                    let value = _mm256_broadcast_ss(&*at[i].add(k));
                    for v in 0..VECTORS {
                        sums[i][v] = _mm256_fmadd_ps(value, weights[v], sums[i][v]);
                    }
                }
                w = w.add(VECTORS * LANES);
            }
        }
        for i in 0..N {
            store(to[i], sums[i]);
        }
    }
}

/// `dw[m] += sum over rows of x[row + m] * dy[row]`, for `depth` numbers of each row and `columns`
/// of its gradient, a multiple of eight: the transposed product that weight gradients are.
///
/// `dw` has `depth` rows of `columns`. Each of its numbers is summed over `block` rows at a time.
///
/// # Panics
/// If the operands are shorter than the rows say.
#[allow(clippy::too_many_arguments, reason = "the operands of a product")]
pub(super) fn accumulate_transposed(
    proof: Avx2,
    rows: RowSlice<'_>,
    depths: Taps<'_>,
    x: &[f32],
    dy: &[f32],
    dw: &mut [f32],
    columns: usize,
    block: usize,
) {
    assert_eq!(columns % LANES, 0);
    assert!(dw.len() >= depths.depth() * columns);
    for (&from, &to) in rows.from.iter().zip(rows.to) {
        assert!(from as usize + depths.reach() <= x.len() && to as usize + columns <= dy.len());
    }
    for start in (0..rows.len()).step_by(block) {
        let rows = rows.range(start, (start + block).min(rows.len()));
        for (tap, &offset) in depths.offsets.iter().enumerate() {
            let mut m = 0;
            while m < depths.run {
                let wide = proof.wide() && depths.run - m >= wide::ROWS;
                let count = if wide {
                    wide::ROWS
                } else {
                    ROWS.min(depths.run - m)
                };
                for column in (0..columns).step_by(COLUMNS) {
                    // SAFETY: `proof` shows that the processor has the features; the assertions
                    // above are the bounds of everything that is read or written.
                    unsafe {
                        let x = x.as_ptr().add(offset + m);
                        let dy = dy.as_ptr().add(column);
                        let row = (tap * depths.run + m) * columns;
                        let dw = dw.as_mut_ptr().add(row + column);
                        if columns - column < COLUMNS {
                            for half in (0..count).step_by(ROWS) {
                                let count = ROWS.min(count - half);
                                let dw = dw.add(half * columns);
                                transposed_tiles::<1>(count, rows, x.add(half), dy, dw, columns);
                            }
                        } else if wide {
                            wide::transposed_tile(rows, x, dy, dw, columns);
                        } else {
                            transposed_tiles::<2>(count, rows, x, dy, dw, columns);
                        }
                    }
                }
                m += count;
            }
        }
    }
}

/// # Safety
/// As [`accumulate_transposed`] asserts, for `count` numbers of a row from `x` on and
/// `VECTORS * LANES` columns.
#[target_feature(enable = "avx2,fma")]
unsafe fn transposed_tiles<const VECTORS: usize>(
    count: usize,
    rows: RowSlice<'_>,
    x: *const f32,
    dy: *const f32,
    dw: *mut f32,
    columns: usize,
) {
    // SAFETY: the caller's.
    unsafe {
        match count {
            1 => transposed_tile::<1, VECTORS>(rows, x, dy, dw, columns),
            2 => transposed_tile::<2, VECTORS>(rows, x, dy, dw, columns),
            3 => transposed_tile::<3, VECTORS>(rows, x, dy, dw, columns),
            4 => transposed_tile::<4, VECTORS>(rows, x, dy, dw, columns),
            5 => transposed_tile::<5, VECTORS>(rows, x, dy, dw, columns),
            _ => transposed_tile::<ROWS, VECTORS>(rows, x, dy, dw, columns),
        }
    }
}

/// # Safety
/// As [`transposed_tiles`] demands, with `N` as the count.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn transposed_tile<const N: usize, const VECTORS: usize>(
    rows: RowSlice<'_>,
    x: *const f32,
    dy: *const f32,
    dw: *mut f32,
    columns: usize,
) {
    let mut sums = [[_mm256_setzero_ps(); VECTORS]; N];
    // SAFETY: the caller's.
    unsafe {
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = load::<VECTORS>(dw.add(i * columns));
        }
        for (&from, &to) in rows.from.iter().zip(rows.to) {
            let x = x.add(from as usize);
            let gradient = load::<VECTORS>(dy.add(to as usize));
            for (i, sum) in sums.iter_mut().enumerate() {
                let value = _mm256_broadcast_ss(&*x.add(i));
                for v in 0..VECTORS {
                    sum[v] = _mm256_fmadd_ps(value, gradient[v], sum[v]);
                }
            }
        }
        for (i, sum) in sums.into_iter().enumerate() {
            store(dw.add(i * columns), sum);
        }
    }
}

/// # Safety
/// `VECTORS * LANES` numbers are readable.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn load<const VECTORS: usize>(from: *const f32) -> [__m256; VECTORS] {
    let mut vectors = [_mm256_setzero_ps(); VECTORS];
    for (v, vector) in vectors.iter_mut().enumerate() {
        // SAFETY: the caller's.
        *vector = unsafe { _mm256_loadu_ps(from.add(v * LANES)) };
    }
    vectors
}

/// # Safety
/// `VECTORS * LANES` numbers are writable.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn store<const VECTORS: usize>(to: *mut f32, vectors: [__m256; VECTORS]) {
    for (v, vector) in vectors.into_iter().enumerate() {
        // SAFETY: the caller's.
        unsafe { _mm256_storeu_ps(to.add(v * LANES), vector) };
    }
}
