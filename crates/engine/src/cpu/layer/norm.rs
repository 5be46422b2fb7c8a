use edgefront_graph::Tensor;
use edgefront_graph::op::BatchNorm;

use super::{Backward, Character, Forward, Layer, Run, Target};
use crate::kernels::{
    Activation, Coefficients, Finish, Saved, gradient_coefficients, moments, total,
};
use crate::layout::Layout;

/// A batch norm, with the addition of a residual and the activation that may follow it.
///
/// Between a residual and an activation lies no value that could be had again: there the
/// activation's [slope must show in its output](Activation::slope_by_output).
///
/// Parameters: the scale (gamma) of each channel, then the offset (beta).
pub(crate) struct NormLayer {
    layout: Layout,
    residual: bool,
    activation: Activation,
    running_mean: Vec<f32>,
    running_variance: Vec<f32>,
    /// Of the last training batch.
    mean: Vec<f32>,
    inverse_deviation: Vec<f64>,
    /// The affine map of the last forward pass: `scale * x + shift`.
    scale: Vec<f32>,
    shift: Vec<f32>,
    /// Two sums for each channel and image of a pass over a batch, kept only for their room.
    sums: Vec<f64>,
    coefficients: [Vec<f32>; 3],
}

impl NormLayer {
    pub fn new(layout: Layout, residual: bool, activation: Activation, images: usize) -> Self {
        let zeros = || vec![0.0; layout.pitch];
        Self {
            layout,
            residual,
            activation,
            running_mean: zeros(),
            running_variance: zeros(),
            mean: zeros(),
            inverse_deviation: vec![0.0; layout.pitch],
            scale: zeros(),
            shift: zeros(),
            sums: vec![0.0; images * 2 * layout.pitch],
            coefficients: [zeros(), zeros(), zeros()],
        }
    }

    fn saved(&self) -> Saved<'_, f32> {
        Saved {
            mean: &self.mean,
            scale: &self.scale,
            shift: &self.shift,
            activation: if self.residual {
                Activation::None
            } else {
                self.activation
            },
        }
    }

    /// Measures the batch, brings the running statistics up to date and sets the affine map.
    fn measure(&mut self, run: Run<'_>, x: &[f32], parameters: &[f32]) {
        let (layout, width) = (&self.layout, 2 * self.layout.pitch);
        let origin = layout.at(0, 0, 0);
        let pivot = &x[origin..origin + layout.pitch];
        let share = run.threads.share(run.images);
        let sums = &mut self.sums[..run.images * width];
        run.threads.each_of(
            (x.chunks(share * layout.image_stride())).zip(sums.chunks_mut(share * width)),
            |(x, sums)| {
                run.kernels
                    .norm_sums(layout, sums.len() / width, x, pivot, sums);
            },
        );
        let count = (run.images * layout.positions()) as f64;
        let sums = total(sums, width);
        moments(sums, pivot, count);
        let (mean, variance) = sums.split_at(layout.pitch);
        // A single value says nothing of the variance: the running one stays as it is.
        let unbiased = (count > 1.0).then(|| count / (count - 1.0));
        let momentum = f64::from(BatchNorm::MOMENTUM);
        let blend = |running: &mut f32, new: f64| {
            *running = ((1.0 - momentum) * f64::from(*running) + momentum * new) as f32;
        };
        for channel in 0..self.layout.channels {
            let (mean, variance) = (mean[channel], variance[channel]);
            blend(&mut self.running_mean[channel], mean);
            if let Some(unbiased) = unbiased {
                blend(&mut self.running_variance[channel], variance * unbiased);
            }
            self.mean[channel] = mean as f32;
            self.inverse_deviation[channel] =
                1.0 / (variance + f64::from(BatchNorm::EPSILON)).sqrt();
            let scale = f64::from(parameters[channel]) * self.inverse_deviation[channel];
            let beta = parameters[self.layout.pitch + channel];
            self.scale[channel] = scale as f32;
            self.shift[channel] = (f64::from(beta) - scale * mean) as f32;
        }
    }

    /// Sets the affine map from the running statistics.
    fn recall(&mut self, parameters: &[f32]) {
        for channel in 0..self.layout.channels {
            let variance = f64::from(self.running_variance[channel]);
            let scale =
                f64::from(parameters[channel]) / (variance + f64::from(BatchNorm::EPSILON)).sqrt();
            let mean = f64::from(self.running_mean[channel]);
            let beta = f64::from(parameters[self.layout.pitch + channel]);
            self.scale[channel] = scale as f32;
            self.shift[channel] = (beta - scale * mean) as f32;
        }
    }
}

