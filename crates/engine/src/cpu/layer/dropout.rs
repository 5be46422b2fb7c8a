use super::{Backward, Character, Forward, Layer, Run, Target};
use crate::kernels::dropout;
use crate::layout::Layout;

/// A dropout. The mask is drawn again for the backward pass: it is a function of the step's key.
pub(crate) struct DropoutLayer {
    pub layout: Layout,
    pub probability: f32,
    /// The index of its node, which tells its draws from those of other dropouts.
    pub node: usize,
}

impl DropoutLayer {
    fn drop_out(&self, run: Run<'_>, values: &mut [f32]) {
        if let Some(key) = run.training {
            let key = key.with("dropout", self.node as u64);
            dropout(&self.layout, run.images, key, self.probability, values);
        }
    }
}

impl Layer for DropoutLayer {
    fn character(&self) -> Character {
        Character {
            in_place: true,
            ..Character::default()
        }
    }

    fn forward(&mut self, run: Run<'_>, io: Forward<'_>) {
        io.output.copy_from_slice(io.inputs[0]);
        self.drop_out(run, io.output);
    }

    fn backward(&mut self, run: Run<'_>, io: Backward<'_>) {
        let gradient = match io.target {
            Target::InPlace => io.gradient,
            target => {
                let Some(dx) = target.written() else { return };
                dx.copy_from_slice(io.gradient);
                dx
            }
        };
        self.drop_out(run, gradient);
    }
}
