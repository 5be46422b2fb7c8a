/// The values of an operand, one for each pixel.
#[derive(Clone, Copy, Debug)]
pub(super) enum Plane<'a> {
    Constant(f32),
    Values(&'a [f32]),
}

/// Computes a function of one value for each pixel.
pub(super) fn map(a: Plane<'_>, out: &mut [f32], compute: impl Fn(f32) -> f32) {
    match a {
        Plane::Constant(a) => out.fill(compute(a)),
        Plane::Values(a) => {
            for (out, &a) in out.iter_mut().zip(a) {
                *out = compute(a);
            }
        }
    }
}

/// Computes a function of two values for each pixel.
pub(super) fn combine(
    a: Plane<'_>,
    b: Plane<'_>,
    out: &mut [f32],
    compute: impl Fn(f32, f32) -> f32,
) {
    match (a, b) {
        (Plane::Constant(a), b) => map(b, out, |b| compute(a, b)),
        (a, Plane::Constant(b)) => map(a, out, |a| compute(a, b)),
        (Plane::Values(a), Plane::Values(b)) => {
            for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
                *out = compute(a, b);
            }
        }
    }
}
