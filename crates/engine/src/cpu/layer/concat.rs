use super::{Backward, Character, Forward, Layer, Run, Target};
use crate::kernels::ConcatPart;
use crate::layout::Layout;

/// Several inputs with their channels one after the other.
pub(crate) struct ConcatLayer {
    parts: Vec<ConcatPart>,
}

impl ConcatLayer {
    pub fn new(inputs: impl Iterator<Item = Layout>, output: Layout) -> Self {
        let mut end = 0;
        let parts = inputs.map(|part| {
            end += part.channels;
            ConcatPart {
                part,
                whole: output,
                start: end - part.channels,
            }
        });
        Self {
            parts: parts.collect(),
        }
    }
}

impl Layer for ConcatLayer {
    fn character(&self) -> Character {
        Character {
            recomputable: true,
            accumulates: true,
            one_by_one: true,
            ..Character::default()
        }
    }

    fn forward(&mut self, run: Run<'_>, io: Forward<'_>) {
        let part = &self.parts[io.place];
        run.kernels
            .concat(part, run.images, io.inputs[0], io.output);
    }

    fn backward(&mut self, run: Run<'_>, io: Backward<'_>) {
        let (dx, accumulate) = match io.target {
            Target::Nowhere => return,
            Target::Write(dx) => (dx, false),
            Target::Add(dx) => (dx, true),
            Target::InPlace => unreachable!("the layer's character forbids it"),
        };
        let part = &self.parts[io.place];
        run.kernels
            .concat_backward(part, run.images, io.gradient, dx, accumulate);
    }
}
