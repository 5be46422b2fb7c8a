use super::{Backward, Character, Forward, Layer, Run, Target};
use crate::kernels::{Activation, Finish};

/// An activation that is not fused into a batch norm.
pub(crate) struct ActivationLayer(pub Activation);

impl Layer for ActivationLayer {
    fn character(&self) -> Character {
        Character {
            recomputable: true,
            reads_input: !self.0.slope_by_output(),
            reads_output: self.0.slope_by_output(),
            in_place: true,
            elementwise: true,
            ..Character::default()
        }
    }

    fn finish(&mut self, _: &[f32]) -> Finish<'_> {
        Finish {
            activation: self.0,
            ..Finish::default()
        }
    }

    fn forward(&mut self, run: Run<'_>, io: Forward<'_>) {
        run.kernels.activation(self.0, io.inputs[0], io.output);
    }

    fn backward(&mut self, run: Run<'_>, io: Backward<'_>) {
        let x = if self.0.slope_by_output() {
            io.output
        } else {
            io.input
        };
        let gradient = match io.target {
            Target::InPlace => io.gradient,
            target => {
                let Some(dx) = target.written() else { return };
                dx.copy_from_slice(io.gradient);
                dx
            }
        };
        run.kernels.activation_backward(self.0, x, gradient);
    }
}
