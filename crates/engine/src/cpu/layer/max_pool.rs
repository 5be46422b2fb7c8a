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

    /// Numbers of an image of the input, and of the output.
    fn strides(&self) -> (usize, usize) {
        (
            self.shape.input.image_stride(),
            self.shape.output.image_stride(),
        )
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
        let (from, to) = self.strides();
        let winners = self.shape.winners(1);
        let share = run.threads.share(run.images);
        run.threads.each_of(
            (io.inputs[0].chunks(share * from))
                .zip(io.output.chunks_mut(share * to))
                .zip(self.winners.chunks_mut(share * winners)),
            |((x, y), winners)| {
                run.kernels
                    .max_pool(&self.shape, y.len() / to, x, y, winners);
            },
        );
    }

    fn backward(&mut self, run: Run<'_>, io: Backward<'_>) {
        let Some(dx) = io.target.written() else {
            return;
        };
        let (from, to) = self.strides();
        let winners = self.shape.winners(1);
        let share = run.threads.share(run.images);
        run.threads.each_of(
            (dx.chunks_mut(share * from))
                .zip(io.gradient.chunks(share * to))
                .zip(self.winners.chunks(share * winners)),
            |((dx, dy), winners)| {
                run.kernels
                    .max_pool_backward(&self.shape, dx.len() / from, dy, winners, dx);
            },
        );
    }
}
