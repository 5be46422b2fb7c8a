use super::Real;
use crate::layout::Layout;

/// Calls `$body` for blocks of channels of a size known to the compiler, so that the sums of a
/// block stay in registers: 32 channels at a time, then 8, then single ones.
macro_rules! for_channel_blocks {
    ($pitch:expr, |$start:ident, $width:ident| $body:expr) => {{
        let pitch: usize = $pitch;
        let mut $start = 0;
        while $start < pitch {
            if pitch - $start >= 32 {
                const $width: usize = 32;
                $body;
                $start += $width;
            } else if pitch - $start >= 8 {
                const $width: usize = 8;
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
