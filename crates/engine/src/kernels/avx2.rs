//! Kernels for x86-64 processors with AVX2 and FMA, and with AVX-512 for the products of matrices.
//!
//! Convolutions have code of their own ([`direct`], [`winograd`], both over the tiles of
//! [`gemm`]), and so has the max-pool. The other operators are the scalar forms, compiled once more with the wider vectors:
//! they are limited by memory, and the compiler makes good code of them.

mod direct;
mod gemm;
mod max_pool;
mod transpose;
mod winograd;

use super::batch_norm;
use super::max_pool as scalar_max_pool;
use super::{
    AdamStep, Coefficients, ConvShape, Convolution, Kernels, LinearShape, PoolShape, Saved,
    SgdStep, adam, add, global_average_pool, linear, relu, sgd,
};
use crate::layout::Layout;
use direct::Direct;
use winograd::Winograd;

/// Proof that the processor has AVX2 and FMA: there is no value of this type where it has not.
#[derive(Clone, Copy)]
pub(crate) struct Avx2 {
    /// Only ever true where the processor has AVX-512F too.
    wide: bool,
}

impl Avx2 {
    /// The kernels with AVX2 alone.
    pub fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        has.then_some(Self { wide: false })
    }

    /// The kernels with the wider tiles of AVX-512.
    pub fn detect_wide() -> Option<Self> {
        let has = Self::detect().is_some() && is_x86_feature_detected!("avx512f");
        has.then_some(Self { wide: true })
    }

    /// Whether the processor has AVX-512F, and it is to be used.
    fn wide(self) -> bool {
        self.wide
    }

    /// Runs scalar code, compiled for these instructions.
    #[expect(clippy::unused_self, reason = "the value is the proof")]
    #[inline(always)]
    fn compiled<R>(self, code: impl FnOnce() -> R) -> R {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { with_avx2(code) }
    }
}

/// The code is inlined here, and so compiled with the features of this function.
#[target_feature(enable = "avx2,fma")]
fn with_avx2<R>(code: impl FnOnce() -> R) -> R {
    code()
}

