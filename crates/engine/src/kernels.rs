//! The arithmetic: one operator a file, each in its scalar form, generic over the float type.
//!
//! [`Kernels`] gathers them for single precision. The scalar forms are the reference; the
//! [`blocked`] ones are written for vectors and compiled for each of the [`instructions`].

use crate::error::Error;
use crate::layout::Layout;

mod activation;
mod adam;
mod add;
mod average_pool;
mod batch_norm;
mod blocked;
mod blocks;
#[cfg(test)]
mod check;
mod concat;
mod conv;
mod depthwise;
mod dropout;
mod finish;
mod flatten;
mod global_average_pool;
mod instructions;
mod linear;
mod loss;
mod max_pool;
mod peak;
mod real;
mod sgd;

use blocked::Blocked;
use instructions::InstructionSet;

pub(crate) use activation::Activation;
pub(crate) use adam::AdamStep;
pub(crate) use batch_norm::{Coefficients, Saved, gradient_coefficients, moments, total};
pub(crate) use concat::ConcatPart;
pub(crate) use conv::{ConvShape, Convolution, Phase};
pub(crate) use dropout::dropout;
pub(crate) use finish::Finish;
pub(crate) use flatten::{backward as flatten_backward, forward as flatten};
pub(crate) use linear::LinearShape;
pub(crate) use loss::{cross_entropy, softmax, softmax_cross_entropy};
pub(crate) use max_pool::PoolShape;
pub(crate) use real::Real;
pub(crate) use sgd::SgdStep;

/// The environment variable that forces a set of kernels: `scalar`, `portable`, `avx2` or `avx512`,
/// or one of the last three with `-direct` for convolutions without Winograd's algorithm.
pub(crate) const VARIABLE: &str = "EDGEFRONT_KERNELS";

/// The kernels of one instruction set. The methods are documented at the scalar forms, which
/// the provided ones are.
#[allow(clippy::too_many_arguments, reason = "the operands of one fused pass")]
pub(crate) trait Kernels: Send + Sync {
    fn name(&self) -> &'static str;

    /// The fastest convolution that this set has for a geometry, with room for this many threads.
    fn convolution(&self, shape: ConvShape, images: usize, threads: usize) -> Box<dyn Convolution>;

    fn norm_sums(
        &self,
        layout: &Layout,
        images: usize,
        x: &[f32],
        pivot: &[f32],
        sums: &mut [f64],
    ) {
        batch_norm::image_sums(layout, images, x, pivot, sums);
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
        batch_norm::normalize(layout, images, x, scale, shift, residual, activation, out);
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
        batch_norm::image_gradient_sums(layout, images, gradient, x, saved, sums);
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
        batch_norm::backward_input(layout, images, gradient, x, saved, coefficients, dx);
    }

    fn activation(&self, activation: Activation, x: &[f32], out: &mut [f32]) {
        activation::forward(activation, x, out);
    }

    fn activation_backward(&self, activation: Activation, x: &[f32], gradient: &mut [f32]) {
        activation::backward(activation, x, gradient);
    }

    fn add(&self, a: &[f32], b: &[f32], out: &mut [f32]) {
        add::forward(a, b, out);
    }

    fn accumulate(&self, x: &[f32], sum: &mut [f32]) {
        add::accumulate(x, sum);
    }

    fn bias_backward(&self, layout: &Layout, images: usize, dy: &[f32], gradient: &mut [f32]) {
        add::bias_backward(layout, images, dy, gradient);
    }

    fn max_pool(
        &self,
        shape: &PoolShape,
        images: usize,
        x: &[f32],
        y: &mut [f32],
        winners: &mut [u8],
    ) {
        max_pool::forward(shape, images, x, y, winners);
    }

    fn max_pool_backward(
        &self,
        shape: &PoolShape,
        images: usize,
        dy: &[f32],
        winners: &[u8],
        dx: &mut [f32],
    ) {
        max_pool::backward(shape, images, dy, winners, dx);
    }

    fn average_pool(
        &self,
        shape: &PoolShape,
        whole: bool,
        images: usize,
        x: &[f32],
        y: &mut [f32],
    ) {
        average_pool::forward(shape, whole, images, x, y);
    }

    fn average_pool_backward(
        &self,
        shape: &PoolShape,
        whole: bool,
        images: usize,
        dy: &[f32],
        dx: &mut [f32],
    ) {
        average_pool::backward(shape, whole, images, dy, dx);
    }

    fn concat(&self, place: &ConcatPart, images: usize, x: &[f32], y: &mut [f32]) {
        concat::forward(place, images, x, y);
    }

