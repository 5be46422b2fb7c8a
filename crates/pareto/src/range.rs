use serde::{Deserialize, Serialize};

use crate::objective::{Direction, Objective};
use crate::points::Points;

/// The least and the greatest value of an objective, in its unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
}

impl Range {
    /// The good end of the range.
    #[must_use]
    pub fn best(&self, direction: Direction) -> f64 {
        match direction {
            Direction::Minimize => self.min,
            Direction::Maximize => self.max,
        }
    }

    /// Where in the range the value lies: 0 at the good end, 1 at the bad end, beyond them outside.
    /// A range of no extent puts everything at 0.
    #[must_use]
    pub fn badness(&self, direction: Direction, value: f64) -> f64 {
        let extent = self.max - self.min;
        if extent > 0.0 {
            match direction {
                Direction::Minimize => (value - self.min) / extent,
                Direction::Maximize => (self.max - value) / extent,
            }
        } else if value.is_nan() {
            value
        } else {
            0.0
        }
    }
}

/// The range of every objective over the rated rows; `None` if there is no rated row.
#[must_use]
pub fn ranges(points: &Points) -> Option<Vec<Range>> {
    let mut ranges: Option<Vec<Range>> = None;
    for row in points.rows() {
        if row.iter().any(|value| value.is_nan()) {
            continue;
        }
        let ranges = ranges.get_or_insert_with(|| {
            row.iter()
                .map(|&value| Range {
                    min: value,
                    max: value,
                })
                .collect()
        });
        for (range, &value) in ranges.iter_mut().zip(row) {
            range.min = range.min.min(value);
            range.max = range.max.max(value);
        }
    }
    ranges
}

/// The points as costs between the ends of the ranges: 0 is the best value of an objective, 1 the
/// worst, whatever its direction and unit. NaN stays NaN.
///
/// # Panics
/// If objectives, ranges and columns are not of one number.
#[must_use]
pub fn normalize(objectives: &[Objective], ranges: &[Range], points: &Points) -> Points {
    assert!(
        objectives.len() == points.n_objectives() && ranges.len() == points.n_objectives(),
        "one objective and one range per column"
    );
    let mut normalized = points.clone();
    for (index, row) in points.rows().enumerate() {
        for (j, &value) in row.iter().enumerate() {
            normalized.set(index, j, ranges[j].badness(objectives[j].direction, value));
        }
    }
    normalized
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn best_is_zero_and_worst_is_one() {
        let objectives = [Objective::maximize("a"), Objective::minimize("b")];
        let points = Points::new(2, vec![1.0, 5.0, 3.0, 5.0, f64::NAN, 9.0, 2.0, 5.0]).unwrap();
        let ranges = ranges(&points).unwrap();
        assert_eq!(ranges[1], Range { min: 5.0, max: 5.0 });
        let normalized = normalize(&objectives, &ranges, &points);
        assert_eq!(normalized.row(0), [1.0, 0.0]);
        assert_eq!(normalized.row(1), [0.0, 0.0]);
        assert_eq!(normalized.row(3), [0.5, 0.0]);
        assert!(normalized.row(2)[0].is_nan());
    }

    #[test]
    fn nothing_rated_has_no_range() {
        let points = Points::new(1, vec![f64::NAN]).unwrap();
        assert_eq!(ranges(&points), None);
    }
}
