use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Which values of an objective are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Small values are good.
    #[serde(alias = "min")]
    Minimize,
    /// Large values are good.
    #[serde(alias = "max")]
    Maximize,
}

/// One quantity to be minimised or maximised.
///
/// As text it is `name:max`, `name:min`, or with a tolerance `name:min:0.5`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// The name, as the column of a results file has it.
    pub name: String,
    /// The unit for tables and axes (`ms`, `MB`, `%`); empty if there is none.
    #[serde(default)]
    pub unit: String,
    /// Which values are good.
    pub direction: Direction,
    /// Values that differ by no more than this are the same for all practical purposes; in the
    /// objective's unit, at least 0. Only the functions that say so use it.
    #[serde(default)]
    pub tolerance: f64,
}

impl Objective {
    /// An objective to be minimised, without unit and tolerance.
    #[must_use]
    pub fn minimize(name: impl Into<String>) -> Self {
        Self::new(name.into(), Direction::Minimize)
    }

    /// An objective to be maximised, without unit and tolerance.
    #[must_use]
    pub fn maximize(name: impl Into<String>) -> Self {
        Self::new(name.into(), Direction::Maximize)
    }

    fn new(name: String, direction: Direction) -> Self {
        Self {
            name,
            unit: String::new(),
            direction,
            tolerance: 0.0,
        }
    }

    /// The same objective with this unit.
    #[must_use]
    pub fn with_unit(self, unit: impl Into<String>) -> Self {
        Self {
            unit: unit.into(),
            ..self
        }
    }

    /// The same objective with this tolerance, in its unit.
    #[must_use]
    pub fn with_tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// The value as a cost: small is good. Never a negative zero, so that equal costs have equal
    /// bits.
    pub(crate) fn cost(&self, value: f64) -> f64 {
        match self.direction {
            Direction::Minimize => value + 0.0,
            Direction::Maximize => 0.0 - value,
        }
    }
}

impl FromStr for Objective {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |reason| Error::Objective {
            text: text.to_owned(),
            reason,
        };
        let mut parts = text.split(':').map(str::trim);
        let name = parts.next().unwrap_or_default();
        if name.is_empty() {
            return Err(wrong("it has no name"));
        }
        let direction = match parts.next() {
            None => return Err(wrong("it has no direction")),
            Some("min" | "minimize") => Direction::Minimize,
            Some("max" | "maximize") => Direction::Maximize,
            Some(_) => return Err(wrong("the direction is neither min nor max")),
        };
        let tolerance = match parts.next() {
            None => 0.0,
            Some(number) => number
                .parse::<f64>()
                .ok()
                .filter(|tolerance| tolerance.is_finite() && *tolerance >= 0.0)
                .ok_or_else(|| wrong("the tolerance is not a number of at least 0"))?,
        };
        if parts.next().is_some() {
            return Err(wrong("there is something after the tolerance"));
        }
        Ok(Self::new(name.to_owned(), direction).with_tolerance(tolerance))
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            Direction::Minimize => "min",
            Direction::Maximize => "max",
        };
        write!(f, "{}:{direction}", self.name)?;
        if self.tolerance > 0.0 {
            write!(f, ":{}", self.tolerance)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for text in ["accuracy:max", "latency_ms:min:0.5"] {
            assert_eq!(text.parse::<Objective>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn errors_say_what_is_wrong() {
        for (text, reason) in [
            ("accuracy", "it has no direction"),
            (":max", "it has no name"),
            ("a:up", "the direction is neither min nor max"),
            ("a:min:-1", "the tolerance is not a number of at least 0"),
            ("a:min:NaN", "the tolerance is not a number of at least 0"),
            ("a:min:1:2", "there is something after the tolerance"),
        ] {
            let message = text.parse::<Objective>().unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        }
    }
}