impl Layer for NormLayer {
    fn character(&self) -> Character {
        Character {
            recomputable: true,
            reads_input: true,
            reads_output: self.residual && self.activation != Activation::None,
            in_place: true,
            passes: [false, self.residual],
            elementwise: true,
            ..Character::default()
        }
    }

    fn parameter_len(&self) -> usize {
        2 * self.layout.pitch
    }

    fn state_bytes(&self) -> usize {
        self.layout.pitch * (8 * size_of::<f32>() + size_of::<f64>())
            + self.sums.len() * size_of::<f64>()
    }

    fn load(&mut self, tensors: &[Tensor], parameters: &mut [f32]) {
        let (gamma, beta) = parameters.split_at_mut(self.layout.pitch);
        let places = [
            gamma,
            beta,
            &mut self.running_mean,
            &mut self.running_variance,
        ];
        for (place, tensor) in places.into_iter().zip(tensors) {
            place.fill(0.0);
            place[..tensor.data.len()].copy_from_slice(&tensor.data);
        }
    }

    fn save(&self, parameters: &[f32], tensors: &mut [Tensor]) {
        let (gamma, beta) = parameters.split_at(self.layout.pitch);
        let places = [gamma, beta, &self.running_mean, &self.running_variance];
        for (place, tensor) in places.into_iter().zip(tensors) {
            let channels = tensor.data.len();
            tensor.data.copy_from_slice(&place[..channels]);
        }
    }

