//! The tiles of [`gemm`](super) in the registers of AVX-512: twelve rows by sixteen columns, one
//! vector a row.
//!
//! Every sum has the same terms in the same order as in the narrow tiles, so that the results are
//! the same to the last bit: a study does not depend on which of the two a machine has.

use std::arch::x86_64::{
    _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
};

use super::{COLUMNS, RowSlice, Taps};

/// Rows of a tile.
pub(super) const ROWS: usize = 12;

/// # Safety
/// The processor has AVX-512F. Otherwise as [`multiply`](super::multiply) asserts, for sixteen
/// columns and twelve rows from `first`.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn multiply_tile<const ADD: bool>(
    rows: RowSlice<'_>,
    first: usize,
    taps: Taps<'_>,
    x: *const f32,
    w: *const f32,
    y: *mut f32,
) {
    let mut sums = [_mm512_setzero_ps(); ROWS];
    let mut from = [x; ROWS];
    let mut to = [y; ROWS];
    let mut w = w;
    // SAFETY: the caller's.
    unsafe {
        for i in 0..ROWS {
            from[i] = x.add(rows.from[first + i] as usize);
            to[i] = y.add(rows.to[first + i] as usize);
            if ADD {
                sums[i] = _mm512_loadu_ps(to[i]);
            }
        }
        for &offset in taps.offsets {
            let mut at = from;
            for at in &mut at {
                *at = at.add(offset);
            }
            for k in 0..taps.run {
                let weights = _mm512_loadu_ps(w);
                for i in 0..ROWS {
                    sums[i] = _mm512_fmadd_ps(_mm512_set1_ps(*at[i].add(k)), weights, sums[i]);
                }
                w = w.add(COLUMNS);
            }
        }
        for i in 0..ROWS {
            _mm512_storeu_ps(to[i], sums[i]);
        }
    }
}

/// # Safety
/// The processor has AVX-512F. Otherwise as
/// [`accumulate_transposed`](super::accumulate_transposed) asserts, for twelve numbers of a row
/// from `x` on and sixteen columns.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn transposed_tile(
    rows: RowSlice<'_>,
    x: *const f32,
    dy: *const f32,
    dw: *mut f32,
    columns: usize,
) {
    let mut sums = [_mm512_setzero_ps(); ROWS];
    // SAFETY: the caller's.
    unsafe {
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = _mm512_loadu_ps(dw.add(i * columns));
        }
        for (&from, &to) in rows.from.iter().zip(rows.to) {
            let x = x.add(from as usize);
            let gradient = _mm512_loadu_ps(dy.add(to as usize));
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = _mm512_fmadd_ps(_mm512_set1_ps(*x.add(i)), gradient, *sum);
            }
        }
        for (i, &sum) in sums.iter().enumerate() {
            _mm512_storeu_ps(dw.add(i * columns), sum);
        }
    }
}
