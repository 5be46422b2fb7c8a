use super::max_pool::for_each_output;
use super::{PoolShape, Real};

/// What each number under a window counts in the mean, for one position of the output. With
/// `whole`, numbers in the padding count as zeros; otherwise they do not count.
#[inline(always)]
fn share<T: Real>(shape: &PoolShape, whole: bool, output: [usize; 2]) -> T {
    let numbers = if whole {
        shape.window.taps()
    } else {
        shape.inside(0, output[0]).len() * shape.inside(1, output[1]).len()
    };
    T::from_f64(1.0 / numbers as f64)
}

/// Writes the mean under each window.
#[inline(always)]
pub(crate) fn forward<T: Real>(
    shape: &PoolShape,
    whole: bool,
    images: usize,
    x: &[T],
    y: &mut [T],
) {
    let pitch = shape.output.pitch;
    for_each_output(shape, images, |image, output, y_at, _| {
        let y = &mut y[y_at..y_at + pitch];
        y.fill(T::default());
        for ky in shape.inside(0, output[0]) {
            for kx in shape.inside(1, output[1]) {
                let x_at = shape.source(image, output, [ky, kx]);
                for (&x, y) in x[x_at..x_at + pitch].iter().zip(&mut *y) {
                    *y += x;
                }
            }
        }
        let share = share(shape, whole, output);
        for y in y {
            *y = *y * share;
        }
    });
}

/// Writes the gradient of the input: each output's is spread evenly over its window.
#[inline(always)]
pub(crate) fn backward<T: Real>(
    shape: &PoolShape,
    whole: bool,
    images: usize,
    dy: &[T],
    dx: &mut [T],
) {
    let pitch = shape.output.pitch;
    for image in 0..images {
        for row in shape.input.rows(image) {
            dx[row].fill(T::default());
        }
    }
    for_each_output(shape, images, |image, output, y_at, _| {
        let dy = &dy[y_at..y_at + pitch];
        let share = share(shape, whole, output);
        for ky in shape.inside(0, output[0]) {
            for kx in shape.inside(1, output[1]) {
                let x_at = shape.source(image, output, [ky, kx]);
                for (&dy, dx) in dy.iter().zip(&mut dx[x_at..x_at + pitch]) {
                    *dx += dy * share;
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use edgefront_graph::{Shape, Window};
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::check::{Maps, assert_gradient, dot};
    use crate::kernels::max_pool::tests::pools;
    use crate::layout::Layout;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn gradients_are_finite_differences((shape, images) in pools(), whole: bool) {
            let (input, output) = (Maps::new(shape.input, images), Maps::new(shape.output, images));
            let (x, cotangent) = (input.draw(1), output.draw(2));
            let value = |x: &[f64]| {
                let mut y = vec![f64::NAN; cotangent.len()];
                shape.output.clear_border(&mut y, images);
                forward(&shape, whole, images, x, &mut y);
                dot(&y, &cotangent)
            };
            let mut dx = vec![f64::NAN; x.len()];
            backward(&shape, whole, images, &cotangent, &mut dx);
            assert_gradient(value, &x, &dx, input.inside());
        }
    }

    /// As PyTorch's `avg_pool2d` has it: a corner's window of 2 x 2 has one number on the map.
    #[test]
    fn padding_counts_or_does_not() {
        let map = |shape| Layout::padded(shape, 0);
        let shape = PoolShape {
            input: map(Shape::new(1, 2, 2)),
            output: map(Shape::new(1, 3, 3)),
            window: Window::square(2, 1, 1),
        };
        let pitch = shape.input.pitch;
        let mut x = vec![0.0; shape.input.len(1)];
        for (position, value) in [1.0, 2.0, 3.0, 4.0].into_iter().enumerate() {
            x[position * pitch] = value;
        }
        for (whole, expected) in [(true, [0.25, 0.75, 2.5]), (false, [1.0, 1.5, 2.5])] {
            let mut y = vec![0.0; shape.output.len(1)];
            forward(&shape, whole, 1, &x, &mut y);
            assert_eq!([0, 1, 4].map(|position| y[position * pitch]), expected);
        }
    }
}
