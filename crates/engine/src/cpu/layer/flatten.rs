use super::{Backward, Character, Forward, Layer, Run};
use crate::kernels::{flatten, flatten_backward};
use crate::layout::Layout;

/// Maps laid out as one vector.
pub(crate) struct FlattenLayer {
    pub input: Layout,
    pub output: Layout,
}

impl Layer for FlattenLayer {
    fn character(&self) -> Character {
        Character::default()
    }

    fn forward(&mut self, run: Run<'_>, io: Forward<'_>) {
        flatten(
            &self.input,
            &self.output,
            run.images,
            io.inputs[0],
            io.output,
        );
    }

    fn backward(&mut self, run: Run<'_>, io: Backward<'_>) {
        if let Some(dx) = io.target.written() {
            flatten_backward(&self.input, &self.output, run.images, io.gradient, dx);
        }
    }
}
