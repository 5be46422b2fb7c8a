//! The linear maps of F(4x4, 3x3): eight channels at a time, columns first, then rows.

use std::arch::x86_64::{
    __m256, _mm256_add_ps, _mm256_fmadd_ps, _mm256_fnmadd_ps, _mm256_loadu_ps, _mm256_mul_ps,
    _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps, _mm256_sub_ps,
};

use super::{Avx2, POINTS, TAPS};
use crate::layout::Layout;

const LANES: usize = Layout::LANES;
/// Inputs and points along a side of a tile.
const WIDE: usize = 6;

/// A tile of outputs: at most 4x4, fewer where the map ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile {
    pub image: usize,
    pub row: usize,
    pub column: usize,
    pub rows: usize,
    pub columns: usize,
}

/// Applies a map of `N` to `M` vectors to the columns of a tile and then to its rows.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn both_ways<const N: usize, const M: usize>(
    tile: [[__m256; N]; N],
    map: impl Fn([__m256; N]) -> [__m256; M],
) -> [[__m256; M]; M] {
    let zero = _mm256_setzero_ps();
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
#[inline]
#[target_feature(enable = "avx2,fma")]
fn input_map(d: [__m256; 6]) -> [__m256; 6] {
    let (two, four, five) = (
        _mm256_set1_ps(2.0),
        _mm256_set1_ps(4.0),
        _mm256_set1_ps(5.0),
    );
    let a = _mm256_fnmadd_ps(four, d[2], d[4]);
    let b = _mm256_fnmadd_ps(four, d[1], d[3]);
    let c = _mm256_sub_ps(d[4], d[2]);
    let e = _mm256_mul_ps(two, _mm256_sub_ps(d[3], d[1]));
    [
        _mm256_fmadd_ps(four, d[0], _mm256_fnmadd_ps(five, d[2], d[4])),
        _mm256_add_ps(a, b),
        _mm256_sub_ps(a, b),
        _mm256_add_ps(c, e),
        _mm256_sub_ps(c, e),
        _mm256_fmadd_ps(four, d[1], _mm256_fnmadd_ps(five, d[3], d[5])),
    ]
}

/// `A^T`: points to outputs.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn output_map(m: [__m256; 6]) -> [__m256; 4] {
    let (two, four, eight) = (
        _mm256_set1_ps(2.0),
        _mm256_set1_ps(4.0),
        _mm256_set1_ps(8.0),
    );
    let (a, b) = (_mm256_add_ps(m[1], m[2]), _mm256_sub_ps(m[1], m[2]));
    let (c, d) = (_mm256_add_ps(m[3], m[4]), _mm256_sub_ps(m[3], m[4]));
    [
        _mm256_add_ps(m[0], _mm256_add_ps(a, c)),
        _mm256_fmadd_ps(two, d, b),
        _mm256_fmadd_ps(four, c, a),
        _mm256_add_ps(m[5], _mm256_fmadd_ps(eight, d, b)),
    ]
}

/// `A`: gradients of outputs to gradients of points.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn gradient_map(y: [__m256; 4]) -> [__m256; 6] {
    let (two, four, eight) = (
        _mm256_set1_ps(2.0),
        _mm256_set1_ps(4.0),
        _mm256_set1_ps(8.0),
    );
    let (even, odd) = (_mm256_add_ps(y[0], y[2]), _mm256_add_ps(y[1], y[3]));
    let even2 = _mm256_fmadd_ps(four, y[2], y[0]);
    let odd2 = _mm256_fmadd_ps(eight, y[3], _mm256_mul_ps(two, y[1]));
    [
        y[0],
        _mm256_add_ps(even, odd),
        _mm256_sub_ps(even, odd),
        _mm256_add_ps(even2, odd2),
        _mm256_sub_ps(even2, odd2),
        y[3],
    ]
}

