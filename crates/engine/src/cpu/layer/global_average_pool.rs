use super::{Backward, Character, Forward, Layer, Run};
use crate::layout::Layout;

/// The mean of each map.
pub(crate) struct GlobalAveragePoolLayer {
    pub input: Layout,
    pub output: Layout,
}

impl Layer for GlobalAveragePoolLayer {
    fn character(&self) -> Character {
        Character::default()
    }

    fn forward(&mut self, run: Run<'_>, io: Forward<'_>) {
        run.kernels.global_average_pool(
            &self.input,
            &self.output,
            run.images,
            io.inputs[0],
            io.output,
        );
    }

    fn backward(&mut self, run: Run<'_>, io: Backward<'_>) {
        if let Some(dx) = io.target.written() {
            run.kernels.global_average_pool_backward(
                &self.input,
                &self.output,
                run.images,
                io.gradient,
                dx,
            );
        }
    }
}
