use super::blocks::for_channel_blocks;
use super::instructions::InstructionSet;
use super::{ConvShape, Convolution, Finish, Phase, Real};
use crate::threads::Threads;

/// A convolution of each channel by itself. The channels are the innermost loop, so that any
/// instruction set makes vectors of them, and the sums of a block of channels stay in registers
/// over all taps. As no pass asks where an edge is, all rely on the borders.
///
/// For shapes that [are depthwise](ConvShape::is_depthwise).
pub(crate) struct Depthwise<I>(pub ConvShape, pub I);

impl<I: InstructionSet> Convolution for Depthwise<I> {
    fn table_bytes(&self) -> usize {
        0
    }

    fn forward(
        &self,
        _: &Threads,
        images: usize,
        x: &[f32],
        weights: &[f32],
        _: &[f32],
        finish: Finish<'_>,
        y: &mut [f32],
        _: &mut [f32],
    ) {
        self.1.run(
            #[inline(always)]
            || {
                forward(&self.0, images, x, weights, y);
                finish.in_place(&self.0.output, images, y);
            },
        );
    }

    fn backward_data(
        &self,
        _: &Threads,
        images: usize,
        dy: &[f32],
        weights: &[f32],
        dx: &mut [f32],
        accumulate: bool,
        _: &mut [f32],
    ) {
        self.1.run(
            #[inline(always)]
            || backward_data(&self.0, images, dy, weights, dx, accumulate),
        );
    }

    fn backward_weights(
        &self,
        _: &Threads,
        images: usize,
        x: &[f32],
        dy: &[f32],
        dw: &mut [f32],
        _: &mut [f32],
    ) {
        self.1.run(
            #[inline(always)]
            || backward_weights(&self.0, images, x, dy, dw),
        );
    }
}

/// Where the first tap of an output reads; in the border perhaps.
#[inline(always)]
fn corner(shape: &ConvShape, image: usize, row: usize, column: usize) -> usize {
    let ConvShape { input, window, .. } = shape;
    let row = row * window.stride[0] + input.border - window.padding.top;
    let column = column * window.stride[1] + input.border - window.padding.left;
    image * input.image_stride() + row * input.row_stride() + column * input.pitch
}

/// Adds `a * b` lane by lane.
#[inline(always)]
fn multiply_add<T: Real, const WIDTH: usize>(sums: &mut [T; WIDTH], a: &[T], b: &[T]) {
    let (a, b) = (&a[..WIDTH], &b[..WIDTH]);
    for lane in 0..WIDTH {
        sums[lane] += a[lane] * b[lane];
    }
}

/// Writes a block lane by lane: a copy of the whole would take its address, and so have the sums
/// in memory all along.
#[inline(always)]
fn put<T: Real, const WIDTH: usize>(to: &mut [T], sums: [T; WIDTH]) {
    for (to, sum) in to.iter_mut().zip(sums) {
        *to = sum;
    }
}

#[inline(always)]
fn add<T: Real, const WIDTH: usize>(to: &mut [T], sums: [T; WIDTH]) {
    for (to, sum) in to.iter_mut().zip(sums) {
        *to += sum;
    }
}

/// `y = x * w`.
#[inline(always)]
fn forward<T: Real>(shape: &ConvShape, images: usize, x: &[T], w: &[T], y: &mut [T]) {
    let (input, output) = (&shape.input, &shape.output);
    let (pitch, [rows, columns]) = (output.pitch, shape.window.kernel);
    for image in 0..images {
        for row in 0..output.height {
            for column in 0..output.width {
                let x_at = corner(shape, image, row, column);
                let y_at = output.at(image, row, column);
                for_channel_blocks!(pitch, |start, WIDTH| {
                    let mut sums = [T::default(); WIDTH];
                    for ky in 0..rows {
                        for kx in 0..columns {
                            let x = &x[x_at + ky * input.row_stride() + kx * pitch + start..];
                            let w = &w[(ky * columns + kx) * pitch + start..];
                            multiply_add(&mut sums, x, w);
                        }
                    }
                    put(&mut y[y_at + start..y_at + start + WIDTH], sums);
                });
            }
        }
    }
}