/// `G`: weights to points.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn weight_map(g: [__m256; 3]) -> [__m256; 6] {
    let sixth = _mm256_set1_ps(-1.0 / 6.0);
    let even = _mm256_add_ps(g[0], g[2]);
    let a = _mm256_fmadd_ps(
        _mm256_set1_ps(1.0 / 24.0),
        g[0],
        _mm256_mul_ps(_mm256_set1_ps(1.0 / 6.0), g[2]),
    );
    let b = _mm256_mul_ps(_mm256_set1_ps(1.0 / 12.0), g[1]);
    [
        _mm256_mul_ps(_mm256_set1_ps(0.25), g[0]),
        _mm256_mul_ps(sixth, _mm256_add_ps(even, g[1])),
        _mm256_mul_ps(sixth, _mm256_sub_ps(even, g[1])),
        _mm256_add_ps(a, b),
        _mm256_sub_ps(a, b),
        g[2],
    ]
}

/// `G^T`: gradients of points to gradients of weights.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn weight_gradient_map(p: [__m256; 6]) -> [__m256; 3] {
    let sixth = _mm256_set1_ps(1.0 / 6.0);
    let (a, b) = (_mm256_add_ps(p[1], p[2]), _mm256_sub_ps(p[2], p[1]));
    let (c, d) = (_mm256_add_ps(p[3], p[4]), _mm256_sub_ps(p[3], p[4]));
    let rest = _mm256_fnmadd_ps(sixth, a, _mm256_mul_ps(_mm256_set1_ps(1.0 / 24.0), c));
    [
        _mm256_fmadd_ps(_mm256_set1_ps(0.25), p[0], rest),
        _mm256_fmadd_ps(sixth, b, _mm256_mul_ps(_mm256_set1_ps(1.0 / 12.0), d)),
        _mm256_fmadd_ps(sixth, _mm256_sub_ps(c, a), p[5]),
    ]
}

/// Transforms the inputs of `tiles`: point by point, tile by tile (`block` places), all channels.
///
/// # Panics
/// If the maps have no border, or an operand is shorter than its layout says.
pub(super) fn input(
    _proof: Avx2,
    layout: &Layout,
    x: &[f32],
    tiles: &[Tile],
    points: &mut [f32],
    block: usize,
) {
    check(layout, x, tiles, points, block);
    assert!(layout.border >= 1);
    // SAFETY: `_proof` shows that the processor has the features; `check` that tiles lie on the
    // maps and points have room; a tile's inputs reach one position beyond it, into the border.
    unsafe { input_tiles(layout, x.as_ptr(), tiles, points.as_mut_ptr(), block) }
}

/// # Safety
/// As [`input`] checks.
#[target_feature(enable = "avx2,fma")]
unsafe fn input_tiles(
    layout: &Layout,
    x: *const f32,
    tiles: &[Tile],
    points: *mut f32,
    block: usize,
) {
    let pitch = layout.pitch;
    for (place, tile) in tiles.iter().enumerate() {
        let start =
            layout.at(tile.image, tile.row, tile.column) - layout.row_stride() - layout.pitch;
        for channel in (0..pitch).step_by(LANES) {
            let size = (tile.rows + 2, tile.columns + 2);
            // SAFETY: the caller's.
            unsafe {
                let values = load_tile::<WIDE>(layout, x.add(start + channel), size);
                let values = both_ways(values, |line| input_map(line));
                store_points(values, points.add(place * pitch + channel), block * pitch);
            }
        }
    }
}

/// Transforms the gradients of the outputs of `tiles`, laid out as [`input`] does.
///
/// # Panics
/// If an operand is shorter than its layout says.
pub(super) fn gradient(
    _proof: Avx2,
    layout: &Layout,
    dy: &[f32],
    tiles: &[Tile],
    points: &mut [f32],
    block: usize,
) {
    check(layout, dy, tiles, points, block);
    // SAFETY: `_proof` shows that the processor has the features; `check` that tiles lie on the
    // maps and points have room.
    unsafe { gradient_tiles(layout, dy.as_ptr(), tiles, points.as_mut_ptr(), block) }
}

