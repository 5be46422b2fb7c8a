//! How far predictions are off.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Errors of predictions of networks, relative to their measured latencies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// Networks that were judged.
    pub networks: usize,
    /// Mean absolute relative error, in percent.
    pub mape_percent: f64,
    /// Networks within 5 % of their latency, in percent.
    pub within_5_percent: f64,
    /// Networks within 10 % of their latency, in percent.
    pub within_10_percent: f64,
}

/// The accuracy on networks that a fit did not see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOut {
    /// Over all of them.
    pub overall: Accuracy,
    /// Over those of each family.
    pub families: BTreeMap<String, Accuracy>,
}

impl Accuracy {
    /// Of relative errors, `predicted / measured - 1`; percentages are rounded to a hundredth.
    pub(crate) fn of(errors: &[f64]) -> Self {
        let count = errors.len() as f64;
        let percent = |sum: f64| (1e4 * sum / count).round() / 100.0;
        let within = |bound: f64| {
            let inside = errors.iter().filter(|error| error.abs() <= bound);
            percent(inside.count() as f64)
        };
        Self {
            networks: errors.len(),
            mape_percent: percent(errors.iter().map(|error| error.abs()).sum()),
            within_5_percent: within(0.05),
            within_10_percent: within(0.10),
        }
    }
}

impl HeldOut {
    /// Of each network's family and relative error.
    pub(crate) fn of<'a>(errors: impl IntoIterator<Item = (&'a str, f64)>) -> Self {
        let mut all = Vec::new();
        let mut families: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (family, error) in errors {
            all.push(error);
            families.entry(family.to_owned()).or_default().push(error);
        }
        let of_family = |(family, errors): (_, Vec<f64>)| (family, Accuracy::of(&errors));
        Self {
            overall: Accuracy::of(&all),
            families: families.into_iter().map(of_family).collect(),
        }
    }
}

/// The median absolute error of each family in percent, rounded to a hundredth, of each network's
/// family and relative error.
pub(super) fn medians<'a>(
    errors: impl IntoIterator<Item = (&'a str, f64)>,
) -> BTreeMap<String, f64> {
    let mut families: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (family, error) in errors {
        families.entry(family).or_default().push(error.abs());
    }
    let median = |(family, mut errors): (&str, Vec<f64>)| {
        errors.sort_by(f64::total_cmp);
        let middle = (errors[(errors.len() - 1) / 2] + errors[errors.len() / 2]) / 2.0;
        (family.to_owned(), (1e4 * middle).round() / 100.0)
    };
    families.into_iter().map(median).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_of_known_errors() {
        let errors = [("a", 0.04), ("a", -0.06), ("b", 0.10), ("b", -0.20)];
        let held_out = HeldOut::of(errors);
        assert_eq!(
            held_out.overall,
            Accuracy {
                networks: 4,
                mape_percent: 10.0,
                within_5_percent: 25.0,
                within_10_percent: 75.0,
            }
        );
        assert_eq!(held_out.families["a"].mape_percent, 5.0);
        assert_eq!(held_out.families["b"].within_10_percent, 50.0);
        let medians = medians(errors.into_iter().chain([("b", 0.11)]));
        assert_eq!(medians["a"], 5.0);
        assert_eq!(medians["b"], 11.0);
    }
}
