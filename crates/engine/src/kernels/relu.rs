use super::{Real, ramp};

/// `out = max(x, 0)`.
#[inline(always)]
pub(crate) fn forward<T: Real>(x: &[T], out: &mut [T]) {
    for (&x, out) in x.iter().zip(out) {
        *out = ramp(x);
    }
}

/// Keeps the gradient where the output is positive.
#[inline(always)]
pub(crate) fn backward<T: Real>(out: &[T], gradient: &mut [T]) {
    for (&out, gradient) in out.iter().zip(gradient) {
        if !(out > T::default() || out.not_a_number()) {
            *gradient = T::default();
        }
    }
}
