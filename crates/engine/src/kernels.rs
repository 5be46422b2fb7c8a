//! The arithmetic: one operator a file, each in its scalar form, generic over the float type.
//!
//! [`Kernels`] gathers them for single precision, as one set per instruction set. A set starts
//! from the scalar forms and replaces those that it has better ones for, so that another
//! instruction set is another folder beside `avx2` and a line in [`available`].

use crate::error::Error;
use crate::layout::Layout;

mod adam;
mod add;
#[cfg(target_arch = "x86_64")]
mod avx2;
mod batch_norm;
#[cfg(test)]
mod check;
mod conv;
mod flatten;
mod global_average_pool;
mod linear;
mod loss;
mod max_pool;
mod real;
mod relu;
mod sgd;

pub(crate) use adam::AdamStep;
pub(crate) use batch_norm::{Coefficients, Saved, gradient_coefficients, ramp};
pub(crate) use conv::{ConvShape, Convolution, Phase};
pub(crate) use flatten::{backward as flatten_backward, forward as flatten};
pub(crate) use linear::LinearShape;
pub(crate) use loss::{cross_entropy, softmax, softmax_cross_entropy};
pub(crate) use max_pool::PoolShape;
pub(crate) use real::Real;
pub(crate) use sgd::SgdStep;

/// The environment variable that forces a set of kernels: `scalar`, `avx2` or `avx512`.
pub(crate) const VARIABLE: &str = "EDGEFRONT_KERNELS";

/// The kernels of one instruction set. The methods are documented at the scalar forms, which
/// the provided ones are.
#[allow(clippy::too_many_arguments, reason = "the operands of one fused pass")]
pub(crate) trait Kernels: Send + Sync {
    fn name(&self) -> &'static str;

    /// The fastest convolution that this set has for a geometry.
    fn convolution(&self, shape: ConvShape, images: usize) -> Box<dyn Convolution>;

    fn statistics(
        &self,
        layout: &Layout,
        images: usize,
        x: &[f32],
        mean: &mut [f64],
        variance: &mut [f64],
    ) {
        batch_norm::statistics(layout, images, x, mean, variance);
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
        batch_norm::normalize(layout, images, x, scale, shift, residual, relu, out);
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
        batch_norm::backward_sums(layout, images, gradient, x, saved, sum, product);
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

    fn relu(&self, x: &[f32], out: &mut [f32]) {
        relu::forward(x, out);
    }

    fn relu_backward(&self, out: &[f32], gradient: &mut [f32]) {
        relu::backward(out, gradient);
    }

    fn add(&self, a: &[f32], b: &[f32], out: &mut [f32]) {
        add::forward(a, b, out);
    }

    fn accumulate(&self, x: &[f32], sum: &mut [f32]) {
        add::accumulate(x, sum);
    }

    fn bias(&self, layout: &Layout, images: usize, bias: &[f32], y: &mut [f32]) {
        add::bias(layout, images, bias, y);
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
}

/// The scalar forms, on any machine.
pub(crate) struct Scalar;

impl Kernels for Scalar {
    fn name(&self) -> &'static str {
        "scalar"
    }

    fn convolution(&self, shape: ConvShape, _images: usize) -> Box<dyn Convolution> {
        Box::new(conv::Reference(shape))
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
    let mut sets: Vec<Box<dyn Kernels>> = Vec::new();
    #[cfg(target_arch = "x86_64")]
    for detected in [avx2::Avx2::detect_wide(), avx2::Avx2::detect()] {
        sets.extend(detected.map(|set| Box::new(set) as Box<dyn Kernels>));
    }
    sets.push(Box::new(Scalar));
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

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
