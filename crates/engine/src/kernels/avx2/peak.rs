//! The limit that the processor sets: fused multiply-adds on registers alone.

use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_set1_ps, _mm512_fmadd_ps, _mm512_set1_ps};
use std::hint::black_box;

use super::Avx2;

/// Independent sums: more than a fused multiply-add takes cycles, times two that start in each.
const CHAINS: usize = 12;

/// See the [scalar form](crate::kernels::peak::multiply_adds).
pub(super) fn multiply_adds(avx2: Avx2, rounds: usize) -> usize {
    if avx2.wide() {
        // SAFETY: a wide value proves that the processor has AVX-512F.
        unsafe { wide(rounds) };
        rounds * CHAINS * 16 * 2
    } else {
        // SAFETY: the value proves that the processor has the features.
        unsafe { narrow(rounds) };
        rounds * CHAINS * 8 * 2
    }
}

#[target_feature(enable = "avx2,fma")]
fn narrow(rounds: usize) {
    let factor = _mm256_set1_ps(black_box(0.999));
    let term = _mm256_set1_ps(black_box(0.001));
    let mut sums = [term; CHAINS];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = _mm256_fmadd_ps(*sum, factor, term);
        }
    }
    black_box(sums);
}

#[target_feature(enable = "avx512f")]
fn wide(rounds: usize) {
    let factor = _mm512_set1_ps(black_box(0.999));
    let term = _mm512_set1_ps(black_box(0.001));
    let mut sums = [term; CHAINS];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = _mm512_fmadd_ps(*sum, factor, term);
        }
    }
    black_box(sums);
}