    fn finish(&mut self, parameters: &[f32]) -> Finish<'_> {
        self.recall(parameters);
        Finish {
            scale: &self.scale,
            shift: &self.shift,
            residual: &[],
            activation: self.activation,
        }
    }

    fn forward(&mut self, run: Run<'_>, io: Forward<'_>) {
        if run.training.is_some() {
            self.measure(run, io.inputs[0], io.parameters);
        } else {
            self.recall(io.parameters);
        }
        self.recompute(run, io);
    }

    fn recompute(&mut self, run: Run<'_>, io: Forward<'_>) {
        let stride = self.layout.image_stride();
        let len = run.threads.share(run.images) * stride;
        let residual = self.residual.then_some(io.inputs[1]);
        run.threads
            .each_of(io.output.chunks_mut(len).enumerate(), |(part, out)| {
                let range = part * len..part * len + out.len();
                run.kernels.normalize(
                    &self.layout,
                    out.len() / stride,
                    &io.inputs[0][range.clone()],
                    &self.scale,
                    &self.shift,
                    residual.map(|residual| &residual[range]),
                    self.activation,
                    out,
                );
            });
    }

    fn backward(&mut self, run: Run<'_>, io: Backward<'_>) {
        let Backward {
            input: x, gradient, ..
        } = io;
        if self.residual && self.activation != Activation::None {
            let len = run.threads.share(gradient.len());
            run.threads.each_of(
                gradient.chunks_mut(len).zip(io.output.chunks(len)),
                |(gradient, output)| {
                    (run.kernels).activation_backward(self.activation, output, gradient);
                },
            );
        }
        let (stride, width) = (self.layout.image_stride(), 2 * self.layout.pitch);
        let share = run.threads.share(run.images);
        let mut sums = std::mem::take(&mut self.sums);
        let saved = self.saved();
        run.threads.each_of(
            (sums[..run.images * width].chunks_mut(share * width)).zip(
                gradient
                    .chunks(share * stride)
                    .zip(x.chunks(share * stride)),
            ),
            |(sums, (gradient, x))| {
                let images = sums.len() / width;
                run.kernels
                    .norm_gradient_sums(&self.layout, images, gradient, x, saved, sums);
            },
        );
        let (sum, product) = total(&mut sums[..run.images * width], width).split_at(width / 2);
        io.parameter_gradients.fill(0.0);
        let (gamma, pitch) = (io.parameters, self.layout.pitch);
        let [mut a, mut b, mut c] = std::mem::take(&mut self.coefficients);
        let count = (run.images * self.layout.positions()) as f64;
        for channel in 0..self.layout.channels {
            let inverse = self.inverse_deviation[channel];
            let (sum, product) = (sum[channel], product[channel]);
            io.parameter_gradients[channel] = (product * inverse) as f32;
            io.parameter_gradients[pitch + channel] = sum as f32;
            let scale = f64::from(gamma[channel]) * inverse;
            let mean = f64::from(self.mean[channel]);
            let abc = gradient_coefficients(scale, inverse, mean, (sum, product), count);
            [a[channel], b[channel], c[channel]] = abc.map(|value| value as f32);
        }
        let coefficients = Coefficients {
            a: &a,
            b: &b,
            c: &c,
        };
        let saved = self.saved();
        let backward_input = |source: Option<&[f32]>, x: &[f32], dx: &mut [f32]| {
            let images = dx.len() / stride;
            run.kernels.norm_backward_input(
                &self.layout,
                images,
                source,
                x,
                saved,
                coefficients,
                dx,
            );
        };
        let inputs = x.chunks(share * stride);
        match io.target {
            Target::InPlace => run.threads.each_of(
                gradient.chunks_mut(share * stride).zip(inputs),
                |(dx, x)| backward_input(None, x, dx),
            ),
            target => {
                let gradients = gradient.chunks(share * stride);
                let dx = target.written().unwrap_or_default();
                run.threads.each_of(
                    dx.chunks_mut(share * stride).zip(inputs.zip(gradients)),
                    |(dx, (x, gradient))| backward_input(Some(gradient), x, dx),
                );
            }
        }
        self.sums = sums;
        self.coefficients = [a, b, c];
    }
}

#[cfg(test)]
mod tests {
    use edgefront_graph::Shape;
    use edgefront_random::Key;

    use super::*;
    use crate::kernels::Scalar;
    use crate::threads::Threads;

    /// The running mean and variance of the first channel after a training pass over one value for
    /// each image, from a mean of 0 and a variance of 1.
    fn running(values: &[f32]) -> (f32, f32) {
        let layout = Layout::padded(Shape::vector(1), 0);
        let mut layer = NormLayer::new(layout, false, Activation::None, values.len());
        let mut parameters = vec![0.0; layer.parameter_len()];
        let tensors = [1.0, 0.0, 0.0, 1.0].map(|value| Tensor::filled(&[1], value));
        layer.load(&tensors, &mut parameters);
        let mut x = vec![0.0; layout.len(values.len())];
        for (position, &value) in x.chunks_exact_mut(layout.pitch).zip(values) {
            position[0] = value;
        }
        let mut output = vec![0.0; x.len()];
        let run = Run {
            kernels: &Scalar,
            threads: &Threads::one(),
            images: values.len(),
            training: Some(Key::new(1)),
        };
        let io = Forward {
            place: 0,
            inputs: [&x, &[]],
            finish: Finish::default(),
            output: &mut output,
            parameters: &parameters,
            packed: &[],
            scratch: &mut [],
        };
        layer.forward(run, io);
        (layer.running_mean[0], layer.running_variance[0])
    }

    #[test]
    fn the_running_variance_is_unbiased() {
        assert_eq!(running(&[1.0, 3.0]), (0.2, 1.1));
    }

    #[test]
    fn a_single_value_leaves_the_running_variance() {
        assert_eq!(running(&[3.0]), (0.3, 1.0));
    }
}
