use super::{Backward, Character, Forward, Layer, Run};
use crate::kernels::PoolShape;

/// A max-pool.
pub(crate) struct MaxPoolLayer {
    shape: PoolShape,
    /// Which tap of its window each output of the last pass came from.
    winners: Vec<u8>,
}

impl MaxPoolLayer {
    pub fn new(shape: PoolShape, images: usize) -> Self {
        Self {
            shape,
            winners: vec![0; shape.winners(images)],
        }
    }
}

impl Layer for MaxPoolLayer {
    fn character(&self) -> Character {
        Character::default()
    }

    fn state_bytes(&self) -> usize {
        self.winners.len()
    }

    fn forward(&mut self, run: Run<'_>, io: Forward<'_>) {
        run.kernels.max_pool(
            &self.shape,
            run.images,
            io.inputs[0],
            io.output,
            &mut self.winners,
        );
    }

    fn backward(&mut self, run: Run<'_>, io: Backward<'_>) {
        if let Some(dx) = io.target.written() {
            run.kernels
                .max_pool_backward(&self.shape, run.images, io.gradient, &self.winners, dx);
        }
    }
}