impl Kernels for Avx2 {
    fn name(&self) -> &'static str {
        if self.wide { "avx512" } else { "avx2" }
    }

    fn convolution(&self, shape: ConvShape, images: usize) -> Box<dyn Convolution> {
        if Winograd::suits(&shape) {
            Box::new(Winograd::new(*self, shape, images))
        } else {
            Box::new(Direct::new(*self, shape, images))
        }
    }

    fn statistics(
        &self,
        layout: &Layout,
        images: usize,
        x: &[f32],
        mean: &mut [f64],
        variance: &mut [f64],
    ) {
        self.compiled(|| batch_norm::statistics(layout, images, x, mean, variance));
    }

    fn normalize(
        &self,
        layout: &Layout,
        images: usize,
        x: &[f32],
        scale: &[f32],
        shift: &[f32],
        residual: Option<&[f32]>,
        relu: bool,
        out: &mut [f32],
    ) {
        self.compiled(|| {
            batch_norm::normalize(layout, images, x, scale, shift, residual, relu, out);
        });
    }

    fn norm_backward_sums(
        &self,
        layout: &Layout,
        images: usize,
        gradient: &[f32],
        x: &[f32],
        saved: Saved<'_, f32>,
        sum: &mut [f64],
        product: &mut [f64],
    ) {
        self.compiled(|| {
            batch_norm::backward_sums(layout, images, gradient, x, saved, sum, product);
        });
    }

    fn norm_backward_input(
        &self,
        layout: &Layout,
        images: usize,
        gradient: Option<&[f32]>,
        x: &[f32],
        saved: Saved<'_, f32>,
        coefficients: Coefficients<'_, f32>,
        dx: &mut [f32],
    ) {
        self.compiled(|| {
            batch_norm::backward_input(layout, images, gradient, x, saved, coefficients, dx);
        });
    }

    fn relu(&self, x: &[f32], out: &mut [f32]) {
        self.compiled(|| relu::forward(x, out));
    }

    fn relu_backward(&self, out: &[f32], gradient: &mut [f32]) {
        self.compiled(|| relu::backward(out, gradient));
    }

    fn add(&self, a: &[f32], b: &[f32], out: &mut [f32]) {
        self.compiled(|| add::forward(a, b, out));
    }

    fn accumulate(&self, x: &[f32], sum: &mut [f32]) {
        self.compiled(|| add::accumulate(x, sum));
    }

    fn bias(&self, layout: &Layout, images: usize, bias: &[f32], y: &mut [f32]) {
        self.compiled(|| add::bias(layout, images, bias, y));
    }

    fn bias_backward(&self, layout: &Layout, images: usize, dy: &[f32], gradient: &mut [f32]) {
        self.compiled(|| add::bias_backward(layout, images, dy, gradient));
    }

    fn max_pool(
        &self,
        shape: &PoolShape,
        images: usize,
        x: &[f32],
        y: &mut [f32],
        winners: &mut [u8],
    ) {
        max_pool::forward(*self, shape, images, x, y, winners);
    }

    fn max_pool_backward(
        &self,
        shape: &PoolShape,
        images: usize,
        dy: &[f32],
        winners: &[u8],
        dx: &mut [f32],
    ) {
        self.compiled(|| scalar_max_pool::backward(shape, images, dy, winners, dx));
    }

    fn global_average_pool(
        &self,
        input: &Layout,
        output: &Layout,
        images: usize,
        x: &[f32],
        y: &mut [f32],
    ) {
        self.compiled(|| global_average_pool::forward(input, output, images, x, y));
    }

    fn global_average_pool_backward(
        &self,
        input: &Layout,
        output: &Layout,
        images: usize,
        dy: &[f32],
        dx: &mut [f32],
    ) {
        self.compiled(|| global_average_pool::backward(input, output, images, dy, dx));
    }

    fn linear(
        &self,
        shape: &LinearShape,
        images: usize,
        x: &[f32],
        w: &[f32],
        bias: &[f32],
        y: &mut [f32],
    ) {
        self.compiled(|| linear::forward(shape, images, x, w, bias, y));
    }

    fn linear_backward_data(
        &self,
        shape: &LinearShape,
        images: usize,
        dy: &[f32],
        w: &[f32],
        dx: &mut [f32],
    ) {
        self.compiled(|| linear::backward_data(shape, images, dy, w, dx));
    }

    fn linear_backward_weights(
        &self,
        shape: &LinearShape,
        images: usize,
        x: &[f32],
        dy: &[f32],
        dw: &mut [f32],
        bias: &mut [f32],
    ) {
        self.compiled(|| linear::backward_weights(shape, images, x, dy, dw, bias));
    }

    fn adam(
        &self,
        step: &AdamStep<f32>,
        weights: &mut [f32],
        gradients: &[f32],
        means: &mut [f32],
        squares: &mut [f32],
    ) {
        self.compiled(|| adam::adam(step, weights, gradients, means, squares));
    }

    fn sgd_momentum(
        &self,
        step: &SgdStep<f32>,
        weights: &mut [f32],
        gradients: &[f32],
        velocities: &mut [f32],
    ) {
        self.compiled(|| sgd::momentum(step, weights, gradients, velocities));
    }

    fn sgd(&self, step: &SgdStep<f32>, weights: &mut [f32], gradients: &[f32]) {
        self.compiled(|| sgd::descend(step, weights, gradients));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use edgefront_graph::{Shape, Window};
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::Scalar;
    use crate::kernels::check::Maps;
    use crate::kernels::conv::tests::{conv_shape, convolutions, weights};
    use crate::kernels::max_pool::tests::pools;

    /// Rounding of a sum of products, relative to the sum of their magnitudes: for sums of up to
    /// some thousand terms in any order.
    const DIRECT: f32 = 2e-6;
    /// The same for Winograd's algorithm, whose transforms enlarge rounding errors.
    const WINOGRAD: f32 = 2e-5;

    fn detected() -> Option<Avx2> {
        let avx2 = Avx2::detect();
        if avx2.is_none() {
            // Straight to the stream: the harness hides what a passing test prints.
            let _ = writeln!(std::io::stderr(), "skipped: no AVX2 here");
        }
        avx2
    }

    /// The wide tiles are another way through the same sums: no bit may differ.
    fn compare_widths(shape: ConvShape, images: usize) {
        let (Some(narrow), Some(wide)) = (Avx2::detect(), Avx2::detect_wide()) else {
            // Straight to the stream: the harness hides what a passing test prints.
            let _ = writeln!(std::io::stderr(), "skipped: no AVX-512 here");
            return;
        };
        let (input, output) = (
            Maps::new(shape.input, images),
            Maps::new(shape.output, images),
        );
        let (x, dy) = (input.draw_single(1), output.draw_single(2));
        let w = weights(&shape).draw_single(3);
        let run = |avx2: Avx2| {
            let convolution = avx2.convolution(shape, images);
            let len = convolution
                .scratch_len()
                .max(convolution.backward_data_scratch_len());
            let (mut packed, mut scratch) = (vec![0.0; convolution.packed_len()], vec![0.0; len]);
            convolution.pack(&w, &mut packed);
            let (mut y, mut dx, mut dw) = (dy.clone(), x.clone(), w.clone());
            convolution.forward(images, &x, &packed, &mut y, &mut scratch);
            if shape.input.pitch.is_multiple_of(8) {
                convolution.backward_data(images, &dy, &w, &mut dx, true, &mut scratch);
            }
            convolution.backward_weights(images, &x, &dy, &mut dw, &mut scratch);
            (y, dx, dw)
        };
        assert_eq!(run(narrow), run(wide));
    }

    fn magnitude(values: &[f32]) -> Vec<f32> {
        values.iter().map(|value| value.abs()).collect()
    }

    /// Asserts that `got` is `expected` within `tolerance` of the largest of `scale`.
    fn assert_close(got: &[f32], expected: &[f32], scale: &[f32], tolerance: f32) {
        let bound = tolerance * scale.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        for (index, (got, expected)) in got.iter().zip(expected).enumerate() {
            let error = (got - expected).abs();
            assert!(
                error <= bound,
                "{index}: {got} is not {expected} within {bound:e}"
            );
        }
    }

    /// Runs all passes of a convolution in both forms, on a batch smaller than what was prepared.
    fn compare(avx2: Avx2, shape: ConvShape, images: usize, tolerance: f32) {
        let fast = avx2.convolution(shape, images + 1);
        let slow = Scalar.convolution(shape, images + 1);
        let (input, output) = (
            Maps::new(shape.input, images),
            Maps::new(shape.output, images),
        );
        let (x, dy) = (input.draw_single(1), output.draw_single(2));
        let w = weights(&shape).draw_single(3);
        let (x_size, dy_size, w_size) = (magnitude(&x), magnitude(&dy), magnitude(&w));

        let forward = |convolution: &dyn Convolution, x: &[f32], w: &[f32]| {
            let mut packed = vec![f32::NAN; convolution.packed_len()];
            convolution.pack(w, &mut packed);
            let mut scratch = vec![f32::NAN; convolution.scratch_len()];
            let mut y = vec![f32::NAN; dy.len()];
            shape.output.clear_border(&mut y, images);
            convolution.forward(images, x, &packed, &mut y, &mut scratch);
            y
        };
        let scale = forward(slow.as_ref(), &x_size, &w_size);
        let (got, expected) = (
            forward(fast.as_ref(), &x, &w),
            forward(slow.as_ref(), &x, &w),
        );
        assert_close(&got, &expected, &scale, tolerance);

        let backward_weights = |convolution: &dyn Convolution, x: &[f32], dy: &[f32]| {
            let mut scratch = vec![f32::NAN; convolution.scratch_len()];
            let mut dw = vec![0.25; w.len()];
            convolution.backward_weights(images, x, dy, &mut dw, &mut scratch);
            dw
        };
        let scale = backward_weights(slow.as_ref(), &x_size, &dy_size);
        let got = backward_weights(fast.as_ref(), &x, &dy);
        let expected = backward_weights(slow.as_ref(), &x, &dy);
        assert_close(&got, &expected, &scale, tolerance);

        if shape.input.pitch != shape.input.channels.next_multiple_of(8) {
            return; // an image, whose gradient nobody wants
        }
        for accumulate in [false, true] {
            let backward_data = |convolution: &dyn Convolution, dy: &[f32], w: &[f32]| {
                let len = convolution.backward_data_scratch_len();
                let mut dx = vec![if accumulate { 0.25 } else { f32::NAN }; x.len()];
                shape.input.clear_border(&mut dx, images);
                let mut scratch = vec![f32::NAN; len];
                convolution.backward_data(images, dy, w, &mut dx, accumulate, &mut scratch);
                dx
            };
            let scale = backward_data(slow.as_ref(), &dy_size, &w_size);
            let got = backward_data(fast.as_ref(), &dy, &w);
            let expected = backward_data(slow.as_ref(), &dy, &w);
            assert_close(&got, &expected, &scale, tolerance);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn any_convolution_is_the_scalar_one((shape, images) in convolutions()) {
            compare_widths(shape, images);
            if let Some(avx2) = detected() {
                compare(avx2, shape, images, if Winograd::suits(&shape) { WINOGRAD } else { DIRECT });
            }
        }

        #[test]
        fn winograd_is_the_scalar_convolution(
            (height, width) in (7usize..15, 7usize..15),
            (inputs, outputs) in (1usize..40, 1usize..80),
            images in 1usize..4,
        ) {
            let shape = conv_shape(
                Window::square(3, 1, 1),
                Shape::new(inputs, height, width),
                outputs,
                false,
            );
            prop_assert!(Winograd::suits(&shape));
            compare_widths(shape, images);
            if let Some(avx2) = detected() {
                compare(avx2, shape, images, WINOGRAD);
            }
        }

        /// These are one code compiled twice: no bit may differ.
        #[test]
        fn pools_are_the_scalar_ones((shape, images) in pools()) {
            let Some(avx2) = detected() else { return Ok(()) };
            let (input, output) = (Maps::new(shape.input, images), Maps::new(shape.output, images));
            let (x, dy) = (input.draw_single(1), output.draw_single(2));
            let run = |kernels: &dyn Kernels| {
                let (mut y, mut dx) = (dy.clone(), x.clone());
                let mut winners = vec![0; shape.winners(images)];
                kernels.max_pool(&shape, images, &x, &mut y, &mut winners);
                kernels.max_pool_backward(&shape, images, &dy, &winners, &mut dx);
                (y, winners, dx)
            };
            prop_assert_eq!(run(&avx2), run(&Scalar));
        }

        #[test]
        fn norms_are_the_scalar_ones(
            channels in 1usize..70,
            (height, width, border, images) in (1usize..6, 1usize..6, 0usize..2, 1usize..4),
            relu in any::<bool>(),
        ) {
            let Some(avx2) = detected() else { return Ok(()) };
            let maps = Maps::new(Layout::padded(Shape::new(channels, height, width), border), images);
            let (x, gradient) = (maps.draw_single(1), maps.draw_single(2));
            let pitch = maps.layout.pitch;
            let row = |seed| {
                let shape = Shape::vector(pitch);
                Maps::new(Layout::padded(shape, 0), 1).draw_single(seed)
            };
            let (scale, shift, mean) = (row(3), row(4), row(5));
            let (a, b, c) = (row(6), row(7), row(8));
            let saved = Saved { mean: &mean, scale: &scale, shift: &shift, gate: relu };
            let coefficients = Coefficients { a: &a, b: &b, c: &c };
            let run = |kernels: &dyn Kernels| {
                let layout = &maps.layout;
                let mut sums = [(); 4].map(|()| vec![0.0; pitch]);
                let [first, second, third, fourth] = &mut sums;
                kernels.statistics(layout, images, &x, first, second);
                kernels.norm_backward_sums(layout, images, &gradient, &x, saved, third, fourth);
                let (mut out, mut dx) = (x.clone(), gradient.clone());
                let other = Some(&gradient[..]);
                kernels.normalize(layout, images, &x, &scale, &shift, other, relu, &mut out);
                kernels.norm_backward_input(layout, images, None, &x, saved, coefficients, &mut dx);
                (sums, out, dx)
            };
            prop_assert_eq!(run(&avx2), run(&Scalar));
        }
    }
}
