//! Functions of the values of one pixel.

use crate::recipe::formula::plane::{Plane, combine, map};

pub(super) fn abs(a: Plane<'_>, out: &mut [f32]) {
    map(a, out, f32::abs);
}

pub(super) fn sqrt(a: Plane<'_>, out: &mut [f32]) {
    map(a, out, f32::sqrt);
}

pub(super) fn log(a: Plane<'_>, out: &mut [f32]) {
    map(a, out, f32::ln);
}

pub(super) fn exp(a: Plane<'_>, out: &mut [f32]) {
    map(a, out, f32::exp);
}

// Unlike `f32::min`, these leave what is undefined undefined, so that it is repaired.

pub(super) fn min(a: Plane<'_>, b: Plane<'_>, out: &mut [f32]) {
    combine(a, b, out, |a, b| if a < b || a.is_nan() { a } else { b });
}

pub(super) fn max(a: Plane<'_>, b: Plane<'_>, out: &mut [f32]) {
    combine(a, b, out, |a, b| if a > b || a.is_nan() { a } else { b });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undefined_stays_undefined() {
        let (a, b) = ([1.0, f32::NAN, 3.0], [2.0, 2.0, f32::NAN]);
        let mut out = [0.0; 3];
        for (function, first) in [(min as fn(_, _, &mut [f32]), 1.0), (max, 2.0)] {
            function(Plane::Values(&a), Plane::Values(&b), &mut out);
            assert_eq!(out[0], first);
            assert!(out[1].is_nan() && out[2].is_nan(), "{out:?}");
        }
    }
}
