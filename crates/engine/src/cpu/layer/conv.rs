use edgefront_graph::Tensor;

use super::{Backward, Character, Forward, Layer, Run, Target};
use crate::kernels::{ConvShape, Convolution, Finish};
use crate::threads::Threads;

/// A convolution, in groups or not, with a bias or without.
pub(crate) struct ConvLayer {
    shape: ConvShape,
    bias: bool,
    convolution: Box<dyn Convolution>,
    /// Room for a bias that goes through a scale.
    shift: Vec<f32>,
}

impl ConvLayer {
    pub fn new(shape: ConvShape, bias: bool, convolution: Box<dyn Convolution>) -> Self {
        Self {
            shape,
            bias,
            convolution,
            shift: Vec::new(),
        }
    }

    /// Pairs each weight's index in the tensor (output, input in the group, row, column) with its
    /// own.
    fn for_each_weight(&self, mut visit: impl FnMut(usize, usize)) {
        let ConvShape { input, output, .. } = self.shape;
        let taps = self.shape.window.taps();
        let mut outside = 0;
        for oc in 0..output.channels {
            for ic in 0..input.channels / self.shape.groups {
                for tap in 0..taps {
                    visit(outside, self.shape.weight_at(tap, ic, oc));
                    outside += 1;
                }
            }
        }
    }
}

/// The finish of values that have no bias yet. `room` is where a bias goes that is scaled.
fn biased<'a>(bias: &'a [f32], finish: Finish<'a>, room: &'a mut Vec<f32>) -> Finish<'a> {
    let shift = if finish.scale.is_empty() {
        bias
    } else {
        let affine = finish.scale.iter().zip(finish.shift);
        let scaled = bias.iter().zip(affine);
        room.clear();
        room.extend(scaled.map(|(bias, (scale, shift))| bias * scale + shift));
        room
    };
    Finish { shift, ..finish }
}

impl Layer for ConvLayer {
    fn character(&self) -> Character {
        Character {
            reads_input: true,
            accumulates: true,
            finishes: true,
            ..Character::default()
        }
    }

    fn parameter_len(&self) -> usize {
        self.shape.weight_len()
            + if self.bias {
                self.shape.output.pitch
            } else {
                0
            }
    }

    fn state_bytes(&self) -> usize {
        self.convolution.table_bytes()
    }

    fn load(&mut self, tensors: &[Tensor], parameters: &mut [f32]) {
        let (weights, bias) = parameters.split_at_mut(self.shape.weight_len());
        weights.fill(0.0);
        self.for_each_weight(|outside, inside| weights[inside] = tensors[0].data[outside]);
        if self.bias {
            bias.fill(0.0);
            bias[..self.shape.output.channels].copy_from_slice(&tensors[1].data);
        }
    }

    fn save(&self, parameters: &[f32], tensors: &mut [Tensor]) {
        let (weights, bias) = parameters.split_at(self.shape.weight_len());
        self.for_each_weight(|outside, inside| tensors[0].data[outside] = weights[inside]);
        if self.bias {
            let channels = self.shape.output.channels;
            tensors[1].data.copy_from_slice(&bias[..channels]);
        }
    }

    fn packed_len(&self) -> usize {
        self.convolution.packed_len()
    }

    fn pack(&self, threads: &Threads, parameters: &[f32], packed: &mut [f32]) {
        let weights = &parameters[..self.shape.weight_len()];
        self.convolution.pack(threads, weights, packed);
    }

    fn forward_scratch_len(&self) -> usize {
        self.convolution.forward_scratch_len()
    }

    fn backward_scratch_len(&self) -> usize {
        self.convolution.backward_scratch_len()
    }

    fn forward(&mut self, run: Run<'_>, io: Forward<'_>) {
        let (weights, bias) = io.parameters.split_at(self.shape.weight_len());
        let finish = if self.bias {
            biased(bias, io.finish, &mut self.shift)
        } else {
            io.finish
        };
        self.convolution.forward(
            run.threads,
            run.images,
            io.inputs[0],
            weights,
            io.packed,
            finish,
            io.output,
            io.scratch,
        );
    }

    fn backward(&mut self, run: Run<'_>, io: Backward<'_>) {
        let images = run.images;
        let weights = &io.parameters[..self.shape.weight_len()];
        let (dw, bias) = io.parameter_gradients.split_at_mut(self.shape.weight_len());
        let gradient = &*io.gradient;
        self.convolution
            .backward_weights(run.threads, images, io.input, gradient, dw, io.scratch);
        if self.bias {
            bias.fill(0.0);
            run.kernels
                .bias_backward(&self.shape.output, images, gradient, bias);
        }
        let (dx, accumulate) = match io.target {
            Target::Nowhere => return,
            Target::Write(dx) => (dx, false),
            Target::Add(dx) => (dx, true),
            Target::InPlace => unreachable!("the layer's character forbids it"),
        };
        self.convolution.backward_data(
            run.threads,
            images,
            gradient,
            weights,
            dx,
            accumulate,
            io.scratch,
        );
    }
}
