use super::{Backward, Character, Forward, Layer, Run};
use crate::kernels::PoolShape;

/// An average pool.
pub(crate) struct AveragePoolLayer {
    pub shape: PoolShape,
    /// Whether the padding counts as zeros.
    pub whole: bool,
}

impl Layer for AveragePoolLayer {
    fn character(&self) -> Character {
        Character::default()
    }

    fn forward(&mut self, run: Run<'_>, io: Forward<'_>) {
        run.kernels
            .average_pool(&self.shape, self.whole, run.images, io.inputs[0], io.output);
    }

    fn backward(&mut self, run: Run<'_>, io: Backward<'_>) {
        if let Some(dx) = io.target.written() {
            run.kernels
                .average_pool_backward(&self.shape, self.whole, run.images, io.gradient, dx);
        }
    }
}