/// The gradient of `x`, written or added.
#[inline(always)]
fn backward_data<T: Real>(
    shape: &ConvShape,
    images: usize,
    dy: &[T],
    w: &[T],
    dx: &mut [T],
    accumulate: bool,
) {
    let (input, output, window) = (&shape.input, &shape.output, &shape.window);
    let (pitch, border) = (output.pitch, output.border);
    for image in 0..images {
        for row in 0..input.height {
            let down = Phase::of(window, 0, row);
            for column in 0..input.width {
                let across = Phase::of(window, 1, column);
                let dx_at = input.at(image, row, column);
                for_channel_blocks!(pitch, |start, WIDTH| {
                    let mut sums = [T::default(); WIDTH];
                    for y in 0..down.taps {
                        let ky = down.first + y * window.stride[0];
                        let dy_row = image * output.image_stride()
                            + (down.newest + border - y) * output.row_stride();
                        for x in 0..across.taps {
                            let kx = across.first + x * window.stride[1];
                            let dy_at = dy_row + (across.newest + border - x) * pitch;
                            let w = &w[(ky * window.kernel[1] + kx) * pitch + start..];
                            multiply_add(&mut sums, &dy[dy_at + start..], w);
                        }
                    }
                    let dx = &mut dx[dx_at + start..dx_at + start + WIDTH];
                    if accumulate {
                        add(dx, sums);
                    } else {
                        put(dx, sums);
                    }
                });
            }
        }
    }
}

/// The gradient of `w`, row by row of the output: its row and those that the kernel reads stay
/// in the cache over all taps.
#[inline(always)]
fn backward_weights<T: Real>(shape: &ConvShape, images: usize, x: &[T], dy: &[T], dw: &mut [T]) {
    let (input, output) = (&shape.input, &shape.output);
    let (pitch, [rows, columns]) = (output.pitch, shape.window.kernel);
    let step = shape.window.stride[1] * pitch;
    dw.fill(T::default());
    for image in 0..images {
        for row in 0..output.height {
            let (x_at, y_at) = (corner(shape, image, row, 0), output.at(image, row, 0));
            for_channel_blocks!(pitch, |start, WIDTH| {
                for ky in 0..rows {
                    for kx in 0..columns {
                        let x_at = x_at + ky * input.row_stride() + kx * pitch + start;
                        let mut sums = [T::default(); WIDTH];
                        for column in 0..output.width {
                            let x = &x[x_at + column * step..];
                            multiply_add(&mut sums, x, &dy[y_at + column * pitch + start..]);
                        }
                        let tap = (ky * columns + kx) * pitch + start;
                        add(&mut dw[tap..tap + WIDTH], sums);
                    }
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::check::Maps;
    use crate::kernels::conv;
    use crate::kernels::conv::tests::{convolutions, weights};

    fn assert_same(got: &[f64], expected: &[f64]) {
        for (index, (got, expected)) in got.iter().zip(expected).enumerate() {
            let difference = (got - expected).abs();
            assert!(difference < 1e-10, "{index}: {got} is not {expected}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// The reference is held to finite differences. Here all but rounding must be the same.
        #[test]
        fn all_passes_are_the_reference(
            (shape, images) in convolutions().prop_map(|(shape, images)| {
                let channels = shape.input.channels.max(2);
                let of = |layout: crate::layout::Layout| {
                    let maps = edgefront_graph::Shape::new(channels, layout.height, layout.width);
                    crate::layout::Layout::padded(maps, layout.border)
                };
                let (input, output) = (of(shape.input), of(shape.output));
                (ConvShape { input, output, groups: channels, ..shape }, images)
            })
        ) {
            prop_assert!(shape.is_depthwise());
            let (input, output) = (Maps::new(shape.input, images), Maps::new(shape.output, images));
            let (x, dy, w) = (input.draw(1), output.draw(2), weights(&shape).draw(3));
            let mut y = [(); 2].map(|()| vec![f64::NAN; dy.len()]);
            y.iter_mut().for_each(|y| shape.output.clear_border(y, images));
            forward(&shape, images, &x, &w, &mut y[0]);
            conv::forward(&shape, images, &x, &w, &mut y[1]);
            assert_same(&y[0], &y[1]);

            for accumulate in [false, true] {
                let mut dx = [(); 2].map(|()| vec![0.25; x.len()]);
                backward_data(&shape, images, &dy, &w, &mut dx[0], accumulate);
                conv::backward_data(&shape, images, &dy, &w, &mut dx[1], accumulate);
                assert_same(&dx[0], &dx[1]);
            }

            let mut dw = [(); 2].map(|()| vec![0.25; w.len()]);
            backward_weights(&shape, images, &x, &dy, &mut dw[0]);
            conv::backward_weights(&shape, images, &x, &dy, &mut dw[1]);
            assert_same(&dw[0], &dw[1]);
        }
    }
}
