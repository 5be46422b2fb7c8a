use super::gemm::PANEL;
use crate::kernels::PoolShape;
use crate::kernels::instructions::InstructionSet;
use crate::kernels::max_pool::for_each_output;

/// The scalar form's function, a vector of channels at a time.
///
/// # Panics
/// If an operand is shorter than the geometry says, or a window lies off the map.
pub(super) fn forward<I: InstructionSet>(
    set: I,
    shape: &PoolShape,
    images: usize,
    x: &[f32],
    y: &mut [f32],
    winners: &mut [u8],
) {
    assert!(shape.windows_fit());
    assert!(shape.input.pitch == shape.output.pitch);
    assert!(shape.output.pitch.is_multiple_of(PANEL));
    assert!(x.len() >= shape.input.len(images) && y.len() >= shape.output.len(images));
    assert!(winners.len() >= shape.winners(images));
    set.run(
        #[inline(always)]
        || {
            for_each_output(
                shape,
                images,
                #[inline(always)]
                |image, output, y_at, winners_at| {
                    // SAFETY: the operands are as long as their layouts, in which all these
                    // positions lie because the windows fit.
                    unsafe {
                        let y = y.as_mut_ptr().add(y_at);
                        let winners = winners.as_mut_ptr().add(winners_at);
                        one_output(set, shape, image, output, x.as_ptr(), y, winners);
                    }
                },
            );
        },
    );
}

/// # Safety
/// The windows of this output are readable in `x`; all channels are writable from `y` and
/// `winners` on.
#[inline(always)]
unsafe fn one_output<I: InstructionSet>(
    set: I,
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
    for channel in (0..pitch).step_by(I::LANES) {
        let mut best = set.splat(f32::NEG_INFINITY);
        let mut winner = set.splat((rows.start * kernel_columns + columns.start) as f32);
        for ky in rows.clone() {
            for kx in columns.clone() {
                let offset = (ky - rows.start) * row_stride + (kx - columns.start) * pitch;
                // SAFETY: the caller's.
                let value = unsafe { set.load(x.add(first + offset + channel)) };
                let wins = set.greater_or_nan(value, best);
                best = set.select(wins, value, best);
                let tap = set.splat((ky * kernel_columns + kx) as f32);
                winner = set.select(wins, tap, winner);
            }
        }
        // SAFETY: the caller's.
        unsafe {
            set.store(best, y.add(channel));
            set.store_bytes(winner, winners.add(channel));
        }
    }
}
