use super::Real;
use crate::layout::Layout;

/// `out = a + b`.
#[inline(always)]
pub(crate) fn forward<T: Real>(a: &[T], b: &[T], out: &mut [T]) {
    for ((&a, &b), out) in a.iter().zip(b).zip(out) {
        *out = a + b;
    }
}

/// `sum += x`.
#[inline(always)]
pub(crate) fn accumulate<T: Real>(x: &[T], sum: &mut [T]) {
    for (&x, sum) in x.iter().zip(sum) {
        *sum += x;
    }
}

/// Adds one number per channel to every position, in place.
#[inline(always)]
pub(crate) fn bias<T: Real>(layout: &Layout, images: usize, bias: &[T], y: &mut [T]) {
    for row in (0..images).flat_map(|image| layout.rows(image)) {
        for position in y[row].chunks_exact_mut(layout.pitch) {
            accumulate(bias, position);
        }
    }
}

/// Adds the gradient of the bias: the sum over all positions.
#[inline(always)]
pub(crate) fn bias_backward<T: Real>(layout: &Layout, images: usize, dy: &[T], gradient: &mut [T]) {
    for row in (0..images).flat_map(|image| layout.rows(image)) {
        for position in dy[row].chunks_exact(layout.pitch) {
            accumulate(position, gradient);
        }
    }
}
