use std::ops::Range;

use edgefront_graph::{Shape, Window};

use super::Real;
use crate::layout::Layout;

/// A max-pool's geometry. Input and output have one pitch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolShape {
    pub input: Layout,
    pub output: Layout,
    pub window: Window,
}

impl PoolShape {
    /// The winner of a window is stored in a byte.
    pub const MAX_TAPS: usize = 256;

    /// Whether each window of the output has a part on the map, so that
    /// [`source`](Self::source) of what is [`inside`](Self::inside) is on it too.
    pub fn windows_fit(&self) -> bool {
        let Layout {
            channels,
            height,
            width,
            ..
        } = self.input;
        let outputs = self.window.output(Shape::new(channels, height, width));
        let p = self.window.padding;
        outputs == Some((self.output.height, self.output.width))
            && 2 * p.top.max(p.bottom) <= self.window.kernel[0]
            && 2 * p.left.max(p.right) <= self.window.kernel[1]
    }

    /// The rows (axis 0) or columns (axis 1) of the kernel that lie on the map, for one row or
    /// column of the output. Never empty: the padding is at most half the kernel.
    #[inline(always)]
    pub fn inside(&self, axis: usize, output: usize) -> Range<usize> {
        let padding = [self.window.padding.top, self.window.padding.left][axis];
        let size = [self.input.height, self.input.width][axis];
        let start = output * self.window.stride[axis];
        padding.saturating_sub(start)..(size + padding - start).min(self.window.kernel[axis])
    }

    /// Where a tap that lies on the map reads, for one position of the output.
    #[inline(always)]
    pub fn source(&self, image: usize, output: [usize; 2], tap: [usize; 2]) -> usize {
        let row = output[0] * self.window.stride[0] + tap[0] - self.window.padding.top;
        let column = output[1] * self.window.stride[1] + tap[1] - self.window.padding.left;
        self.input.at(image, row, column)
    }

    /// Winners that a batch needs room for.
    pub fn winners(&self, images: usize) -> usize {
        images * self.output.positions() * self.output.pitch
    }
}

/// Calls `visit(image, [row, column], index of the output, index of its winners)`.
#[inline(always)]
pub(crate) fn for_each_output(
    shape: &PoolShape,
    images: usize,
    mut visit: impl FnMut(usize, [usize; 2], usize, usize),
) {
    let mut winners = 0;
    for image in 0..images {
        for row in 0..shape.output.height {
            for column in 0..shape.output.width {
                let at = shape.output.at(image, row, column);
                visit(image, [row, column], at, winners);
                winners += shape.output.pitch;
            }
        }
    }
}

/// Writes the largest value under each window, and which tap it came from. The first of equal
/// values wins; a NaN wins over every number.
#[inline(always)]
pub(crate) fn forward<T: Real>(
    shape: &PoolShape,
    images: usize,
    x: &[T],
    y: &mut [T],
    winners: &mut [u8],
) {
    let (pitch, columns) = (shape.output.pitch, shape.window.kernel[1]);
    for_each_output(shape, images, |image, output, y_at, winners_at| {
        let (rows, kernel_columns) = (shape.inside(0, output[0]), shape.inside(1, output[1]));
        let y = &mut y[y_at..y_at + pitch];
        let winners = &mut winners[winners_at..winners_at + pitch];
        y.fill(T::from_f64(f64::NEG_INFINITY));
        winners.fill((rows.start * columns + kernel_columns.start) as u8);
        for ky in rows {
            for kx in kernel_columns.clone() {
                let x_at = shape.source(image, output, [ky, kx]);
                let x = &x[x_at..x_at + pitch];
                for ((&x, y), winner) in x.iter().zip(&mut *y).zip(&mut *winners) {
                    if x > *y || x.not_a_number() {
                        *y = x;
                        *winner = (ky * columns + kx) as u8;
                    }
                }
            }
        }
    });
}

