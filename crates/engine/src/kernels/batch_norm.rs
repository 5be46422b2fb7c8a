use super::activation::with_activation;
use super::blocks::{array, for_channel_blocks};
use super::{Activation, Real};
use crate::layout::Layout;

/// For each image, per channel the sum over all positions of the differences to `pivot`, then that
/// of their squares.
///
/// Differences to a value of the channel's own, because with a mean far from zero the squares of
/// the values themselves would leave nothing of the variance in single precision. Each image is
/// summed on its own and the [images](total) in double precision.
#[inline(always)]
pub(crate) fn image_sums<T: Real>(
    layout: &Layout,
    images: usize,
    x: &[T],
    pivot: &[T],
    sums: &mut [f64],
) {
    for (image, sums) in (0..images).zip(sums.chunks_exact_mut(2 * layout.pitch)) {
        let (first, second) = sums.split_at_mut(layout.pitch);
        for_channel_blocks!(layout.pitch, |start, WIDTH| {
            let (sums, squares) =
                sums_about::<T, WIDTH>(layout, image, x, start, array(pivot, start));
            for lane in 0..WIDTH {
                first[start + lane] = sums[lane].to_f64();
                second[start + lane] = squares[lane].to_f64();
            }
        });
    }
}

/// Adds rows of `width` numbers, in order, up in the first.
pub(crate) fn total(rows: &mut [f64], width: usize) -> &mut [f64] {
    let (total, rest) = rows.split_at_mut(width);
    for row in rest.chunks_exact(width) {
        for (total, value) in total.iter_mut().zip(row) {
            *total += value;
        }
    }
    total
}

/// Turns the [sums](image_sums) over `count` values into mean and biased variance.
pub(crate) fn moments<T: Real>(sums: &mut [f64], pivot: &[T], count: f64) {
    let (first, second) = sums.split_at_mut(pivot.len());
    for ((first, second), pivot) in first.iter_mut().zip(second).zip(pivot) {
        let offset = *first / count;
        *first = pivot.to_f64() + offset;
        // A rounding error below zero would become a NaN under the root; a NaN must stay one.
        let biased = *second / count - offset * offset;
        *second = if biased < 0.0 { 0.0 } else { biased };
    }
}

#[inline(always)]
fn sums_about<T: Real, const WIDTH: usize>(
    layout: &Layout,
    image: usize,
    x: &[T],
    start: usize,
    pivot: [T; WIDTH],
) -> ([T; WIDTH], [T; WIDTH]) {
    let (mut sums, mut squares) = ([T::default(); WIDTH], [T::default(); WIDTH]);
    for row in layout.rows(image) {
        for position in x[row].chunks_exact(layout.pitch) {
            let values = &position[start..start + WIDTH];
            for lane in 0..WIDTH {
                let value = values[lane] - pivot[lane];
                sums[lane] += value;
                squares[lane] += value * value;
            }
        }
    }
    (sums, squares)
}

/// `out = scale * x + shift`, plus `residual`, through the activation.
#[allow(clippy::too_many_arguments, reason = "the operands of one fused pass")]
#[inline(always)]
pub(crate) fn normalize<T: Real>(
    layout: &Layout,
    images: usize,
    x: &[T],
    scale: &[T],
    shift: &[T],
    residual: Option<&[T]>,
    activation: Activation,
    out: &mut [T],
) {
    with_activation!(activation, |known| {
        for row in (0..images).flat_map(|image| layout.rows(image)) {
            let (x, out) = (&x[row.clone()], &mut out[row.clone()]);
            match residual.map(|residual| &residual[row]) {
                None => {
                    normalize_row(layout.pitch, x, scale, shift, x, out, |v, _| known.apply(v));
                }
                Some(r) => {
                    normalize_row(layout.pitch, x, scale, shift, r, out, |v, r| {
                        known.apply(v + r)
                    });
                }
            }
        }
    });
}

