use super::Indicator;
use crate::hypervolume::hypervolume;
use crate::objective::Objective;
use crate::points::Points;

/// The hypervolume of normalised costs, with 1.1 as the reference in every objective: the worst
/// value of an objective still counts a little. At most 1.1 to the number of objectives.
#[derive(Clone, Copy, Debug)]
pub struct NormalizedHypervolume;

impl NormalizedHypervolume {
    /// The coordinate of the reference point in every objective.
    pub const REFERENCE: f64 = 1.1;
}

impl Indicator for NormalizedHypervolume {
    fn name(&self) -> &'static str {
        "hypervolume"
    }

    fn measure(&self, normalized: &Points) -> f64 {
        let width = normalized.n_objectives();
        let costs = vec![Objective::minimize("cost"); width];
        hypervolume(&costs, normalized, &vec![Self::REFERENCE; width])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ideal_point_has_the_most() {
        let points = Points::new(2, vec![0.0, 0.0, 1.0, 1.0]).unwrap();
        assert!((NormalizedHypervolume.measure(&points) - 1.21).abs() < 1e-12);
    }
}
