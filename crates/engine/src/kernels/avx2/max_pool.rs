use std::arch::x86_64::{
    _CMP_GT_OQ, _CMP_UNORD_Q, _mm_packs_epi32, _mm_packus_epi16, _mm_storel_epi64,
    _mm256_blendv_ps, _mm256_castps_si256, _mm256_castsi256_ps, _mm256_castsi256_si128,
    _mm256_cmp_ps, _mm256_extracti128_si256, _mm256_loadu_ps, _mm256_or_ps, _mm256_set1_epi32,
    _mm256_set1_ps, _mm256_storeu_ps,
};

use super::Avx2;
use crate::kernels::PoolShape;
use crate::kernels::max_pool::for_each_output;
use crate::layout::Layout;

/// The scalar form's function, eight channels at a time.
///
/// # Panics
/// If an operand is shorter than the geometry says, or a window lies off the map.
pub(super) fn forward(
    _proof: Avx2,
    shape: &PoolShape,
    images: usize,
    x: &[f32],
    y: &mut [f32],
    winners: &mut [u8],
) {
    assert!(shape.windows_fit());
    assert!(shape.input.pitch == shape.output.pitch);
    assert!(shape.output.pitch.is_multiple_of(Layout::LANES));
    assert!(x.len() >= shape.input.len(images) && y.len() >= shape.output.len(images));
    assert!(winners.len() >= shape.winners(images));
    for_each_output(shape, images, |image, output, y_at, winners_at| {
        // SAFETY: `_proof` shows that the processor has the features; the operands are as long as
        // their layouts, in which all these positions lie because the windows fit.
        unsafe {
            let y = y.as_mut_ptr().add(y_at);
            let winners = winners.as_mut_ptr().add(winners_at);
            one_output(shape, image, output, x.as_ptr(), y, winners);
        }
    });
}

/// # Safety
/// The windows of this output are readable in `x`; all channels are writable from `y` and
/// `winners` on.
#[target_feature(enable = "avx2,fma")]
unsafe fn one_output(
    shape: &PoolShape,
    image: usize,
    output: [usize; 2],
    x: *const f32,
    y: *mut f32,
    winners: *mut u8,
) {
    let (rows, columns) = (shape.inside(0, output[0]), shape.inside(1, output[1]));
    let kernel_columns = shape.window.kernel[1];
    let first = shape.source(image, output, [rows.start, columns.start]);
    let (row_stride, pitch) = (shape.input.row_stride(), shape.input.pitch);
    let tap = |ky: usize, kx: usize| {
        _mm256_castsi256_ps(_mm256_set1_epi32((ky * kernel_columns + kx) as i32))
    };
    for channel in (0..pitch).step_by(Layout::LANES) {
        let mut best = _mm256_set1_ps(f32::NEG_INFINITY);
        let mut winner = tap(rows.start, columns.start);
        for ky in rows.clone() {
            for kx in columns.clone() {
                let offset = (ky - rows.start) * row_stride + (kx - columns.start) * pitch;
                // SAFETY: the caller's.
                let value = unsafe { _mm256_loadu_ps(x.add(first + offset + channel)) };
                let wins = _mm256_or_ps(
                    _mm256_cmp_ps::<_CMP_GT_OQ>(value, best),
                    _mm256_cmp_ps::<_CMP_UNORD_Q>(value, value),
                );
                best = _mm256_blendv_ps(best, value, wins);
                winner = _mm256_blendv_ps(winner, tap(ky, kx), wins);
            }
        }
        let winner = _mm256_castps_si256(winner);
        // Eight words, each under 256, to eight bytes.
        let halves = _mm_packs_epi32(
            _mm256_castsi256_si128(winner),
            _mm256_extracti128_si256::<1>(winner),
        );
        // SAFETY: the caller's.
        unsafe {
            _mm256_storeu_ps(y.add(channel), best);
            let bytes = _mm_packus_epi16(halves, halves);
            _mm_storel_epi64(winners.add(channel).cast(), bytes);
        }
    }
}