#[inline(always)]
fn normalize_row<T: Real>(
    pitch: usize,
    x: &[T],
    scale: &[T],
    shift: &[T],
    other: &[T],
    out: &mut [T],
    finish: impl Fn(T, T) -> T,
) {
    let (scale, shift) = (&scale[..pitch], &shift[..pitch]);
    for ((x, other), out) in
        (x.chunks_exact(pitch).zip(other.chunks_exact(pitch))).zip(out.chunks_exact_mut(pitch))
    {
        for channel in 0..pitch {
            out[channel] = finish(x[channel] * scale[channel] + shift[channel], other[channel]);
        }
    }
}

/// What the backward pass knows of the forward pass, per channel.
#[derive(Clone, Copy)]
pub(crate) struct Saved<'a, T> {
    pub mean: &'a [T],
    pub scale: &'a [T],
    pub shift: &'a [T],
    /// The activation of `scale * x + shift`; none if a residual came between.
    pub activation: Activation,
}

/// For each image, per channel the sum of the gradient, then that of the gradient times the centred
/// input.
#[inline(always)]
pub(crate) fn image_gradient_sums<T: Real>(
    layout: &Layout,
    images: usize,
    gradient: &[T],
    x: &[T],
    saved: Saved<'_, T>,
    sums: &mut [f64],
) {
    with_activation!(saved.activation, |known| {
        for (image, sums) in (0..images).zip(sums.chunks_exact_mut(2 * layout.pitch)) {
            let (first, second) = sums.split_at_mut(layout.pitch);
            for_channel_blocks!(layout.pitch, |start, WIDTH| {
                let (sums, products) =
                    gradient_sums::<T, WIDTH>(layout, image, gradient, x, start, saved, known);
                for lane in 0..WIDTH {
                    first[start + lane] = sums[lane].to_f64();
                    second[start + lane] = products[lane].to_f64();
                }
            });
        }
    });
}

#[inline(always)]
fn gradient_sums<T: Real, const WIDTH: usize>(
    layout: &Layout,
    image: usize,
    gradient: &[T],
    x: &[T],
    start: usize,
    saved: Saved<'_, T>,
    activation: Activation,
) -> ([T; WIDTH], [T; WIDTH]) {
    let mean: [T; WIDTH] = array(saved.mean, start);
    let scale: [T; WIDTH] = array(saved.scale, start);
    let shift: [T; WIDTH] = array(saved.shift, start);
    let (mut sums, mut products) = ([T::default(); WIDTH], [T::default(); WIDTH]);
    for row in layout.rows(image) {
        for (x, gradient) in (x[row.clone()].chunks_exact(layout.pitch))
            .zip(gradient[row].chunks_exact(layout.pitch))
        {
            let (x, gradient) = (&x[start..start + WIDTH], &gradient[start..start + WIDTH]);
            for lane in 0..WIDTH {
                let g = activation.gate(x[lane] * scale[lane] + shift[lane], gradient[lane]);
                sums[lane] += g;
                products[lane] += g * (x[lane] - mean[lane]);
            }
        }
    }
    (sums, products)
}

/// Per channel, the coefficients of `dx = gradient * a + x * b + c`.
#[derive(Clone, Copy)]
pub(crate) struct Coefficients<'a, T> {
    pub a: &'a [T],
    pub b: &'a [T],
    pub c: &'a [T],
}

/// One channel's `[a, b, c]` of `dx = gradient * a + x * b + c`, from the sums over `count` values:
///
/// `dx = scale * (g - mean(g) - (x - mean) / variance * mean(g * (x - mean)))`
///
/// where `scale` is gamma over the deviation.
pub(crate) fn gradient_coefficients(
    scale: f64,
    inverse_deviation: f64,
    mean: f64,
    (sum, product): (f64, f64),
    count: f64,
) -> [f64; 3] {
    let slope = -scale * inverse_deviation * inverse_deviation * product / count;
    [scale, slope, -scale * sum / count - slope * mean]
}

