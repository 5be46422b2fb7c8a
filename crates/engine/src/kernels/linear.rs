use super::Real;
use crate::layout::Layout;

/// A fully connected layer's geometry. Weights are ordered (output feature, input pitch); the
/// bias has the output's pitch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LinearShape {
    pub input: Layout,
    pub output: Layout,
}

impl LinearShape {
    pub fn weight_len(&self) -> usize {
        self.output.channels * self.input.pitch
    }

    fn rows<'a, T>(&self, weights: &'a [T]) -> impl Iterator<Item = &'a [T]> {
        weights[..self.weight_len()].chunks_exact(self.input.pitch)
    }
}

/// `y = w x + bias`.
#[inline(always)]
pub(crate) fn forward<T: Real>(
    shape: &LinearShape,
    images: usize,
    x: &[T],
    w: &[T],
    bias: &[T],
    y: &mut [T],
) {
    for image in 0..images {
        let x = &x[shape.input.at(image, 0, 0)..][..shape.input.pitch];
        let y = &mut y[shape.output.at(image, 0, 0)..][..shape.output.pitch];
        y.copy_from_slice(bias);
        for (w, y) in shape.rows(w).zip(y) {
            *y += dot(w, x);
        }
    }
}

/// A scalar product in eight partial sums, which a vector register can hold.
#[inline(always)]
fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    const LANES: usize = Layout::LANES;
    let mut partial = [T::default(); LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = (a_blocks.remainder().iter()).zip(b_blocks.remainder());
    for (lane, (&a, &b)) in rest.enumerate() {
        partial[lane] = a * b;
    }
    for (a, b) in a_blocks.zip(b_blocks) {
        for lane in 0..LANES {
            partial[lane] += a[lane] * b[lane];
        }
    }
    let mut sum = T::default();
    for value in partial {
        sum += value;
    }
    sum
}

/// Writes the gradient of the input.
#[inline(always)]
pub(crate) fn backward_data<T: Real>(
    shape: &LinearShape,
    images: usize,
    dy: &[T],
    w: &[T],
    dx: &mut [T],
) {
    for image in 0..images {
        let dy = &dy[shape.output.at(image, 0, 0)..][..shape.output.channels];
        let dx = &mut dx[shape.input.at(image, 0, 0)..][..shape.input.pitch];
        dx.fill(T::default());
        for (w, &dy) in shape.rows(w).zip(dy) {
            for (&w, dx) in w.iter().zip(&mut *dx) {
                *dx += w * dy;
            }
        }
    }
}

/// Adds the gradients of the weights and the bias.
#[inline(always)]
pub(crate) fn backward_weights<T: Real>(
    shape: &LinearShape,
    images: usize,
    x: &[T],
    dy: &[T],
    dw: &mut [T],
    bias: &mut [T],
) {
    for image in 0..images {
        let x = &x[shape.input.at(image, 0, 0)..][..shape.input.pitch];
        let dy = &dy[shape.output.at(image, 0, 0)..][..shape.output.channels];
        for ((dw, bias), &dy) in (dw.chunks_exact_mut(shape.input.pitch).zip(&mut *bias)).zip(dy) {
            *bias += dy;
            for (&x, dw) in x.iter().zip(dw) {
                *dw += x * dy;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use edgefront_graph::Shape;

    use super::*;
    use crate::kernels::check::{Maps, assert_gradient, dot};

    #[test]
    fn gradients_are_finite_differences() {
        let input = Maps::new(Layout::padded(Shape::vector(11), 0), 3);
        let output = Maps::new(Layout::padded(Shape::vector(3), 0), 3);
        let shape = LinearShape {
            input: input.layout,
            output: output.layout,
        };
        let rows = Maps::new(input.layout, 3);
        let (x, w, cotangent) = (input.draw(1), rows.draw(2), output.draw(3));
        let mut bias = vec![0.0; output.layout.pitch];
        bias[..3].copy_from_slice(&[0.1, 0.2, 0.3]);
        let value = |x: &[f64], w: &[f64], bias: &[f64]| {
            let mut y = vec![0.0; cotangent.len()];
            forward(&shape, 3, x, w, bias, &mut y);
            dot(&y, &cotangent)
        };
        let (mut dx, mut dw, mut dbias) = (vec![0.0; x.len()], vec![0.0; w.len()], vec![0.0; 16]);
        backward_data(&shape, 3, &cotangent, &w, &mut dx);
        backward_weights(&shape, 3, &x, &cotangent, &mut dw, &mut dbias);
        assert_gradient(|x| value(x, &w, &bias), &x, &dx, input.inside());
        assert_gradient(|w| value(&x, w, &bias), &w, &dw, rows.inside());
        assert_gradient(|bias| value(&x, &w, bias), &bias, &dbias, 0..3);
    }
}
