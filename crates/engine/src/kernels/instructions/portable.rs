use super::InstructionSet;

/// What every processor has, in the form that compilers make vectors of.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

const LANES: usize = 8;

/// Whether the multiplication with addition is one instruction; a call into a library elsewhere.
const FUSED: bool = cfg!(any(target_feature = "fma", target_arch = "aarch64"));

#[inline(always)]
fn zip(a: [f32; LANES], b: [f32; LANES], op: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    std::array::from_fn(|lane| op(a[lane], b[lane]))
}

impl InstructionSet for Portable {
    type Vector = [f32; LANES];
    type Mask = [bool; LANES];

    const NAME: &'static str = "portable";
    const DIRECT_NAME: &'static str = "portable-direct";
    const LANES: usize = LANES;
    const ROWS: usize = if cfg!(target_arch = "aarch64") { 6 } else { 2 };

    fn detect() -> Option<Self> {
        Some(Self)
    }

    #[inline(always)]
    fn run<R>(self, code: impl FnOnce() -> R) -> R {
        code()
    }

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Vector {
        [value; LANES]
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Self::Vector {
        // SAFETY: the caller's.
        unsafe { from.cast::<Self::Vector>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(self, vector: Self::Vector, to: *mut f32) {
        // SAFETY: the caller's.
        unsafe { to.cast::<Self::Vector>().write_unaligned(vector) }
    }

    #[inline(always)]
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        zip(a, b, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        zip(a, b, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        zip(a, b, |a, b| a * b)
    }

    #[inline(always)]
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        if FUSED {
            std::array::from_fn(|lane| a[lane].mul_add(b[lane], c[lane]))
        } else {
            std::array::from_fn(|lane| a[lane] * b[lane] + c[lane])
        }
    }

    #[inline(always)]
    fn sub_mul(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        self.mul_add(a.map(|a| -a), b, c)
    }

    #[inline(always)]
    fn at_least(self, x: Self::Vector, bound: Self::Vector) -> Self::Vector {
        let lane = |i: usize| if x[i] < bound[i] { bound[i] } else { x[i] };
        std::array::from_fn(lane)
    }

    #[inline(always)]
    fn at_most(self, x: Self::Vector, bound: Self::Vector) -> Self::Vector {
        let lane = |i: usize| if x[i] > bound[i] { bound[i] } else { x[i] };
        std::array::from_fn(lane)
    }

    #[inline(always)]
    fn greater_or_nan(self, a: Self::Vector, b: Self::Vector) -> Self::Mask {
        std::array::from_fn(|lane| a[lane] > b[lane] || a[lane].is_nan())
    }

    #[inline(always)]
    fn select(self, mask: Self::Mask, yes: Self::Vector, no: Self::Vector) -> Self::Vector {
        std::array::from_fn(|lane| if mask[lane] { yes[lane] } else { no[lane] })
    }

    #[inline(always)]
    unsafe fn store_bytes(self, vector: Self::Vector, to: *mut u8) {
        // SAFETY: the caller's.
        unsafe {
            to.cast::<[u8; LANES]>()
                .write(vector.map(|value| value as u8));
        }
    }

    #[inline(always)]
    unsafe fn transpose(
        self,
        from: *const f32,
        from_stride: usize,
        to: *mut f32,
        to_stride: usize,
    ) {
        for row in 0..16 {
            for column in 0..16 {
                // SAFETY: the caller's.
                unsafe {
                    *to.add(column * to_stride + row) = *from.add(row * from_stride + column);
                }
            }
        }
    }
}
