//! The instruction sets that the blocked kernels are compiled for, one file each.
//!
//! A blocked kernel is written once, generic over an [`InstructionSet`]: a few operations on
//! vectors of single precision. Another instruction set is another file here and a line in
//! [`available`](super::available).

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) use avx512::Avx512;
pub(crate) use portable::Portable;

/// Vectors of single precision and what a processor does with them.
///
/// A value of the type is the proof that the processor has the instructions: there is none where
/// it has not. All methods are to be inlined into code under [`run`](Self::run), which is compiled
/// for these instructions; elsewhere they are right, but slow.
pub(crate) trait InstructionSet: Copy + Send + Sync + 'static {
    type Vector: Copy;
    /// The outcome of a comparison, lane by lane.
    type Mask: Copy;

    /// What `EDGEFRONT_KERNELS` calls it.
    const NAME: &'static str;
    /// The same for the kernels without Winograd's algorithm.
    const DIRECT_NAME: &'static str;
    /// Numbers in a vector: 8 or 16.
    const LANES: usize;
    /// Rows of a product that are summed at a time, each in one or two vectors: so many that sums
    /// and operands fill the registers, at most [`MAX_ROWS`].
    const ROWS: usize;

    /// The set, if the processor has it.
    fn detect() -> Option<Self>;

    /// Runs code that is compiled for these instructions.
    fn run<R>(self, code: impl FnOnce() -> R) -> R;

    fn splat(self, value: f32) -> Self::Vector;

    /// # Safety
    /// [`LANES`](Self::LANES) numbers are readable.
    unsafe fn load(self, from: *const f32) -> Self::Vector;

    /// # Safety
    /// [`LANES`](Self::LANES) numbers are writable.
    unsafe fn store(self, vector: Self::Vector, to: *mut f32);

    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// `a * b + c`, rounded once where the set can.
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;

    /// `c - a * b`, rounded once where the set can.
    fn sub_mul(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;

    /// `x`, or `bound` where `x` is less. A NaN stays one.
    fn at_least(self, x: Self::Vector, bound: Self::Vector) -> Self::Vector;

    /// `x`, or `bound` where `x` is more. A NaN stays one.
    fn at_most(self, x: Self::Vector, bound: Self::Vector) -> Self::Vector;

    /// Where `a > b`, or `a` is no number.
    fn greater_or_nan(self, a: Self::Vector, b: Self::Vector) -> Self::Mask;

    /// `yes` where the mask says so, else `no`.
    fn select(self, mask: Self::Mask, yes: Self::Vector, no: Self::Vector) -> Self::Vector;

    /// Writes whole numbers of 0 to 255 as bytes.
    ///
    /// # Safety
    /// [`LANES`](Self::LANES) bytes are writable.
    unsafe fn store_bytes(self, vector: Self::Vector, to: *mut u8);

    /// Has the line of the cache fetched that is at this place, which need not be readable.
    #[inline(always)]
    fn prefetch(self, _place: *const f32) {}

    /// Transposes 16 rows of 16 numbers.
    ///
    /// # Safety
    /// The rows are readable and writable, at these distances.
    unsafe fn transpose(self, from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize);
}