/// Writes the gradient of the input: each output's gradient goes to its winner.
#[inline(always)]
pub(crate) fn backward<T: Real>(
    shape: &PoolShape,
    images: usize,
    dy: &[T],
    winners: &[u8],
    dx: &mut [T],
) {
    let (pitch, columns) = (shape.output.pitch, shape.window.kernel[1]);
    for image in 0..images {
        for row in shape.input.rows(image) {
            dx[row].fill(T::default());
        }
    }
    for_each_output(shape, images, |image, output, y_at, winners_at| {
        let dy = &dy[y_at..y_at + pitch];
        let winners = &winners[winners_at..winners_at + pitch];
        for ky in shape.inside(0, output[0]) {
            for kx in shape.inside(1, output[1]) {
                let x_at = shape.source(image, output, [ky, kx]);
                let tap = (ky * columns + kx) as u8;
                for ((dx, &dy), &winner) in (dx[x_at..x_at + pitch].iter_mut()).zip(dy).zip(winners)
                {
                    *dx += if winner == tap { dy } else { T::default() };
                }
            }
        }
    });
}

#[cfg(test)]
pub(super) mod tests {
    use edgefront_graph::Padding;
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::check::{Maps, assert_gradient, dot};

    /// A pool over small maps: any kernel, stride, and padding of at most half the kernel, even
    /// uneven ones, steps beyond the window and windows beyond the map.
    pub(in crate::kernels) fn pools() -> impl Strategy<Value = (PoolShape, usize)> {
        let axis = || {
            (1usize..8, 1usize..9).prop_flat_map(|(kernel, stride)| {
                let padding = || 0..=kernel / 2;
                (Just(kernel), Just(stride), padding(), padding(), 1usize..9)
            })
        };
        (axis(), axis(), 1usize..12, 1usize..3).prop_filter_map(
            "the window is larger than the padded map",
            |(rows, columns, channels, images)| {
                let window = Window {
                    kernel: [rows.0, columns.0],
                    stride: [rows.1, columns.1],
                    padding: Padding {
                        top: rows.2,
                        left: columns.2,
                        bottom: rows.3,
                        right: columns.3,
                    },
                };
                let input = Shape::new(channels, rows.4, columns.4);
                let (height, width) = window.output(input)?;
                let shape = PoolShape {
                    input: Layout::padded(input, 1),
                    output: Layout::padded(Shape::new(channels, height, width), 0),
                    window,
                };
                Some((shape, images))
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn gradients_are_finite_differences((shape, images) in pools()) {
            let (input, output) = (Maps::new(shape.input, images), Maps::new(shape.output, images));
            let (x, cotangent) = (input.draw(1), output.draw(2));
            let run = |x: &[f64]| {
                let mut y = vec![0.0; cotangent.len()];
                let mut winners = vec![0; shape.winners(images)];
                forward(&shape, images, x, &mut y, &mut winners);
                (y, winners)
            };
            let mut dx = vec![0.0; x.len()];
            backward(&shape, images, &cotangent, &run(&x).1, &mut dx);
            assert_gradient(|x| dot(&run(x).0, &cotangent), &x, &dx, input.inside());
        }
    }

    #[test]
    fn padding_never_wins_and_a_nan_always_does() {
        let map = |shape| Layout::padded(shape, 0);
        let shape = PoolShape {
            input: map(Shape::new(1, 2, 2)),
            output: map(Shape::new(1, 2, 2)),
            window: Window::square(2, 2, 1),
        };
        let mut x = vec![0.0f32; 64];
        for (position, value) in [-4.0, -3.0, f32::NAN, -1.0].into_iter().enumerate() {
            x[position * 16] = value;
        }
        let mut y = vec![0.0; 64];
        forward(&shape, 1, &x, &mut y, &mut [0; 64]);
        assert_eq!((y[0], y[16], y[48]), (-4.0, -3.0, -1.0));
        assert!(y[32].is_nan());
    }
}
