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
