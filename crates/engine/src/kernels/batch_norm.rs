use super::Real;
use crate::layout::Layout;

/// Calls `$body` for blocks of channels of a size known to the compiler, so that the sums of a
/// block stay in registers: 32 channels at a time, then 16, then single ones.
macro_rules! for_channel_blocks {
    ($pitch:expr, |$start:ident, $width:ident| $body:expr) => {{
        let pitch: usize = $pitch;
        let mut $start = 0;
        while $start < pitch {
            if pitch - $start >= 32 {
                const $width: usize = 32;
                $body;
                $start += $width;
            } else if pitch - $start >= 16 {
                const $width: usize = 16;
                $body;
                $start += $width;
            } else {
                const $width: usize = 1;
                $body;
                $start += $width;
            }
        }
    }};
}

/// Mean and biased variance of each channel over all positions of all images.
///
/// The sums are of differences to the channel's first value: with a mean far from zero, squares
/// of the values themselves would leave nothing of the variance in single precision. Each image
/// is summed on its own and the images in double precision.
#[inline(always)]
pub(crate) fn statistics<T: Real>(
    layout: &Layout,
    images: usize,
    x: &[T],
    mean: &mut [f64],
    variance: &mut [f64],
) {
    mean.fill(0.0);
    variance.fill(0.0);
    let origin = layout.at(0, 0, 0);
    let pivot = &x[origin..origin + layout.pitch];
    for image in 0..images {
        for_channel_blocks!(layout.pitch, |start, WIDTH| {
            let (sums, squares) =
                sums_about::<T, WIDTH>(layout, image, x, start, array(pivot, start));
            for lane in 0..WIDTH {
                mean[start + lane] += sums[lane].to_f64();
                variance[start + lane] += squares[lane].to_f64();
            }
        });
    }
    let count = (images * layout.positions()) as f64;
    for channel in 0..layout.pitch {
        let offset = mean[channel] / count;
        mean[channel] = pivot[channel].to_f64() + offset;
        // A rounding error below zero would become a NaN under the root; a NaN must stay one.
        let biased = variance[channel] / count - offset * offset;
        variance[channel] = if biased < 0.0 { 0.0 } else { biased };
    }
}