/// The most [rows](InstructionSet::ROWS) of a set.
pub(crate) const MAX_ROWS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operation on the lanes of one vector, as the definition says.
    fn check<I: InstructionSet>() {
        use std::io::Write as _;
        let Some(set) = I::detect() else {
            // Straight to the stream: the harness hides what a passing test prints.
            let _ = writeln!(std::io::stderr(), "skipped: no {} here", I::NAME);
            return;
        };
        assert!([8, 16].contains(&I::LANES) && (1..=MAX_ROWS).contains(&I::ROWS));
        let lanes = I::LANES;
        let a: Vec<f32> = (0..lanes).map(|i| i as f32 - 3.0).collect();
        let b: Vec<f32> = (0..lanes).map(|i| 2.0 - i as f32 / 2.0).collect();
        let c: Vec<f32> = (0..lanes).map(|i| (i * i) as f32).collect();
        let apply = |op: &dyn Fn(I::Vector, I::Vector, I::Vector) -> I::Vector| {
            let mut out = vec![0.0; lanes];
            // SAFETY: all four are vectors long.
            unsafe {
                let [a, b, c] = [&a, &b, &c].map(|values| set.load(values.as_ptr()));
                set.store(op(a, b, c), out.as_mut_ptr());
            }
            out
        };
        let lane = |op: &dyn Fn(f32, f32, f32) -> f32| -> Vec<f32> {
            (0..lanes).map(|i| op(a[i], b[i], c[i])).collect()
        };
        assert_eq!(apply(&|a, b, _| set.add(a, b)), lane(&|a, b, _| a + b));
        assert_eq!(apply(&|a, b, _| set.sub(a, b)), lane(&|a, b, _| a - b));
        assert_eq!(apply(&|a, b, _| set.mul(a, b)), lane(&|a, b, _| a * b));
        assert_eq!(
            apply(&|a, b, c| set.mul_add(a, b, c)),
            lane(&|a, b, c| a * b + c)
        );
        assert_eq!(
            apply(&|a, b, c| set.sub_mul(a, b, c)),
            lane(&|a, b, c| c - a * b)
        );
        assert_eq!(apply(&|_, _, _| set.splat(7.0)), vec![7.0; lanes]);
        assert_eq!(
            apply(&|a, b, c| set.select(set.greater_or_nan(a, b), a, c)),
            lane(&|a, b, c| if a > b { a } else { c })
        );
        assert_eq!(
            apply(&|a, b, _| set.at_least(a, b)),
            lane(&|a, b, _| a.max(b))
        );
        assert_eq!(
            apply(&|a, b, _| set.at_most(a, b)),
            lane(&|a, b, _| a.min(b))
        );
        let nan = set.splat(f32::NAN);
        let kept = |values: Vec<f32>| values.iter().all(|value| value.is_nan());
        assert!(kept(apply(&|a, _, _| set.at_least(nan, a))));
        assert!(kept(apply(&|a, _, _| set.at_most(nan, a))));
        assert_eq!(
            apply(&|a, b, c| set.select(set.greater_or_nan(nan, a), b, c)),
            b
        );
        assert_eq!(
            apply(&|a, b, c| set.select(set.greater_or_nan(a, nan), b, c)),
            c
        );
        let mut bytes = vec![0; lanes];
        let numbers: Vec<f32> = (0..lanes).map(|i| (255 - 16 * i) as f32).collect();
        // SAFETY: both are vectors long.
        unsafe { set.store_bytes(set.load(numbers.as_ptr()), bytes.as_mut_ptr()) };
        assert!((0..lanes).all(|i| usize::from(bytes[i]) == 255 - 16 * i));

        let (from_stride, to_stride) = (17, 19);
        let from: Vec<f32> = (0..16 * from_stride).map(|i| i as f32).collect();
        let mut to = vec![-1.0; 16 * to_stride];
        // SAFETY: sixteen rows of both are there.
        unsafe { set.transpose(from.as_ptr(), from_stride, to.as_mut_ptr(), to_stride) };
        for row in 0..16 {
            for column in 0..16 {
                assert_eq!(
                    to[column * to_stride + row],
                    from[row * from_stride + column]
                );
            }
            assert!(
                to[row * to_stride + 16..(row + 1) * to_stride]
                    .iter()
                    .all(|&x| x == -1.0)
            );
        }
    }

    #[test]
    fn operations_are_those_of_the_lanes() {
        check::<Portable>();
        #[cfg(target_arch = "x86_64")]
        check::<Avx2>();
        #[cfg(target_arch = "x86_64")]
        check::<Avx512>();
    }
}
