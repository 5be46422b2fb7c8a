use super::Real;

/// Calls `$body` for blocks of channels of a size known to the compiler, so that the sums of a
/// block stay in registers: 32 channels at a time, then 16.
macro_rules! for_channel_blocks {
    ($pitch:expr, |$start:ident, $width:ident| $body:expr) => {{
        let pitch: usize = $pitch;
        let mut $start = 0;
        while $start < pitch {
            if pitch - $start >= 32 {
                const $width: usize = 32;
                $body;
                $start += $width;
            } else {
                const $width: usize = 16;
                $body;
                $start += $width;
            }
        }
    }};
}
pub(crate) use for_channel_blocks;

/// The values of a block.
#[inline(always)]
pub(crate) fn array<T: Real, const WIDTH: usize>(values: &[T], start: usize) -> [T; WIDTH] {
    let mut block = [T::default(); WIDTH];
    block.copy_from_slice(&values[start..start + WIDTH]);
    block
}