#[inline(always)]
fn array<T: Real, const WIDTH: usize>(values: &[T], start: usize) -> [T; WIDTH] {
    let mut block = [T::default(); WIDTH];
    block.copy_from_slice(&values[start..start + WIDTH]);
    block
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

/// `out = scale * x + shift`, plus `residual`, through a ReLU if there is one.
#[allow(clippy::too_many_arguments, reason = "the operands of one fused pass")]
#[inline(always)]
pub(crate) fn normalize<T: Real>(
    layout: &Layout,
    images: usize,
    x: &[T],
    scale: &[T],
    shift: &[T],
    residual: Option<&[T]>,
    relu: bool,
    out: &mut [T],
) {
    for row in (0..images).flat_map(|image| layout.rows(image)) {
        let (x, out) = (&x[row.clone()], &mut out[row.clone()]);
        match residual.map(|residual| &residual[row]) {
            None if relu => normalize_row(layout.pitch, x, scale, shift, x, out, |v, _| ramp(v)),
            None => normalize_row(layout.pitch, x, scale, shift, x, out, |v, _| v),
            Some(r) if relu => {
                normalize_row(layout.pitch, x, scale, shift, r, out, |v, r| ramp(v + r));
            }
            Some(r) => normalize_row(layout.pitch, x, scale, shift, r, out, |v, r| v + r),
        }
    }
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

/// The ReLU. A NaN goes through, so that it reaches the loss and stops the training.
#[inline(always)]
pub(crate) fn ramp<T: Real>(value: T) -> T {
    if value < T::default() {
        T::default()
    } else {
        value
    }
}

/// What the backward pass knows of the forward pass, per channel.
#[derive(Clone, Copy)]
pub(crate) struct Saved<'a, T> {
    pub mean: &'a [T],
    pub scale: &'a [T],
    pub shift: &'a [T],
    /// Whether a ReLU followed without a residual between; where `scale * x + shift` is not
    /// positive, no gradient comes back.
    pub gate: bool,
}

/// Per channel, the sum of the gradient and of the gradient times the centred input.
#[inline(always)]
pub(crate) fn backward_sums<T: Real>(
    layout: &Layout,
    images: usize,
    gradient: &[T],
    x: &[T],
    saved: Saved<'_, T>,
    sum: &mut [f64],
    product: &mut [f64],
) {
    sum.fill(0.0);
    product.fill(0.0);
    for image in 0..images {
        for_channel_blocks!(layout.pitch, |start, WIDTH| {
            let (sums, products) = if saved.gate {
                gradient_sums::<T, WIDTH, true>(layout, image, gradient, x, start, saved)
            } else {
                gradient_sums::<T, WIDTH, false>(layout, image, gradient, x, start, saved)
            };
            for lane in 0..WIDTH {
                sum[start + lane] += sums[lane].to_f64();
                product[start + lane] += products[lane].to_f64();
            }
        });
    }
}

#[inline(always)]
fn gradient_sums<T: Real, const WIDTH: usize, const GATE: bool>(
    layout: &Layout,
    image: usize,
    gradient: &[T],
    x: &[T],
    start: usize,
    saved: Saved<'_, T>,
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
                let open = !GATE || x[lane] * scale[lane] + shift[lane] > T::default();
                let g = if open { gradient[lane] } else { T::default() };
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
    let one = |x: T, g: T, channel: usize| {
        let open = !saved.gate || x * scale[channel] + shift[channel] > T::default();
        let g = if open { g } else { T::default() };
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
            for (x, dx) in (x[row.clone()].chunks_exact(pitch)).zip(dx[row].chunks_exact_mut(pitch))
            {
                for channel in 0..pitch {
                    dx[channel] = one(x[channel], dx[channel], channel);
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

    const EPSILON: f64 = 1e-5;

    struct Norm {
        layout: Layout,
        images: usize,
        gamma: Vec<f64>,
        beta: Vec<f64>,
        relu: bool,
    }

    impl Norm {
        /// Output, and mean, inverse deviation, scale and shift of each channel.
        fn forward(&self, x: &[f64]) -> (Vec<f64>, [Vec<f64>; 4]) {
            let pitch = self.layout.pitch;
            let (mut mean, mut variance) = (vec![0.0; pitch], vec![0.0; pitch]);
            statistics(&self.layout, self.images, x, &mut mean, &mut variance);
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
                self.relu,
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
                gate: self.relu,
            };
            let (mut sum, mut product) = (vec![0.0; pitch], vec![0.0; pitch]);
            let (layout, images) = (&self.layout, self.images);
            backward_sums(layout, images, gradient, x, saved, &mut sum, &mut product);
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
            [dx, gamma, sum]
        }
    }

    #[test]
    fn gradients_are_finite_differences() {
        for (channels, relu) in [(3, false), (10, true), (41, true)] {
            let maps = Maps::new(Layout::padded(Shape::new(channels, 3, 2), 1), 2);
            let pitch = maps.layout.pitch;
            let mut norm = Norm {
                layout: maps.layout,
                images: maps.images,
                gamma: (0..pitch).map(|c| 1.0 + 0.1 * c as f64).collect(),
                beta: (0..pitch).map(|c| 0.3 - 0.1 * c as f64).collect(),
                relu,
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
        let (mut mean, mut variance) = ([0.0; 16], [0.0; 16]);
        statistics(&maps.layout, 2, &x, &mut mean, &mut variance);
        assert!((mean[0] - centre).abs() < 1e-4, "{} {centre}", mean[0]);
        assert!(
            (variance[0] / spread - 1.0).abs() < 1e-4,
            "{} {spread}",
            variance[0]
        );
    }

    #[test]
    fn the_residual_comes_before_the_relu() {
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
            true,
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
            false,
            &mut out,
        );
        assert_eq!((out[0], out[16]), (-2.5, 6.5));
    }
}
