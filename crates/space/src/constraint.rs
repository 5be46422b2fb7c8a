use std::fmt;
use std::str::FromStr;

use crate::Error;

/// A bound on something that is known before training, such as `latency <= 20`.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraint {
    /// What is bounded: the name of a measure.
    pub measure: String,
    /// From which side.
    pub bound: Bound,
    /// The limit, in the measure's unit, itself allowed.
    pub limit: f64,
}

/// The side of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// At most the limit.
    AtMost,
    /// At least the limit.
    AtLeast,
}

impl Constraint {
    /// Whether a value satisfies the constraint. NaN satisfies none.
    #[must_use]
    pub fn allows(&self, value: f64) -> bool {
        match self.bound {
            Bound::AtMost => value <= self.limit,
            Bound::AtLeast => value >= self.limit,
        }
    }
}

impl FromStr for Constraint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fault = || Error::Constraint(text.to_owned());
        let (measure, bound, limit) = if let Some((measure, limit)) = text.split_once("<=") {
            (measure, Bound::AtMost, limit)
        } else if let Some((measure, limit)) = text.split_once(">=") {
            (measure, Bound::AtLeast, limit)
        } else {
            return Err(fault());
        };
        let measure = measure.trim().to_owned();
        let limit: f64 = limit.trim().parse().map_err(|_| fault())?;
        if measure.is_empty() || !limit.is_finite() {
            return Err(fault());
        }
        Ok(Self {
            measure,
            bound,
            limit,
        })
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.bound {
            Bound::AtMost => "<=",
            Bound::AtLeast => ">=",
        };
        write!(f, "{} {sign} {}", self.measure, self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_read_and_written() {
        let constraint: Constraint = "latency.cortexA76cpu<= 20.5".parse().unwrap();
        assert_eq!(constraint.to_string(), "latency.cortexA76cpu <= 20.5");
        assert!(
            constraint.allows(20.5) && !constraint.allows(20.6) && !constraint.allows(f64::NAN)
        );
        for text in [
            "",
            "latency",
            "latency < 3",
            "<= 3",
            "latency <= x",
            "latency <= inf",
        ] {
            assert!(text.parse::<Constraint>().is_err(), "{text}");
        }
    }
}
