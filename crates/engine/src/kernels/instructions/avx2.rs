use std::arch::x86_64::{
    __m256, _CMP_GT_OQ, _CMP_UNORD_Q, _MM_HINT_T0, _mm_packs_epi32, _mm_packus_epi16, _mm_prefetch,
    _mm_storel_epi64, _mm256_add_ps, _mm256_blendv_ps, _mm256_castsi256_si128, _mm256_cmp_ps,
    _mm256_cvttps_epi32, _mm256_extracti128_si256, _mm256_fmadd_ps, _mm256_fnmadd_ps,
    _mm256_loadu_ps, _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps, _mm256_or_ps,
    _mm256_permute2f128_ps, _mm256_set1_ps, _mm256_shuffle_ps, _mm256_storeu_ps, _mm256_sub_ps,
    _mm256_unpackhi_ps, _mm256_unpacklo_ps,
};

use super::InstructionSet;

/// AVX2 and FMA: eight lanes, sixteen registers.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

/// The code is inlined here, and so compiled with the features of this function.
#[target_feature(enable = "avx2,fma")]
fn compiled<R>(code: impl FnOnce() -> R) -> R {
    code()
}

impl InstructionSet for Avx2 {
    type Vector = __m256;
    type Mask = __m256;

    const NAME: &'static str = "avx2";
    const DIRECT_NAME: &'static str = "avx2-direct";
    const LANES: usize = 8;
    const ROWS: usize = 6;

    fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        has.then_some(Self(()))
    }

    #[inline(always)]
    fn run<R>(self, code: impl FnOnce() -> R) -> R {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { compiled(code) }
    }

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { _mm256_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features; the rest is the caller's.
        unsafe { _mm256_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(self, vector: Self::Vector, to: *mut f32) {
        // SAFETY: `self` proves that the processor has the features; the rest is the caller's.
        unsafe { _mm256_storeu_ps(to, vector) }
    }

    #[inline(always)]
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { _mm256_add_ps(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { _mm256_sub_ps(a, b) }
    }

    #[inline(always)]
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { _mm256_mul_ps(a, b) }
    }

    #[inline(always)]
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn sub_mul(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { _mm256_fnmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn at_least(self, x: Self::Vector, bound: Self::Vector) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features. If one is a NaN, the
        // instruction gives the second.
        unsafe { _mm256_max_ps(bound, x) }
    }

    #[inline(always)]
    fn at_most(self, x: Self::Vector, bound: Self::Vector) -> Self::Vector {
        // SAFETY: as above.
        unsafe { _mm256_min_ps(bound, x) }
    }

    #[inline(always)]
    fn greater_or_nan(self, a: Self::Vector, b: Self::Vector) -> Self::Mask {
        // SAFETY: `self` proves that the processor has the features.
        unsafe {
            _mm256_or_ps(
                _mm256_cmp_ps::<_CMP_GT_OQ>(a, b),
                _mm256_cmp_ps::<_CMP_UNORD_Q>(a, a),
            )
        }
    }

    #[inline(always)]
    fn select(self, mask: Self::Mask, yes: Self::Vector, no: Self::Vector) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { _mm256_blendv_ps(no, yes, mask) }
    }

    #[inline(always)]
    unsafe fn store_bytes(self, vector: Self::Vector, to: *mut u8) {
        // SAFETY: `self` proves that the processor has the features; the rest is the caller's.
        unsafe {
            let words = _mm256_cvttps_epi32(vector);
            let halves = _mm_packs_epi32(
                _mm256_castsi256_si128(words),
                _mm256_extracti128_si256::<1>(words),
            );
            _mm_storel_epi64(to.cast(), _mm_packus_epi16(halves, halves));
        }
    }

    #[inline(always)]
    fn prefetch(self, place: *const f32) {
        // SAFETY: every x86-64 processor has the instruction, and no place is wrong for it.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) }
    }

    #[inline(always)]
    unsafe fn transpose(
        self,
        from: *const f32,
        from_stride: usize,
        to: *mut f32,
        to_stride: usize,
    ) {
        for row in [0, 8] {
            for column in [0, 8] {
                // SAFETY: `self` proves that the processor has the features; the rest is the
                // caller's.
                unsafe {
                    transpose_eight(
                        from.add(row * from_stride + column),
                        from_stride,
                        to.add(column * to_stride + row),
                        to_stride,
                    );
                }
            }
        }
    }
}

/// # Safety
/// Eight rows of eight numbers are readable and writable, at these distances.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn transpose_eight(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
    // SAFETY: the caller's.
    let rows: [__m256; 8] =
        std::array::from_fn(|i| unsafe { _mm256_loadu_ps(from.add(i * from_stride)) });
    // Pairs, then quadruples within the halves of the registers, then the halves.
    let mut pairs = rows;
    for i in 0..4 {
        pairs[2 * i] = _mm256_unpacklo_ps(rows[2 * i], rows[2 * i + 1]);
        pairs[2 * i + 1] = _mm256_unpackhi_ps(rows[2 * i], rows[2 * i + 1]);
    }
    let mut quads = pairs;
    for half in 0..2 {
        let p = &pairs[4 * half..4 * half + 4];
        quads[4 * half] = _mm256_shuffle_ps::<0x44>(p[0], p[2]);
        quads[4 * half + 1] = _mm256_shuffle_ps::<0xee>(p[0], p[2]);
        quads[4 * half + 2] = _mm256_shuffle_ps::<0x44>(p[1], p[3]);
        quads[4 * half + 3] = _mm256_shuffle_ps::<0xee>(p[1], p[3]);
    }
    for i in 0..4 {
        let low = _mm256_permute2f128_ps::<0x20>(quads[i], quads[i + 4]);
        let high = _mm256_permute2f128_ps::<0x31>(quads[i], quads[i + 4]);
        // SAFETY: the caller's.
        unsafe {
            _mm256_storeu_ps(to.add(i * to_stride), low);
            _mm256_storeu_ps(to.add((i + 4) * to_stride), high);
        }
    }
}
