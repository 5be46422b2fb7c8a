use super::{Backward, Character, Forward, Layer, Run};

/// An addition that is not fused into a batch norm.
pub(crate) struct AddLayer;

impl Layer for AddLayer {
    fn character(&self) -> Character {
        Character {
            recomputable: true,
            passes: [true, true],
            elementwise: true,
            ..Character::default()
        }
    }

    fn forward(&mut self, run: Run<'_>, io: Forward<'_>) {
        run.kernels.add(io.inputs[0], io.inputs[1], io.output);
    }

    /// Nothing to do: both inputs have the gradient of the sum.
    fn backward(&mut self, _run: Run<'_>, _io: Backward<'_>) {}
}
