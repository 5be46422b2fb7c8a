use crate::objective::Objective;

/// Whether point `a` dominates point `b`: it is at least as good in every objective and better in
/// one. False if either has a NaN.
///
/// # Panics
/// If the three slices are not of one length.
#[must_use]
pub fn dominates(objectives: &[Objective], a: &[f64], b: &[f64]) -> bool {
    assert!(
        a.len() == objectives.len() && b.len() == objectives.len(),
        "one value per objective"
    );
    let mut better = false;
    for ((objective, &a), &b) in objectives.iter().zip(a).zip(b) {
        let (a, b) = (objective.cost(a), objective.cost(b));
        if a.is_nan() || b.is_nan() || a > b {
            return false;
        }
        better |= a < b;
    }
    better
}

/// Whether `a` costs no more than `b` in every objective.
pub(crate) fn covers(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a <= b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_ties_and_nan() {
        let objectives = [Objective::maximize("a"), Objective::minimize("b")];
        assert!(dominates(&objectives, &[2.0, 1.0], &[1.0, 1.0]));
        assert!(!dominates(&objectives, &[1.0, 1.0], &[1.0, 1.0]));
        assert!(!dominates(&objectives, &[2.0, 2.0], &[1.0, 1.0]));
        assert!(!dominates(&objectives, &[2.0, 1.0], &[f64::NAN, 1.0]));
        assert!(!dominates(&objectives, &[f64::NAN, 1.0], &[1.0, 2.0]));
    }
}
