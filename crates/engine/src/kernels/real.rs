use std::ops::{Add, AddAssign, Div, Mul, Sub};

/// A floating-point type that the scalar kernels run on: `f32` in production, `f64` where tests
/// compare gradients with finite differences.
pub(crate) trait Real:
    Copy
    + Default
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
{
    fn from_f64(value: f64) -> Self;
    fn to_f64(self) -> f64;
    fn square_root(self) -> Self;
    fn not_a_number(self) -> bool;
}

macro_rules! real {
    ($float:ty) => {
        impl Real for $float {
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as Self
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn square_root(self) -> Self {
                self.sqrt()
            }
            #[inline(always)]
            fn not_a_number(self) -> bool {
                self.is_nan()
            }
        }
    };
}
real!(f32);
real!(f64);