/// The gradient of the input. `gradient` is `None` where it stands in `dx` itself.
#[inline(always)]
pub(crate) fn backward_input<T: Real>(
    layout: &Layout,
    images: usize,
    gradient: Option<&[T]>,
    x: &[T],
    saved: Saved<'_, T>,
    coefficients: Coefficients<'_, T>,
    dx: &mut [T],
) {
    let pitch = layout.pitch;
    let Coefficients { a, b, c } = coefficients;
    let (a, b, c) = (&a[..pitch], &b[..pitch], &c[..pitch]);
    let (scale, shift) = (&saved.scale[..pitch], &saved.shift[..pitch]);
    with_activation!(saved.activation, |known| {
        let one = |x: T, g: T, channel: usize| {
            let g = known.gate(x * scale[channel] + shift[channel], g);
            g * a[channel] + (x * b[channel] + c[channel])
        };
        for row in (0..images).flat_map(|image| layout.rows(image)) {
            if let Some(gradient) = gradient {
                for ((x, g), dx) in (x[row.clone()].chunks_exact(pitch))
                    .zip(gradient[row.clone()].chunks_exact(pitch))
                    .zip(dx[row].chunks_exact_mut(pitch))
                {
                    for channel in 0..pitch {
                        dx[channel] = one(x[channel], g[channel], channel);
                    }
                }
            } else {
                for (x, dx) in
                    (x[row.clone()].chunks_exact(pitch)).zip(dx[row].chunks_exact_mut(pitch))
                {
                    for channel in 0..pitch {
                        dx[channel] = one(x[channel], dx[channel], channel);
                    }
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use edgefront_graph::Shape;

    use super::*;
    use crate::kernels::activation::tests::ALL;
    use crate::kernels::check::{Maps, assert_gradient, dot};

    const EPSILON: f64 = 1e-5;

    /// Mean and biased variance of each channel.
    fn statistics<T: Real>(layout: &Layout, images: usize, x: &[T]) -> [Vec<f64>; 2] {
        let origin = layout.at(0, 0, 0);
        let pivot = &x[origin..origin + layout.pitch];
        let mut sums = vec![0.0; images * 2 * layout.pitch];
        image_sums(layout, images, x, pivot, &mut sums);
        let total = total(&mut sums, 2 * layout.pitch);
        moments(total, pivot, (images * layout.positions()) as f64);
        let (mean, variance) = total.split_at(layout.pitch);
        [mean.to_vec(), variance.to_vec()]
    }

    struct Norm {
        layout: Layout,
        images: usize,
        gamma: Vec<f64>,
        beta: Vec<f64>,
        activation: Activation,
    }

    impl Norm {
        /// Output, and mean, inverse deviation, scale and shift of each channel.
        fn forward(&self, x: &[f64]) -> (Vec<f64>, [Vec<f64>; 4]) {
            let pitch = self.layout.pitch;
            let [mean, variance] = statistics(&self.layout, self.images, x);
            let inverse: Vec<f64> = variance
                .iter()
                .map(|variance| 1.0 / (variance + EPSILON).sqrt())
                .collect();
            let scale: Vec<f64> = (0..pitch).map(|c| self.gamma[c] * inverse[c]).collect();
            let shift: Vec<f64> = (0..pitch)
                .map(|c| self.beta[c] - mean[c] * scale[c])
                .collect();
            let mut out = vec![0.0; x.len()];
            normalize(
                &self.layout,
                self.images,
                x,
                &scale,
                &shift,
                None,
                self.activation,
                &mut out,
            );
            (out, [mean, inverse, scale, shift])
        }

        /// Gradients of input, gamma and beta.
        fn backward(&self, x: &[f64], gradient: &[f64], in_place: bool) -> [Vec<f64>; 3] {
            let pitch = self.layout.pitch;
            let (_, [mean, inverse, scale, shift]) = self.forward(x);
            let saved = Saved {
                mean: &mean,
                scale: &scale,
                shift: &shift,
                activation: self.activation,
            };
            let (layout, images) = (&self.layout, self.images);
            let mut sums = vec![0.0; images * 2 * pitch];
            image_gradient_sums(layout, images, gradient, x, saved, &mut sums);
            let (sum, product) = total(&mut sums, 2 * pitch).split_at(pitch);
            let count = (images * layout.positions()) as f64;
            let mut abc = [vec![0.0; pitch], vec![0.0; pitch], vec![0.0; pitch]];
            for c in 0..pitch {
                let sums = (sum[c], product[c]);
                let one = gradient_coefficients(scale[c], inverse[c], mean[c], sums, count);
                for (place, value) in abc.iter_mut().zip(one) {
                    place[c] = value;
                }
            }
            let [a, b, c] = &abc;
            let coefficients = Coefficients { a, b, c };
            let mut dx = gradient.to_vec();
            let source = (!in_place).then_some(gradient);
            backward_input(layout, images, source, x, saved, coefficients, &mut dx);
            let gamma = (0..pitch).map(|c| product[c] * inverse[c]).collect();
            [dx, gamma, sum.to_vec()]
        }
    }

    #[test]
    fn gradients_are_finite_differences() {
        for (channels, activation) in [3, 10, 41, 5].into_iter().zip(ALL) {
            let maps = Maps::new(Layout::padded(Shape::new(channels, 3, 2), 1), 2);
            let pitch = maps.layout.pitch;
            let mut norm = Norm {
                layout: maps.layout,
                images: maps.images,
                gamma: (0..pitch).map(|c| 1.0 + 0.1 * c as f64).collect(),
                beta: (0..pitch).map(|c| 0.3 - 0.1 * c as f64).collect(),
                activation,
            };
            let (x, cotangent) = (maps.draw(1), maps.draw(2));
            let [dx, dgamma, dbeta] = norm.backward(&x, &cotangent, false);
            assert_eq!(dx, norm.backward(&x, &cotangent, true)[0]);
            let value = |x: &[f64]| dot(&norm.forward(x).0, &cotangent);
            assert_gradient(value, &x, &dx, maps.inside());
            let gamma = norm.gamma.clone();
            let value = |norm: &Norm| dot(&norm.forward(&x).0, &cotangent);
            for (c, expected) in dgamma.iter().enumerate().take(channels) {
                let mut at = |offset: f64| {
                    norm.gamma[c] = gamma[c] + offset;
                    let value = value(&norm);
                    norm.gamma[c] = gamma[c];
                    value
                };
                let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((slope - expected).abs() < 1e-6, "gamma {c}");
            }
            let beta = norm.beta.clone();
            for (c, expected) in dbeta.iter().enumerate().take(channels) {
                let mut at = |offset: f64| {
                    norm.beta[c] = beta[c] + offset;
                    let value = value(&norm);
                    norm.beta[c] = beta[c];
                    value
                };
                let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((slope - expected).abs() < 1e-6, "beta {c}");
            }
        }
    }

    /// In single precision, squares of values near 1000 have no digits left for a variance of 1.
    #[test]
    fn a_mean_far_from_zero_leaves_the_variance_its_digits() {
        let maps = Maps::new(Layout::padded(Shape::new(1, 20, 20), 0), 2);
        let x: Vec<f32> = maps.draw(3).iter().map(|x| (x + 1000.0) as f32).collect();
        let exact: Vec<f64> = maps.inside().map(|index| f64::from(x[index])).collect();
        let count = exact.len() as f64;
        let centre = exact.iter().sum::<f64>() / count;
        let spread = exact.iter().map(|x| (x - centre).powi(2)).sum::<f64>() / count;
        let [mean, variance] = statistics(&maps.layout, 2, &x);
        assert!((mean[0] - centre).abs() < 1e-4, "{} {centre}", mean[0]);
        assert!(
            (variance[0] / spread - 1.0).abs() < 1e-4,
            "{} {spread}",
            variance[0]
        );
    }

    #[test]
    fn the_residual_comes_before_the_activation() {
        let layout = Layout::padded(Shape::new(1, 1, 2), 0);
        let mut x = vec![0.0; 32];
        let mut residual = vec![0.0; 32];
        (x[0], x[16], residual[0], residual[16]) = (1.0, 1.0, -5.0, 4.0);
        let (scale, shift) = ([2.0; 16], [0.5; 16]);
        let mut out = vec![0.0; 32];
        normalize(
            &layout,
            1,
            &x,
            &scale,
            &shift,
            Some(&residual),
            Activation::Relu,
            &mut out,
        );
        assert_eq!((out[0], out[16]), (0.0, 6.5));
        normalize(
            &layout,
            1,
            &x,
            &scale,
            &shift,
            Some(&residual),
            Activation::None,
            &mut out,
        );
        assert_eq!((out[0], out[16]), (-2.5, 6.5));
    }
}
