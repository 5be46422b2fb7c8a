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

#[cfg(test)]
mod tests {
    use edgefront_graph::Shape;

    use super::*;
    use crate::kernels::check::{Maps, assert_gradient, dot};
    use crate::layout::Layout;

    #[test]
    fn gradients_are_finite_differences() {
        let maps = Maps::new(Layout::padded(Shape::new(5, 4, 3), 1), 2);
        let (x, cotangent) = (maps.draw(1), maps.draw(2));
        let value = |x: &[f64]| {
            let mut out = vec![0.0; x.len()];
            forward(x, &mut out);
            dot(&out, &cotangent)
        };
        let (mut out, mut gradient) = (vec![0.0; x.len()], cotangent.clone());
        forward(&x, &mut out);
        backward(&out, &mut gradient);
        assert_gradient(value, &x, &gradient, maps.inside());
    }

    #[test]
    fn a_nan_goes_through() {
        let mut out = [0.0f32; 3];
        forward(&[f32::NAN, -1.0, 2.0], &mut out);
        assert!(out[0].is_nan());
        assert_eq!(out[1..], [0.0, 2.0]);
    }
}
