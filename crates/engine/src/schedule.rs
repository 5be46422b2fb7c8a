use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// How the learning rate changes over a training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The same for every step.
    #[default]
    Constant,
    /// Half a cosine from the full rate at the first step to nearly zero at the last, step by step
    /// (Loshchilov and Hutter, "SGDR", 2017, without restarts).
    Cosine,
}

impl Schedule {
    /// The factor on the learning rate at `step` (from 0) of `steps`.
    #[must_use]
    pub fn factor(self, step: usize, steps: usize) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Cosine => 0.5 * (1.0 + (PI * step as f64 / steps as f64).cos()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_falls_from_one_towards_zero() {
        let factors: Vec<f64> = (0..100)
            .map(|step| Schedule::Cosine.factor(step, 100))
            .collect();
        assert_eq!(factors[0], 1.0);
        assert!((factors[50] - 0.5).abs() < 1e-12);
        assert!(factors[99] > 0.0 && factors[99] < 0.001);
        assert!(factors.is_sorted_by(|a, b| a > b));
        assert_eq!(Schedule::Constant.factor(99, 100), 1.0);
    }
}