/// # Safety
/// As [`gradient`] checks.
#[target_feature(enable = "avx2,fma")]
unsafe fn gradient_tiles(
    layout: &Layout,
    dy: *const f32,
    tiles: &[Tile],
    points: *mut f32,
    block: usize,
) {
    let pitch = layout.pitch;
    for (place, tile) in tiles.iter().enumerate() {
        let start = layout.at(tile.image, tile.row, tile.column);
        for channel in (0..pitch).step_by(LANES) {
            let size = (tile.rows, tile.columns);
            // SAFETY: the caller's.
            unsafe {
                let values = load_tile::<4>(layout, dy.add(start + channel), size);
                let values = both_ways(values, |line| gradient_map(line));
                store_points(values, points.add(place * pitch + channel), block * pitch);
            }
        }
    }
}

/// Transforms points back to outputs, and writes or adds them.
///
/// # Panics
/// If an operand is shorter than its layout says.
pub(super) fn output(
    _proof: Avx2,
    layout: &Layout,
    points: &[f32],
    tiles: &[Tile],
    y: &mut [f32],
    block: usize,
    add: bool,
) {
    check(layout, y, tiles, points, block);
    // SAFETY: `_proof` shows that the processor has the features; `check` that tiles lie on the
    // maps and all points are there.
    unsafe { output_tiles(layout, points.as_ptr(), tiles, y.as_mut_ptr(), block, add) }
}

/// # Safety
/// As [`output`] checks.
#[target_feature(enable = "avx2,fma")]
unsafe fn output_tiles(
    layout: &Layout,
    points: *const f32,
    tiles: &[Tile],
    y: *mut f32,
    block: usize,
    add: bool,
) {
    let pitch = layout.pitch;
    for (place, tile) in tiles.iter().enumerate() {
        let start = layout.at(tile.image, tile.row, tile.column);
        for channel in (0..pitch).step_by(LANES) {
            // SAFETY: the caller's.
            unsafe {
                let values = load_points(points.add(place * pitch + channel), block * pitch);
                let values = both_ways(values, |line| output_map(line));
                for (row, line) in values.iter().enumerate().take(tile.rows) {
                    for (column, &value) in line.iter().enumerate().take(tile.columns) {
                        let at = start + row * layout.row_stride() + column * pitch + channel;
                        let to = y.add(at);
                        let sum = if add {
                            _mm256_add_ps(_mm256_loadu_ps(to), value)
                        } else {
                            value
                        };
                        _mm256_storeu_ps(to, sum);
                    }
                }
            }
        }
    }
}

/// Eight channels of the first `rows` and `columns` positions of a tile, zero beyond.
///
/// # Safety
/// These positions are readable from `from` on, in this layout.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn load_tile<const N: usize>(
    layout: &Layout,
    from: *const f32,
    (rows, columns): (usize, usize),
) -> [[__m256; N]; N] {
    let (stride, pitch) = (layout.row_stride(), layout.pitch);
    let mut values = [[_mm256_setzero_ps(); N]; N];
    // SAFETY: the caller's.
    unsafe {
        if rows == N && columns == N {
            // By far the most tiles: loops that the compiler can unroll.
            for (row, line) in values.iter_mut().enumerate() {
                for (column, value) in line.iter_mut().enumerate() {
                    *value = _mm256_loadu_ps(from.add(row * stride + column * pitch));
                }
            }
        } else {
            for (row, line) in values.iter_mut().enumerate().take(rows) {
                for (column, value) in line.iter_mut().enumerate().take(columns) {
                    *value = _mm256_loadu_ps(from.add(row * stride + column * pitch));
                }
            }
        }
    }
    values
}

/// The points of a tile, `stride` numbers apart.
///
/// # Safety
/// They are readable from `from` on.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn load_points(from: *const f32, stride: usize) -> [[__m256; WIDE]; WIDE] {
    let mut values = [[_mm256_setzero_ps(); WIDE]; WIDE];
    for (row, line) in values.iter_mut().enumerate() {
        for (column, value) in line.iter_mut().enumerate() {
            // SAFETY: the caller's.
            *value = unsafe { _mm256_loadu_ps(from.add((row * WIDE + column) * stride)) };
        }
    }
    values
}

