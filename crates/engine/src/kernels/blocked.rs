//! The kernels for vectors: written once, compiled for each [set of instructions](super::instructions).
//!
//! Convolutions have code of their own ([`direct`], [`winograd`], both over the tiles of
//! [`gemm`]), and so has the max-pool. The other operators are the scalar forms, compiled once more
//! with the wider vectors: they are limited by memory, and the compiler makes good code of them.

mod direct;
#[allow(
    clippy::needless_range_loop,
    reason = "the indices of a tile are what the loops are about"
)]
mod gemm;
mod max_pool;
mod peak;
mod winograd;

use super::batch_norm;
use super::conv::Reference;
use super::depthwise::Depthwise;
use super::instructions::InstructionSet;
use super::max_pool as scalar_max_pool;
use super::{
    Activation, AdamStep, Coefficients, ConcatPart, ConvShape, Convolution, Kernels, LinearShape,
    PoolShape, Saved, SgdStep, activation, adam, add, average_pool, concat, global_average_pool,
    linear, sgd,
};
use crate::layout::Layout;
use direct::Direct;
use winograd::Winograd;

/// The kernels in one set of instructions.
#[derive(Clone, Copy)]
pub(crate) struct Blocked<I> {
    set: I,
    /// Whether convolutions may use Winograd's algorithm, which rounds more coarsely.
    winograd: bool,
}

impl<I: InstructionSet> Blocked<I> {
    /// The kernels, if the processor has the instructions.
    pub fn detect(winograd: bool) -> Option<Self> {
        I::detect().map(|set| Self { set, winograd })
    }
}

