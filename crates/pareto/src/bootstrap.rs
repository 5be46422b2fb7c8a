use edgefront_random::Key;

use crate::front::front;
use crate::objective::Objective;
use crate::points::Points;

/// The repeated measurements behind one objective: for every row its value on each fold.
#[derive(Clone, Copy, Debug)]
pub struct FoldValues<'a> {
    /// The column of the points that these measurements replace.
    pub objective: usize,
    /// One list per row, in the objective's unit; an empty one leaves the row's value as it is.
    pub rows: &'a [Vec<f64>],
}

/// For each row the probability that it is on the front when the folds had been drawn anew: the
/// share of `resamples` bootstrap draws (Efron, 1979) that has it there. 0 for unrated rows.
///
/// A draw takes as many folds as there are, with replacement, and gives each row the mean over
/// them. All rows of one number of folds share the draw, since they were measured on the same folds
/// and a hard fold is hard for all of them. Few folds have few distinct draws (3 for two folds, 126
/// for five): the probabilities are then coarse, and never know more than the folds do.
///
/// # Panics
/// If there is not one list per row, if there is no such objective, or if `resamples` is 0.
#[must_use]
pub fn membership(
    objectives: &[Objective],
    points: &Points,
    folds: FoldValues<'_>,
    resamples: u32,
    key: Key,
) -> Vec<f64> {
    assert_eq!(folds.rows.len(), points.len(), "one list of folds per row");
    assert!(resamples > 0, "a share needs at least one draw");
    let most = folds.rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut counts = vec![0u32; points.len()];
    let mut drawn = points.clone();
    for resample in 0..resamples {
        let key = key.with("resample", u64::from(resample));
        let draws: Vec<Vec<usize>> = (0..=most)
            .map(|n| {
                let mut stream = key.with("folds", n as u64).stream();
                (0..n).map(|_| stream.below(n)).collect()
            })
            .collect();
        for (row, values) in folds.rows.iter().enumerate() {
            if !values.is_empty() {
                let draw = &draws[values.len()];
                let sum: f64 = draw.iter().map(|&fold| values[fold]).sum();
                drawn.set(row, folds.objective, sum / draw.len() as f64);
            }
        }
        for member in front(objectives, &drawn) {
            counts[member] += 1;
        }
    }
    counts
        .into_iter()
        .map(|count| f64::from(count) / f64::from(resamples))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certainty_and_doubt() {
        let objectives = [Objective::maximize("a"), Objective::minimize("b")];
        // Row 0 is best in `b` whatever is drawn; row 1 leads row 2 only on one of its two folds;
        // row 3 is behind on every fold; row 4 is unrated.
        let folds = [
            vec![0.50, 0.50],
            vec![0.90, 0.70],
            vec![0.75, 0.75],
            vec![0.40, 0.40],
            vec![],
        ];
        let values = vec![0.5, 1.0, 0.8, 3.0, 0.75, 3.0, 0.4, 3.0, f64::NAN, 0.0];
        let points = Points::new(2, values).unwrap();
        let folds = FoldValues {
            objective: 0,
            rows: &folds,
        };
        let shares = membership(&objectives, &points, folds, 4000, Key::new(1));
        assert_eq!((shares[0], shares[3], shares[4]), (1.0, 0.0, 0.0));
        assert!((shares[1] - 0.75).abs() < 0.03, "{shares:?}");
        assert!((shares[2] - 0.25).abs() < 0.03, "{shares:?}");
        let again = membership(&objectives, &points, folds, 4000, Key::new(1));
        assert_eq!(shares, again);
    }
}
