use super::Real;
use crate::layout::Layout;

/// Writes the mean of each map. `output` has one position and the input's pitch.
#[inline(always)]
pub(crate) fn forward<T: Real>(
    input: &Layout,
    output: &Layout,
    images: usize,
    x: &[T],
    y: &mut [T],
) {
    let share = T::from_f64(1.0 / input.positions() as f64);
    for image in 0..images {
        let start = output.at(image, 0, 0);
        let y = &mut y[start..start + output.pitch];
        y.fill(T::default());
        for row in input.rows(image) {
            for position in x[row].chunks_exact(input.pitch) {
                for (&x, y) in position.iter().zip(&mut *y) {
                    *y += x;
                }
            }
        }
        for y in y {
            *y = *y * share;
        }
    }
}

/// Spreads each mean's gradient evenly over its map.
#[inline(always)]
pub(crate) fn backward<T: Real>(
    input: &Layout,
    output: &Layout,
    images: usize,
    dy: &[T],
    dx: &mut [T],
) {
    let share = T::from_f64(1.0 / input.positions() as f64);
    for image in 0..images {
        let start = output.at(image, 0, 0);
        let dy = &dy[start..start + output.pitch];
        for row in input.rows(image) {
            for position in dx[row].chunks_exact_mut(input.pitch) {
                for (&dy, dx) in dy.iter().zip(position) {
                    *dx = dy * share;
                }
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
        let input = Maps::new(Layout::padded(Shape::new(5, 4, 3), 1), 2);
        let output = Maps::new(Layout::padded(Shape::vector(5), 0), 2);
        let (x, cotangent) = (input.draw(1), output.draw(2));
        let value = |x: &[f64]| {
            let mut y = vec![0.0; cotangent.len()];
            forward(&input.layout, &output.layout, 2, x, &mut y);
            dot(&y, &cotangent)
        };
        let mut dx = vec![0.0; x.len()];
        backward(&input.layout, &output.layout, 2, &cotangent, &mut dx);
        assert_gradient(value, &x, &dx, input.inside());
    }
}
