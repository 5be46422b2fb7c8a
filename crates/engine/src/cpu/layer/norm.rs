use edgefront_graph::Tensor;
use edgefront_graph::op::BatchNorm;

use super::{Backward, Character, Forward, Layer, Run, Target};
use crate::kernels::{Coefficients, Saved, gradient_coefficients};
use crate::layout::Layout;

/// A batch norm, with the addition of a residual and the ReLU that may follow it.
///
/// Parameters: the scale (gamma) of each channel, then the offset (beta).
pub(crate) struct NormLayer {
    layout: Layout,
    residual: bool,
    relu: bool,
    running_mean: Vec<f32>,
    running_variance: Vec<f32>,
    /// Of the last training batch.
    mean: Vec<f32>,
    inverse_deviation: Vec<f64>,
    /// The affine map of the last forward pass: `scale * x + shift`.
    scale: Vec<f32>,
    shift: Vec<f32>,
    /// Sums of a pass over a batch, kept only for their room.
    sums: [Vec<f64>; 2],
    coefficients: [Vec<f32>; 3],
}

impl NormLayer {
    pub fn new(layout: Layout, residual: bool, relu: bool) -> Self {
        let zeros = || vec![0.0; layout.pitch];
        Self {
            layout,
            residual,
            relu,
            running_mean: zeros(),
            running_variance: zeros(),
            mean: zeros(),
            inverse_deviation: vec![0.0; layout.pitch],
            scale: zeros(),
            shift: zeros(),
            sums: [vec![0.0; layout.pitch], vec![0.0; layout.pitch]],
            coefficients: [zeros(), zeros(), zeros()],
        }
    }

    fn saved(&self) -> Saved<'_, f32> {
        Saved {
            mean: &self.mean,
            scale: &self.scale,
            shift: &self.shift,
            gate: self.relu && !self.residual,
        }
    }

    /// Measures the batch, brings the running statistics up to date and sets the affine map.
    fn measure(&mut self, run: Run<'_>, x: &[f32], parameters: &[f32]) {
        let [mean, variance] = &mut self.sums;
        run.kernels
            .statistics(&self.layout, run.images, x, mean, variance);
        let count = (run.images * self.layout.positions()) as f64;
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
            reads_output: self.residual && self.relu,
            in_place: true,
            passes: [false, self.residual],
            ..Character::default()
        }
    }

    fn parameter_len(&self) -> usize {
        2 * self.layout.pitch
    }

    fn state_bytes(&self) -> usize {
        self.layout.pitch * (8 * size_of::<f32>() + 3 * size_of::<f64>())
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

    fn forward(&mut self, run: Run<'_>, io: Forward<'_>) {
        if run.training {
            self.measure(run, io.inputs[0], io.parameters);
        } else {
            self.recall(io.parameters);
        }
        self.recompute(run, io);
    }

    fn recompute(&mut self, run: Run<'_>, io: Forward<'_>) {
        run.kernels.normalize(
            &self.layout,
            run.images,
            io.inputs[0],
            &self.scale,
            &self.shift,
            self.residual.then_some(io.inputs[1]),
            self.relu,
            io.output,
        );
    }

    fn backward(&mut self, run: Run<'_>, io: Backward<'_>) {
        let Backward {
            input: x, gradient, ..
        } = io;
        if self.residual && self.relu {
            run.kernels.relu_backward(io.output, gradient);
        }
        let [mut sum, mut product] = std::mem::take(&mut self.sums);
        let saved = self.saved();
        run.kernels.norm_backward_sums(
            &self.layout,
            run.images,
            gradient,
            x,
            saved,
            &mut sum,
            &mut product,
        );
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
        let (source, dx) = match io.target {
            Target::InPlace => (None, Some(gradient)),
            target => (Some(&*gradient), target.written()),
        };
        if let Some(dx) = dx {
            run.kernels.norm_backward_input(
                &self.layout,
                run.images,
                source,
                x,
                saved,
                coefficients,
                dx,
            );
        }
        self.sums = [sum, product];
        self.coefficients = [a, b, c];
    }
}

#[cfg(test)]
mod tests {
    use edgefront_graph::Shape;

    use super::*;
    use crate::kernels::Scalar;
    use crate::threads::Threads;

    /// The running mean and variance of the first channel after a training pass over one value for
    /// each image, from a mean of 0 and a variance of 1.
    fn running(values: &[f32]) -> (f32, f32) {
        let layout = Layout::padded(Shape::vector(1), 0);
        let mut layer = NormLayer::new(layout, false, false);
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
            threads: &Threads::new(1),
            images: values.len(),
            training: true,
        };
        let io = Forward {
            inputs: [&x, &[]],
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
