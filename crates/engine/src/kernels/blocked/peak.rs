//! The limit that the processor sets: multiply-adds on registers alone.

use std::hint::black_box;

use crate::kernels::instructions::InstructionSet;

/// See the [scalar form](crate::kernels::peak::multiply_adds).
pub(super) fn multiply_adds<I: InstructionSet>(set: I, rounds: usize) -> usize {
    // More sums than a multiply-add takes cycles, times two that start in each, as far as the
    // registers reach.
    if I::ROWS >= 4 {
        chains::<I, 12>(set, rounds)
    } else {
        chains::<I, 6>(set, rounds)
    }
}

/// So many sums, independent of each other.
fn chains<I: InstructionSet, const COUNT: usize>(set: I, rounds: usize) -> usize {
    set.run(
        #[inline(always)]
        || {
            let factor = set.splat(black_box(0.999));
            let term = set.splat(black_box(0.001));
            let mut sums = [term; COUNT];
            for _ in 0..rounds {
                for sum in &mut sums {
                    *sum = set.mul_add(*sum, factor, term);
                }
            }
            black_box(sums);
        },
    );
    rounds * COUNT * I::LANES * 2
}
