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
    /// Up to the full rate over the first three tenths of the steps, then down to nearly zero,
    /// each along half a cosine (Smith and Topin, "Super-Convergence", 2018, in the form of
    /// PyTorch's `OneCycleLR`, of which it has the constants; a momentum stays as it is, as with
    /// `cycle_momentum=False`).
    OneCycle,
}

/// The share of the steps in which a cycle's rate rises.
const RISE: f64 = 0.3;
/// The first factor of a cycle.
const FIRST: f64 = 1.0 / 25.0;
/// The last factor of a cycle.
const LAST: f64 = FIRST / 1e4;

impl Schedule {
    /// The factor on the learning rate at `step` (from 0) of `steps`.
    #[must_use]
    pub fn factor(self, step: usize, steps: usize) -> f64 {
        let (at, all) = (step as f64, steps as f64);
        match self {
            Self::Constant => 1.0,
            Self::Cosine => half_cosine(1.0, 0.0, at / all),
            Self::OneCycle => {
                // The peak may lie between two steps, or in a short cycle before the first.
                let (peak, end) = (RISE * all - 1.0, all - 1.0);
                if at < peak {
                    half_cosine(FIRST, 1.0, at / peak)
                } else {
                    half_cosine(1.0, LAST, (at - peak) / (end - peak))
                }
            }
        }
    }
}

/// Half a cosine's way from one value to another, at a share of the way.
fn half_cosine(from: f64, to: f64, share: f64) -> f64 {
    to + (from - to) * 0.5 * (1.0 + (PI * share).cos())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn factors_are_those_of_pytorch() {
        let fixture: Value =
            serde_json::from_str(include_str!("../fixtures/training.json")).unwrap();
        for (name, schedule) in [
            ("cosine", Schedule::Cosine),
            ("one_cycle", Schedule::OneCycle),
        ] {
            for factors in fixture["schedules"][name].as_array().unwrap() {
                let factors: Vec<f64> = serde_json::from_value(factors.clone()).unwrap();
                for (step, expected) in factors.iter().enumerate() {
                    let factor = schedule.factor(step, factors.len());
                    assert!(
                        (factor - expected).abs() < 1e-12,
                        "{name}, step {step} of {}: {factor} is not {expected}",
                        factors.len()
                    );
                }
            }
        }
    }

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

    #[test]
    fn the_shortest_cycles_have_a_rate() {
        for steps in 1..20 {
            for step in 0..steps {
                let factor = Schedule::OneCycle.factor(step, steps);
                assert!(factor > 0.0 && factor <= 1.0, "{step} of {steps}: {factor}");
            }
        }
    }
}
