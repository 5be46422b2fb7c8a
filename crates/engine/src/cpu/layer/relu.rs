use super::{Backward, Character, Forward, Layer, Run, Target};

/// A ReLU that is not fused into a batch norm.
pub(crate) struct ReluLayer;

impl Layer for ReluLayer {
    fn character(&self) -> Character {
        Character {
            recomputable: true,
            reads_output: true,
            in_place: true,
            ..Character::default()
        }
    }

    fn forward(&mut self, run: Run<'_>, io: Forward<'_>) {
        run.kernels.relu(io.inputs[0], io.output);
    }

    fn backward(&mut self, run: Run<'_>, io: Backward<'_>) {
        match io.target {
            Target::InPlace => run.kernels.relu_backward(io.output, io.gradient),
            target => {
                if let Some(dx) = target.written() {
                    dx.copy_from_slice(io.gradient);
                    run.kernels.relu_backward(io.output, dx);
                }
            }
        }
    }
}
