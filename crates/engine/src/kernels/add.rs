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

/// Adds the gradient of a bias, a number per channel: the sum over all positions.
#[inline(always)]
pub(crate) fn bias_backward<T: Real>(layout: &Layout, images: usize, dy: &[T], gradient: &mut [T]) {
    for row in (0..images).flat_map(|image| layout.rows(image)) {
        for position in dy[row].chunks_exact(layout.pitch) {
            accumulate(position, gradient);
        }
    }
}

#[cfg(test)]
mod tests {
    use edgefront_graph::Shape;

    use super::*;
    use crate::kernels::check::{Maps, assert_gradient, dot};

    /// The gradient of each operand of a sum is that of the sum; a bias is in it at every position.
    #[test]
    fn gradients_are_finite_differences() {
        let maps = Maps::new(Layout::padded(Shape::new(5, 4, 3), 1), 2);
        let (x, y, cotangent) = (maps.draw(1), maps.draw(2), maps.draw(3));
        let sum = |x: &[f64]| {
            let mut out = vec![0.0; x.len()];
            forward(x, &y, &mut out);
            dot(&out, &cotangent)
        };
        assert_gradient(sum, &x, &cotangent, maps.inside());

        let biased = |numbers: &[f64]| {
            let mut out = x.clone();
            for row in (0..maps.images).flat_map(|image| maps.layout.rows(image)) {
                for position in out[row].chunks_exact_mut(maps.layout.pitch) {
                    accumulate(numbers, position);
                }
            }
            dot(&out, &cotangent)
        };
        let mut gradient = vec![0.0; maps.layout.pitch];
        bias_backward(&maps.layout, maps.images, &cotangent, &mut gradient);
        assert_gradient(biased, &[0.5; 16], &gradient, 0..5);
    }
}