/// Writes the points of a tile, `stride` numbers apart.
///
/// # Safety
/// They are writable from `to` on.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn store_points(values: [[__m256; WIDE]; WIDE], to: *mut f32, stride: usize) {
    for (row, line) in values.iter().enumerate() {
        for (column, &value) in line.iter().enumerate() {
            // SAFETY: the caller's.
            unsafe { _mm256_storeu_ps(to.add((row * WIDE + column) * stride), value) };
        }
    }
}

/// Asserts that the tiles lie on the maps, and that both operands are long enough.
fn check(layout: &Layout, maps: &[f32], tiles: &[Tile], points: &[f32], block: usize) {
    assert!(layout.pitch.is_multiple_of(LANES));
    assert!(tiles.len() <= block && points.len() >= POINTS * block * layout.pitch);
    for tile in tiles {
        assert!(tile.row + tile.rows <= layout.height && tile.rows <= 4);
        assert!(tile.column + tile.columns <= layout.width && tile.columns <= 4);
        assert!(layout.len(tile.image + 1) <= maps.len());
    }
}

/// Transforms weights (tap, input, output) into one matrix per point. `place(input, output)` is
/// where eight outputs stand in a matrix.
///
/// # Panics
/// If there are fewer weights, the outputs are not whole vectors, or a place is not in the matrix.
pub(super) fn weights(
    _proof: Avx2,
    weights: &[f32],
    (inputs, outputs): (usize, usize),
    points: &mut [f32],
    place: impl Fn(usize, usize) -> usize,
) {
    let size = inputs * outputs;
    assert!(outputs.is_multiple_of(LANES));
    assert!(weights.len() >= TAPS * size && points.len() >= POINTS * size);
    for input in 0..inputs {
        for output in (0..outputs).step_by(LANES) {
            let place = place(input, output);
            assert!(place + LANES <= size);
            // SAFETY: `_proof` shows that the processor has the features; all weights are there,
            // and the place is in each of the points' matrices.
            unsafe {
                let from = weights.as_ptr().add(input * outputs + output);
                weight_vector(from, points.as_mut_ptr().add(place), size);
            }
        }
    }
}

/// # Safety
/// The taps are readable and the points writable, each `size` numbers from the last.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn weight_vector(from: *const f32, to: *mut f32, size: usize) {
    let mut kernel = [[_mm256_setzero_ps(); 3]; 3];
    // SAFETY: the caller's.
    unsafe {
        for (row, line) in kernel.iter_mut().enumerate() {
            for (column, value) in line.iter_mut().enumerate() {
                *value = _mm256_loadu_ps(from.add((row * 3 + column) * size));
            }
        }
        store_points(both_ways(kernel, |line| weight_map(line)), to, size);
    }
}

/// Transforms gradients of points, each a matrix of `size` numbers, and adds them to the gradients
/// of the taps.
///
/// # Panics
/// If there are fewer numbers, or `size` is no whole number of vectors.
pub(super) fn weight_gradient(_proof: Avx2, points: &[f32], dw: &mut [f32], size: usize) {
    assert!(size.is_multiple_of(LANES));
    assert!(points.len() >= POINTS * size && dw.len() >= TAPS * size);
    // SAFETY: `_proof` shows that the processor has the features; all numbers are there.
    unsafe { weight_gradient_vectors(points.as_ptr(), dw.as_mut_ptr(), size) }
}

/// # Safety
/// As [`weight_gradient`] checks.
#[target_feature(enable = "avx2,fma")]
unsafe fn weight_gradient_vectors(points: *const f32, dw: *mut f32, size: usize) {
    for start in (0..size).step_by(LANES) {
        // SAFETY: the caller's.
        unsafe {
            let values = load_points(points.add(start), size);
            let values = both_ways(values, |line| weight_gradient_map(line));
            for (row, line) in values.iter().enumerate() {
                for (column, &value) in line.iter().enumerate() {
                    let to = dw.add((row * 3 + column) * size + start);
                    _mm256_storeu_ps(to, _mm256_add_ps(_mm256_loadu_ps(to), value));
                }
            }
        }
    }
}
