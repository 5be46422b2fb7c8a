use super::Indicator;
use crate::front::front;
use crate::objective::Objective;
use crate::points::Points;

/// The number of non-dominated points, copies included.
#[derive(Clone, Copy, Debug)]
pub struct FrontSize;

impl Indicator for FrontSize {
    fn name(&self) -> &'static str {
        "front-size"
    }

    fn measure(&self, normalized: &Points) -> f64 {
        let costs = vec![Objective::minimize("cost"); normalized.n_objectives()];
        front(&costs, normalized).len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_copies() {
        let points = Points::new(2, vec![0.0, 1.0, 0.0, 1.0, 0.5, 1.0]).unwrap();
        assert_eq!(FrontSize.measure(&points), 2.0);
    }
}