impl<I: InstructionSet> Kernels for Blocked<I> {
    fn name(&self) -> &'static str {
        if self.winograd {
            I::NAME
        } else {
            I::DIRECT_NAME
        }
    }

    fn convolution(&self, shape: ConvShape, images: usize, threads: usize) -> Box<dyn Convolution> {
        if shape.is_depthwise() {
            Box::new(Depthwise(shape, self.set))
        } else if shape.groups > 1 {
            Box::new(Reference(shape, self.set))
        } else if self.winograd && Winograd::<I>::suits(&shape, images) {
            Box::new(Winograd::new(self.set, shape, images, threads))
        } else {
            Box::new(Direct::new(self.set, shape, images, threads))
        }
    }

    fn norm_sums(
        &self,
        layout: &Layout,
        images: usize,
        x: &[f32],
        pivot: &[f32],
        sums: &mut [f64],
    ) {
        self.set.run(
            #[inline(always)]
            || batch_norm::image_sums(layout, images, x, pivot, sums),
        );
    }

    fn normalize(
        &self,
        layout: &Layout,
        images: usize,
        x: &[f32],
        scale: &[f32],
        shift: &[f32],
        residual: Option<&[f32]>,
        activation: Activation,
        out: &mut [f32],
    ) {
        self.set.run(
            #[inline(always)]
            || {
                batch_norm::normalize(layout, images, x, scale, shift, residual, activation, out);
            },
        );
    }

    fn norm_gradient_sums(
        &self,
        layout: &Layout,
        images: usize,
        gradient: &[f32],
        x: &[f32],
        saved: Saved<'_, f32>,
        sums: &mut [f64],
    ) {
        self.set.run(
            #[inline(always)]
            || batch_norm::image_gradient_sums(layout, images, gradient, x, saved, sums),
        );
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
        self.set.run(
            #[inline(always)]
            || {
                batch_norm::backward_input(layout, images, gradient, x, saved, coefficients, dx);
            },
        );
    }

    fn activation(&self, activation: Activation, x: &[f32], out: &mut [f32]) {
        self.set.run(
            #[inline(always)]
            || activation::forward(activation, x, out),
        );
    }

    fn activation_backward(&self, activation: Activation, x: &[f32], gradient: &mut [f32]) {
        self.set.run(
            #[inline(always)]
            || activation::backward(activation, x, gradient),
        );
    }

    fn add(&self, a: &[f32], b: &[f32], out: &mut [f32]) {
        self.set.run(
            #[inline(always)]
            || add::forward(a, b, out),
        );
    }

    fn accumulate(&self, x: &[f32], sum: &mut [f32]) {
        self.set.run(
            #[inline(always)]
            || add::accumulate(x, sum),
        );
    }

    fn bias_backward(&self, layout: &Layout, images: usize, dy: &[f32], gradient: &mut [f32]) {
        self.set.run(
            #[inline(always)]
            || add::bias_backward(layout, images, dy, gradient),
        );
    }

    fn max_pool(
        &self,
        shape: &PoolShape,
        images: usize,
        x: &[f32],
        y: &mut [f32],
        winners: &mut [u8],
    ) {
        max_pool::forward(self.set, shape, images, x, y, winners);
    }

    fn max_pool_backward(
        &self,
        shape: &PoolShape,
        images: usize,
        dy: &[f32],
        winners: &[u8],
        dx: &mut [f32],
    ) {
        self.set.run(
            #[inline(always)]
            || scalar_max_pool::backward(shape, images, dy, winners, dx),
        );
    }

    fn average_pool(
        &self,
        shape: &PoolShape,
        whole: bool,
        images: usize,
        x: &[f32],
        y: &mut [f32],
    ) {
        self.set.run(
            #[inline(always)]
            || average_pool::forward(shape, whole, images, x, y),
        );
    }

    fn average_pool_backward(
        &self,
        shape: &PoolShape,
        whole: bool,
        images: usize,
        dy: &[f32],
        dx: &mut [f32],
    ) {
        self.set.run(
            #[inline(always)]
            || average_pool::backward(shape, whole, images, dy, dx),
        );
    }

    fn concat(&self, place: &ConcatPart, images: usize, x: &[f32], y: &mut [f32]) {
        self.set.run(
            #[inline(always)]
            || concat::forward(place, images, x, y),
        );
    }

    fn concat_backward(
        &self,
        place: &ConcatPart,
        images: usize,
        dy: &[f32],
        dx: &mut [f32],
        accumulate: bool,
    ) {
        self.set.run(
            #[inline(always)]
            || concat::backward(place, images, dy, dx, accumulate),
        );
    }

    fn global_average_pool(
        &self,
        input: &Layout,
        output: &Layout,
        images: usize,
        x: &[f32],
        y: &mut [f32],
    ) {
        self.set.run(
            #[inline(always)]
            || global_average_pool::forward(input, output, images, x, y),
        );
    }

    fn global_average_pool_backward(
        &self,
        input: &Layout,
        output: &Layout,
        images: usize,
        dy: &[f32],
        dx: &mut [f32],
    ) {
        self.set.run(
            #[inline(always)]
            || global_average_pool::backward(input, output, images, dy, dx),
        );
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
        self.set.run(
            #[inline(always)]
            || linear::forward(shape, images, x, w, bias, y),
        );
    }

    fn linear_backward_data(
        &self,
        shape: &LinearShape,
        images: usize,
        dy: &[f32],
        w: &[f32],
        dx: &mut [f32],
    ) {
        self.set.run(
            #[inline(always)]
            || linear::backward_data(shape, images, dy, w, dx),
        );
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
        self.set.run(
            #[inline(always)]
            || linear::backward_weights(shape, images, x, dy, dw, bias),
        );
    }

    fn adam(
        &self,
        step: &AdamStep<f32>,
        weights: &mut [f32],
        gradients: &[f32],
        means: &mut [f32],
        squares: &mut [f32],
    ) {
        self.set.run(
            #[inline(always)]
            || adam::adam(step, weights, gradients, means, squares),
        );
    }

    fn sgd_momentum(
        &self,
        step: &SgdStep<f32>,
        weights: &mut [f32],
        gradients: &[f32],
        velocities: &mut [f32],
    ) {
        self.set.run(
            #[inline(always)]
            || sgd::momentum(step, weights, gradients, velocities),
        );
    }

    fn sgd(&self, step: &SgdStep<f32>, weights: &mut [f32], gradients: &[f32]) {
        self.set.run(
            #[inline(always)]
            || sgd::descend(step, weights, gradients),
        );
    }

    fn multiply_adds(&self, rounds: usize) -> usize {
        peak::multiply_adds(self.set, rounds)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use edgefront_graph::{Shape, Window};
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::activation::tests::ALL;
    use crate::kernels::check::Maps;
    use crate::kernels::concat::tests::parts;
    use crate::kernels::conv::tests::{conv_shape, convolutions, weights};
    use crate::kernels::instructions::Portable;
    use crate::kernels::max_pool::tests::pools;
    use crate::kernels::{Finish, Scalar, available};
    use crate::threads::Threads;

    /// Rounding of a sum of products, relative to the sum of their magnitudes: for sums of up to
    /// some thousand terms in any order.
    const DIRECT: f32 = 2e-6;
    /// The same for Winograd's algorithm, whose transforms enlarge rounding errors.
    const WINOGRAD: f32 = 2e-5;

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

    /// The operands of a convolution.
    struct Case {
        shape: ConvShape,
        images: usize,
        x: Vec<f32>,
        w: Vec<f32>,
        dy: Vec<f32>,
    }

    /// The outcome of each pass: the output, the gradient of the weights, and that of the input,
    /// written and added, if it is wanted.
    type Outcome = [Vec<f32>; 4];

    impl Case {
        fn new(shape: ConvShape, images: usize) -> Self {
            Self {
                shape,
                images,
                x: Maps::new(shape.input, images).draw_single(1),
                w: weights(&shape).draw_single(3),
                dy: Maps::new(shape.output, images).draw_single(2),
            }
        }

        /// The same with the magnitudes of all numbers.
        fn magnitudes(&self) -> Self {
            let [x, w, dy] = [&self.x, &self.w, &self.dy].map(|values| magnitude(values));
            Self { x, w, dy, ..*self }
        }

        /// Runs all passes, prepared for more images than there are.
        fn run(&self, kernels: &dyn Kernels, threads: usize) -> Outcome {
            let Self { shape, images, .. } = self;
            let convolution = kernels.convolution(*shape, images + 1, threads);
            let threads = &Threads::new(threads).unwrap();
            let mut packed = vec![f32::NAN; convolution.packed_len()];
            convolution.pack(threads, &self.w, &mut packed);
            let mut scratch = vec![f32::NAN; convolution.forward_scratch_len()];
            let mut y = vec![f32::NAN; self.dy.len()];
            shape.output.clear_border(&mut y, *images);
            convolution.forward(
                threads,
                *images,
                &self.x,
                &self.w,
                &packed,
                Finish::default(),
                &mut y,
                &mut scratch,
            );

            let scratch = || vec![f32::NAN; convolution.backward_scratch_len()];
            let mut dw = vec![f32::NAN; self.w.len()];
            convolution.backward_weights(
                threads,
                *images,
                &self.x,
                &self.dy,
                &mut dw,
                &mut scratch(),
            );

            let wanted = shape.input.pitch.is_multiple_of(Layout::LANES); // else it is an image
            let [written, added] = [false, true].map(|add| {
                let mut dx = vec![if add { 0.25 } else { f32::NAN }; self.x.len()];
                shape.input.clear_border(&mut dx, *images);
                if wanted {
                    let mut scratch = scratch();
                    convolution.backward_data(
                        threads,
                        *images,
                        &self.dy,
                        &self.w,
                        &mut dx,
                        add,
                        &mut scratch,
                    );
                } else {
                    dx.fill(0.0);
                }
                dx
            });
            [y, dw, written, added]
        }

        /// Compares all sets of kernels with the scalar ones, and those with one rounding with
        /// each other, to the last bit.
        fn check(&self, tolerance: f32) {
            let expected = self.run(&Scalar, 1);
            let scale = self.magnitudes().run(&Scalar, 1);
            let mut fused: HashMap<&str, Outcome> = HashMap::new();
            for kernels in available() {
                let name = kernels.name();
                let winograd = !name.contains("direct") && tolerance == WINOGRAD;
                let tolerance = if winograd { WINOGRAD } else { DIRECT };
                let got = self.run(kernels.as_ref(), 1);
                for (pass, got) in got.iter().enumerate() {
                    assert_close(got, &expected[pass], &scale[pass], tolerance);
                }
                for threads in [2, 3] {
                    assert!(
                        self.run(kernels.as_ref(), threads) == got,
                        "{threads} threads"
                    );
                }
                if let Some(rest) = ["avx2", "avx512"]
                    .iter()
                    .find_map(|it| name.strip_prefix(it))
                {
                    let first = fused.entry(rest).or_insert_with(|| got.clone());
                    assert!(*first == got, "the widths of {name} differ");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_convolution_is_the_scalar_one((shape, images) in convolutions()) {
            let winograd = Winograd::<Portable>::suits(&shape, images + 1);
            Case::new(shape, images).check(if winograd { WINOGRAD } else { DIRECT });
        }

    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        /// As it writes its outputs, a convolution does what a pass over them does afterwards.
        #[test]
        fn outputs_are_finished_as_they_are_written(
            (shape, images) in prop_oneof![convolutions(), winograds()],
            activation in prop::sample::select(&ALL),
            operands in any::<[bool; 3]>(),
        ) {
            let Case { x, w, dy, .. } = Case::new(shape, images);
            let row = |seed| {
                Maps::new(Layout::padded(Shape::vector(shape.output.channels), 0), 1).draw_single(seed)
            };
            let given = |index: usize, values: Vec<f32>| if operands[index] { values } else { Vec::new() };
            let (scale, shift, residual) = (given(0, row(4)), given(1, row(5)), given(2, dy.clone()));
            let finish = Finish { scale: &scale, shift: &shift, residual: &residual, activation };
            let mut widths: HashMap<&str, Vec<f32>> = HashMap::new();
            for kernels in available() {
                let convolution = kernels.convolution(shape, images, 2);
                let threads = &Threads::new(2).unwrap();
                let mut packed = vec![f32::NAN; convolution.packed_len()];
                convolution.pack(threads, &w, &mut packed);
                let run = |finish| {
                    let mut scratch = vec![f32::NAN; convolution.forward_scratch_len()];
                    let mut y = vec![f32::NAN; dy.len()];
                    shape.output.clear_border(&mut y, images);
                    convolution.forward(threads, images, &x, &w, &packed, finish, &mut y, &mut scratch);
                    y
                };
                let mut expected = run(Finish::default());
                finish.in_place(&shape.output, images, &mut expected);
                let got = run(finish);
                assert_close(&got, &expected, &expected, DIRECT);
                if let Some(rest) = ["avx2", "avx512"].iter().find_map(|it| kernels.name().strip_prefix(it)) {
                    let first = widths.entry(rest).or_insert_with(|| got.clone());
                    prop_assert!(*first == got, "the widths of {} differ", kernels.name());
                }
            }
        }
    }

    /// Convolutions that Winograd's algorithm does.
    fn winograds() -> impl Strategy<Value = (ConvShape, usize)> {
        (3usize..20, 3usize..20, 1usize..90, 1usize..90, 1usize..5).prop_map(
            |(height, width, inputs, outputs, images)| {
                let window = Window::square(3, 1, 1);
                let input = Shape::new(inputs, height, width);
                (conv_shape(window, input, outputs, false), images)
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn winograd_is_the_scalar_convolution((shape, images) in winograds()) {
            Case::new(shape, images).check(WINOGRAD);
        }

    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// These are one code compiled twice: no bit may differ.
        #[test]
        fn pools_are_the_scalar_ones((shape, images) in pools()) {
            let (input, output) = (Maps::new(shape.input, images), Maps::new(shape.output, images));
            let (x, dy) = (input.draw_single(1), output.draw_single(2));
            let run = |kernels: &dyn Kernels| {
                let (mut y, mut dx) = (dy.clone(), x.clone());
                let mut winners = vec![0; shape.winners(images)];
                kernels.max_pool(&shape, images, &x, &mut y, &mut winners);
                kernels.max_pool_backward(&shape, images, &dy, &winners, &mut dx);
                let mut means = Vec::new();
                for whole in [false, true] {
                    let (mut y, mut dx) = (dy.clone(), x.clone());
                    kernels.average_pool(&shape, whole, images, &x, &mut y);
                    kernels.average_pool_backward(&shape, whole, images, &dy, &mut dx);
                    means.push((y, dx));
                }
                (y, winners, dx, means)
            };
            for kernels in available() {
                prop_assert_eq!(run(kernels.as_ref()), run(&Scalar));
            }
        }

        #[test]
        fn concats_are_the_scalar_ones((parts, images) in parts(), accumulate: bool) {
            let dy = Maps::new(parts[0].whole, images).draw_single(1);
            let run = |kernels: &dyn Kernels| {
                let (mut y, mut gradients) = (dy.clone(), Vec::new());
                for place in &parts {
                    let mut x = Maps::new(place.part, images).draw_single(2);
                    kernels.concat(place, images, &x, &mut y);
                    kernels.concat_backward(place, images, &dy, &mut x, accumulate);
                    gradients.push(x);
                }
                (y, gradients)
            };
            for kernels in available() {
                prop_assert_eq!(run(kernels.as_ref()), run(&Scalar));
            }
        }

        #[test]
        fn activations_are_the_scalar_ones(x in prop::collection::vec(-9.0f32..9.0, 1..70)) {
            for activation in ALL {
                let run = |kernels: &dyn Kernels| {
                    let (mut out, mut gradient) = (x.clone(), x.clone());
                    kernels.activation(activation, &x, &mut out);
                    kernels.activation_backward(activation, &x, &mut gradient);
                    (out, gradient)
                };
                for kernels in available() {
                prop_assert_eq!(run(kernels.as_ref()), run(&Scalar));
            }
            }
        }

        #[test]
        fn norms_are_the_scalar_ones(
            channels in 1usize..70,
            (height, width, border, images) in (1usize..6, 1usize..6, 0usize..2, 1usize..4),
            activation in prop::sample::select(&ALL),
        ) {
            let maps = Maps::new(Layout::padded(Shape::new(channels, height, width), border), images);
            let (x, gradient) = (maps.draw_single(1), maps.draw_single(2));
            let pitch = maps.layout.pitch;
            let row = |seed| {
                let shape = Shape::vector(pitch);
                Maps::new(Layout::padded(shape, 0), 1).draw_single(seed)
            };
            let (scale, shift, mean) = (row(3), row(4), row(5));
            let (a, b, c) = (row(6), row(7), row(8));
            let saved = Saved { mean: &mean, scale: &scale, shift: &shift, activation };
            let coefficients = Coefficients { a: &a, b: &b, c: &c };
            let run = |kernels: &dyn Kernels| {
                let layout = &maps.layout;
                let mut sums = [(); 2].map(|()| vec![0.0; images * 2 * pitch]);
                let [first, second] = &mut sums;
                kernels.norm_sums(layout, images, &x, &mean, first);
                kernels.norm_gradient_sums(layout, images, &gradient, &x, saved, second);
                let (mut out, mut dx) = (x.clone(), gradient.clone());
                let other = Some(&gradient[..]);
                kernels.normalize(layout, images, &x, &scale, &shift, other, activation, &mut out);
                kernels.norm_backward_input(layout, images, None, &x, saved, coefficients, &mut dx);
                (sums, out, dx)
            };
            for kernels in available() {
                prop_assert_eq!(run(kernels.as_ref()), run(&Scalar));
            }
        }
    }
}
