use crate::layout::Layout;

/// Calls `visit(index in the maps, index in the vector)` for every number of the batch: the
/// vector runs channel by channel, row by row, as PyTorch and ONNX flatten.
fn for_each_number(
    input: &Layout,
    output: &Layout,
    images: usize,
    mut visit: impl FnMut(usize, usize),
) {
    for image in 0..images {
        let start = output.at(image, 0, 0);
        for (row, range) in input.rows(image).enumerate() {
            for (column, position) in range.step_by(input.pitch).enumerate() {
                for channel in 0..input.channels {
                    let place = (channel * input.height + row) * input.width + column;
                    visit(position + channel, start + place);
                }
            }
        }
    }
}

/// Lays the maps out as one vector.
pub(crate) fn forward<T: Copy + Default>(
    input: &Layout,
    output: &Layout,
    images: usize,
    x: &[T],
    y: &mut [T],
) {
    y[..output.len(images)].fill(T::default());
    for_each_number(input, output, images, |x_at, y_at| y[y_at] = x[x_at]);
}

/// Lays the gradient of the vector out as maps.
pub(crate) fn backward<T: Copy + Default>(
    input: &Layout,
    output: &Layout,
    images: usize,
    dy: &[T],
    dx: &mut [T],
) {
    dx[..input.len(images)].fill(T::default());
    for_each_number(input, output, images, |x_at, y_at| dx[x_at] = dy[y_at]);
}

#[cfg(test)]
mod tests {
    use edgefront_graph::Shape;

    use super::*;
    use crate::kernels::check::{Maps, assert_gradient, dot};

    #[test]
    fn gradients_are_finite_differences() {
        let input = Maps::new(Layout::padded(Shape::new(5, 4, 3), 1), 2);
        let output = Maps::new(Layout::padded(Shape::vector(60), 0), 2);
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

    #[test]
    fn channels_are_the_slowest() {
        let input = Layout::padded(Shape::new(2, 1, 2), 0);
        let output = Layout::padded(Shape::vector(4), 0);
        let mut x = vec![0; 32];
        (x[0], x[1], x[16], x[17]) = (1, 10, 2, 20); // channels 0 and 1 of two columns
        let mut y = vec![0; 16];
        forward(&input, &output, 1, &x, &mut y);
        assert_eq!(y[..4], [1, 2, 10, 20]);
        assert!(y[4..].iter().all(|&y| y == 0));
    }
}
