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
