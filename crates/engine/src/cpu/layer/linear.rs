use edgefront_graph::Tensor;

use super::{Backward, Character, Forward, Layer, Run};
use crate::kernels::LinearShape;

/// A fully connected layer.
pub(crate) struct LinearLayer {
    pub shape: LinearShape,
}

impl Layer for LinearLayer {
    fn character(&self) -> Character {
        Character {
            reads_input: true,
            ..Character::default()
        }
    }

    fn parameter_len(&self) -> usize {
        self.shape.weight_len() + self.shape.output.pitch
    }

    fn load(&mut self, tensors: &[Tensor], parameters: &mut [f32]) {
        let LinearShape { input, output } = self.shape;
        parameters.fill(0.0);
        let (weights, bias) = parameters.split_at_mut(self.shape.weight_len());
        let rows = weights.chunks_exact_mut(input.pitch);
        for (row, source) in rows.zip(tensors[0].data.chunks_exact(input.channels)) {
            row[..input.channels].copy_from_slice(source);
        }
        bias[..output.channels].copy_from_slice(&tensors[1].data);
    }

    fn save(&self, parameters: &[f32], tensors: &mut [Tensor]) {
        let LinearShape { input, output } = self.shape;
        let (weights, bias) = parameters.split_at(self.shape.weight_len());
        let rows = weights.chunks_exact(input.pitch);
        for (row, target) in rows.zip(tensors[0].data.chunks_exact_mut(input.channels)) {
            target.copy_from_slice(&row[..input.channels]);
        }
        tensors[1].data.copy_from_slice(&bias[..output.channels]);
    }

    fn forward(&mut self, run: Run<'_>, io: Forward<'_>) {
        let (weights, bias) = io.parameters.split_at(self.shape.weight_len());
        run.kernels.linear(
            &self.shape,
            run.images,
            io.inputs[0],
            weights,
            bias,
            io.output,
        );
    }

    fn backward(&mut self, run: Run<'_>, io: Backward<'_>) {
        io.parameter_gradients.fill(0.0);
        let (dw, bias) = io.parameter_gradients.split_at_mut(self.shape.weight_len());
        run.kernels.linear_backward_weights(
            &self.shape,
            run.images,
            io.input,
            io.gradient,
            dw,
            bias,
        );
        if let Some(dx) = io.target.written() {
            let weights = &io.parameters[..self.shape.weight_len()];
            run.kernels
                .linear_backward_data(&self.shape, run.images, io.gradient, weights, dx);
        }
    }
}
