use super::Activation;
use super::activation::with_activation;
use super::instructions::InstructionSet;
use crate::layout::Layout;

/// What a convolution does to its outputs before it writes them: a batch norm with known
/// statistics or a bias, a residual, an activation. The default does nothing.
///
/// A pass of its own over the maps would take longer than the arithmetic.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Finish<'a> {
    /// Multiplies each channel; empty for 1.
    pub scale: &'a [f32],
    /// Is added to each channel; empty for 0.
    pub shift: &'a [f32],
    /// Is added then, in the layout of the output; empty for 0.
    pub residual: &'a [f32],
    pub activation: Activation,
}

impl Finish<'_> {
    pub fn is_nothing(&self) -> bool {
        let operands = [self.scale, self.shift, self.residual];
        operands.iter().all(|operand| operand.is_empty()) && self.activation == Activation::None
    }

    /// Panics unless the operands are as long as a batch of maps demands.
    pub fn check(&self, layout: &Layout, images: usize) {
        for row in [self.scale, self.shift] {
            assert!(row.is_empty() || row.len() == layout.pitch);
        }
        assert!(self.residual.is_empty() || self.residual.len() >= layout.len(images));
    }

    /// The finish of the vector of channels from `channel` on, but for its activation.
    ///
    /// # Safety
    /// The operands have been [checked](Self::check), and the channels are in the pitch.
    #[inline(always)]
    pub unsafe fn channels<I: InstructionSet>(&self, set: I, channel: usize) -> Channels<'_, I> {
        Channels {
            set,
            // SAFETY: the caller's.
            scale: unsafe { row(set, self.scale, channel, 1.0) },
            // SAFETY: the caller's.
            shift: unsafe { row(set, self.shift, channel, 0.0) },
            residual: self.residual,
        }
    }

    /// Finishes whole maps in place.
    #[inline(always)]
    pub fn in_place(&self, layout: &Layout, images: usize, y: &mut [f32]) {
        if self.is_nothing() {
            return;
        }
        let pitch = layout.pitch;
        with_activation!(self.activation, |known| {
            for row in (0..images).flat_map(|image| layout.rows(image)) {
                let residual = self.residual.get(row.clone()).unwrap_or_default();
                for (index, y) in y[row].chunks_exact_mut(pitch).enumerate() {
                    multiply(y, self.scale);
                    add(y, self.shift);
                    add(y, residual.get(index * pitch..).unwrap_or_default());
                    for y in y {
                        *y = known.apply(*y);
                    }
                }
            }
        });
    }
}

/// The numbers of a row from `channel` on, or the default if there is no row.
///
/// # Safety
/// The row is that long.
#[inline(always)]
unsafe fn row<I: InstructionSet>(set: I, row: &[f32], channel: usize, default: f32) -> I::Vector {
    if row.is_empty() {
        set.splat(default)
    } else {
        // SAFETY: the caller's.
        unsafe { set.load(row.as_ptr().add(channel)) }
    }
}

/// A [`Finish`] of a vector of channels.
pub(crate) struct Channels<'a, I: InstructionSet> {
    set: I,
    scale: I::Vector,
    shift: I::Vector,
    residual: &'a [f32],
}

impl<I: InstructionSet> Channels<'_, I> {
    /// The finished value of the vector that lies at `at` in the output. Whether there is a
    /// residual, and which activation, the compiler is to know: they are asked for at each value.
    ///
    /// # Safety
    /// The vector lies in the maps that the finish was checked for; it has a residual if told.
    #[inline(always)]
    pub unsafe fn apply<const RESIDUAL: bool>(
        &self,
        known: Activation,
        value: I::Vector,
        at: usize,
    ) -> I::Vector {
        let mut value = self.set.mul_add(value, self.scale, self.shift);
        if RESIDUAL {
            // SAFETY: the caller's.
            let residual = unsafe { self.set.load(self.residual.as_ptr().add(at)) };
            value = self.set.add(value, residual);
        }
        known.apply_vector(self.set, value)
    }
}

#[inline(always)]
fn multiply(y: &mut [f32], by: &[f32]) {
    for (y, by) in y.iter_mut().zip(by) {
        *y *= by;
    }
}

#[inline(always)]
fn add(y: &mut [f32], other: &[f32]) {
    for (y, other) in y.iter_mut().zip(other) {
        *y += other;
    }
}
