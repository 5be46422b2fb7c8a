use std::arch::x86_64::{
    __m512, __mmask16, _CMP_GT_OQ, _CMP_UNORD_Q, _MM_HINT_T0, _mm_prefetch, _mm_storeu_si128,
    _mm512_add_ps, _mm512_cmp_ps_mask, _mm512_cvttps_epi32, _mm512_cvtusepi32_epi8,
    _mm512_fmadd_ps, _mm512_fnmadd_ps, _mm512_loadu_ps, _mm512_mask_blend_ps, _mm512_max_ps,
    _mm512_min_ps, _mm512_mul_ps, _mm512_set1_ps, _mm512_storeu_ps, _mm512_sub_ps,
};

use super::{Avx2, InstructionSet};

/// AVX-512F: sixteen lanes, thirty-two registers.
///
/// Every sum of a product has the same terms in the same order as with [`Avx2`], so that the
/// results are the same to the last bit: a study does not depend on which of the two a machine has.
#[derive(Clone, Copy)]
pub(crate) struct Avx512(Avx2);

/// The code is inlined here, and so compiled with the features of this function.
#[target_feature(enable = "avx512f,avx2,fma")]
fn compiled<R>(code: impl FnOnce() -> R) -> R {
    code()
}

impl InstructionSet for Avx512 {
    type Vector = __m512;
    type Mask = __mmask16;

    const NAME: &'static str = "avx512";
    const DIRECT_NAME: &'static str = "avx512-direct";
    const LANES: usize = 16;
    const ROWS: usize = 8;

    fn detect() -> Option<Self> {
        let narrow = Avx2::detect()?;
        is_x86_feature_detected!("avx512f").then_some(Self(narrow))
    }

    #[inline(always)]
    fn run<R>(self, code: impl FnOnce() -> R) -> R {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { compiled(code) }
    }

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features; the rest is the caller's.
        unsafe { _mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(self, vector: Self::Vector, to: *mut f32) {
        // SAFETY: `self` proves that the processor has the features; the rest is the caller's.
        unsafe { _mm512_storeu_ps(to, vector) }
    }

    #[inline(always)]
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { _mm512_sub_ps(a, b) }
    }

    #[inline(always)]
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn sub_mul(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { _mm512_fnmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn at_least(self, x: Self::Vector, bound: Self::Vector) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features. If one is a NaN, the
        // instruction gives the second.
        unsafe { _mm512_max_ps(bound, x) }
    }

    #[inline(always)]
    fn at_most(self, x: Self::Vector, bound: Self::Vector) -> Self::Vector {
        // SAFETY: as above.
        unsafe { _mm512_min_ps(bound, x) }
    }

    #[inline(always)]
    fn greater_or_nan(self, a: Self::Vector, b: Self::Vector) -> Self::Mask {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { _mm512_cmp_ps_mask::<_CMP_GT_OQ>(a, b) | _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(a, a) }
    }

    #[inline(always)]
    fn select(self, mask: Self::Mask, yes: Self::Vector, no: Self::Vector) -> Self::Vector {
        // SAFETY: `self` proves that the processor has the features.
        unsafe { _mm512_mask_blend_ps(mask, no, yes) }
    }

    #[inline(always)]
    unsafe fn store_bytes(self, vector: Self::Vector, to: *mut u8) {
        // SAFETY: `self` proves that the processor has the features; the rest is the caller's.
        unsafe {
            let bytes = _mm512_cvtusepi32_epi8(_mm512_cvttps_epi32(vector));
            _mm_storeu_si128(to.cast(), bytes);
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
        // SAFETY: the caller's.
        unsafe { self.0.transpose(from, from_stride, to, to_stride) }
    }
}