    fn concat_backward(
        &self,
        place: &ConcatPart,
        images: usize,
        dy: &[f32],
        dx: &mut [f32],
        accumulate: bool,
    ) {
        concat::backward(place, images, dy, dx, accumulate);
    }

    fn global_average_pool(
        &self,
        input: &Layout,
        output: &Layout,
        images: usize,
        x: &[f32],
        y: &mut [f32],
    ) {
        global_average_pool::forward(input, output, images, x, y);
    }

    fn global_average_pool_backward(
        &self,
        input: &Layout,
        output: &Layout,
        images: usize,
        dy: &[f32],
        dx: &mut [f32],
    ) {
        global_average_pool::backward(input, output, images, dy, dx);
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
        linear::forward(shape, images, x, w, bias, y);
    }

    fn linear_backward_data(
        &self,
        shape: &LinearShape,
        images: usize,
        dy: &[f32],
        w: &[f32],
        dx: &mut [f32],
    ) {
        linear::backward_data(shape, images, dy, w, dx);
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
        linear::backward_weights(shape, images, x, dy, dw, bias);
    }

    fn adam(
        &self,
        step: &AdamStep<f32>,
        weights: &mut [f32],
        gradients: &[f32],
        means: &mut [f32],
        squares: &mut [f32],
    ) {
        adam::adam(step, weights, gradients, means, squares);
    }

    fn sgd_momentum(
        &self,
        step: &SgdStep<f32>,
        weights: &mut [f32],
        gradients: &[f32],
        velocities: &mut [f32],
    ) {
        sgd::momentum(step, weights, gradients, velocities);
    }

    fn sgd(&self, step: &SgdStep<f32>, weights: &mut [f32], gradients: &[f32]) {
        sgd::descend(step, weights, gradients);
    }

    fn multiply_adds(&self, rounds: usize) -> usize {
        peak::multiply_adds(rounds)
    }
}

/// The scalar forms, on any machine.
pub(crate) struct Scalar;

impl Kernels for Scalar {
    fn name(&self) -> &'static str {
        "scalar"
    }

    fn convolution(&self, shape: ConvShape, _: usize, _: usize) -> Box<dyn Convolution> {
        Box::new(conv::Reference(shape, instructions::Portable))
    }
}

/// The kernels called `forced`, or without a name the fastest that this processor runs.
///
/// # Errors
/// If there is no such set, or this processor lacks its instructions.
pub(crate) fn select(forced: Option<&str>) -> Result<Box<dyn Kernels>, Error> {
    let mut available = available();
    let place = match forced {
        None => Some(0),
        Some(name) => available.iter().position(|kernels| kernels.name() == name),
    };
    match place {
        Some(place) => Ok(available.swap_remove(place)),
        None => Err(Error::Kernels {
            name: forced.unwrap_or_default().to_owned(),
            available: available.iter().map(|kernels| kernels.name()).collect(),
        }),
    }
}

/// The kernels that this processor runs, the fastest first.
pub(crate) fn available() -> Vec<Box<dyn Kernels>> {
    fn blocked<I: InstructionSet>(winograd: bool) -> Option<Box<dyn Kernels>> {
        Blocked::<I>::detect(winograd).map(|set| Box::new(set) as Box<dyn Kernels>)
    }
    let mut sets = Vec::new();
    for winograd in [true, false] {
        #[cfg(target_arch = "x86_64")]
        sets.extend(blocked::<instructions::Avx512>(winograd));
        #[cfg(target_arch = "x86_64")]
        sets.extend(blocked::<instructions::Avx2>(winograd));
        sets.extend(blocked::<instructions::Portable>(winograd));
    }
    sets.push(Box::new(Scalar));
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_can_tell_its_peak() {
        for set in available() {
            let operations = set.multiply_adds(10);
            assert!(operations >= 20, "{}: {operations}", set.name());
            assert_eq!(set.multiply_adds(20), 2 * operations);
        }
    }

    #[test]
    fn kernels_are_chosen_by_name() {
        assert_eq!(select(Some("scalar")).unwrap().name(), "scalar");
        for set in available() {
            assert_eq!(select(Some(set.name())).unwrap().name(), set.name());
        }
        assert_eq!(select(None).unwrap().name(), available()[0].name());
        let message = select(Some("avx")).err().unwrap().to_string();
        assert!(
            message.starts_with("EDGEFRONT_KERNELS is `avx`, expected one of "),
            "{message}"
        );
    }
}
