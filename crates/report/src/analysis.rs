use edgefront_pareto::{
    FoldValues, Indicator, NormalizedHypervolume, Points, Range, front, front_within_tolerance,
    knee, membership, normalize, ranges, ranks,
};
use edgefront_random::Key;

use crate::error::Error;
use crate::results::{Results, Row};

/// Results with all that the outputs share, computed once.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The results themselves.
    pub results: Results,
    /// The rows of the front, the best in the first objective first.
    pub front: Vec<usize>,
    /// Those of them that are left when differences within the objectives' tolerances count for
    /// nothing (see [`front_within_tolerance`]), in the same order.
    pub robust_front: Vec<usize>,
    /// The member of the front that trades best (see [`knee`]); `None` of fewer than three
    /// members, where there is nothing between the ends.
    pub knee: Option<usize>,
    /// For each row the number of its front, 0 the first; `None` if an objective is not known.
    pub ranks: Vec<Option<usize>>,
    /// For each row the bootstrap probability of being on the front (see [`membership`]); `None`
    /// if no row has values of at least two folds.
    pub membership: Option<Vec<f64>>,
    /// The range of each objective over the rows; empty if no row is complete.
    pub ranges: Vec<Range>,
    /// The hypervolume of the rows, each objective scaled to its range, with 1.1 as the reference.
    pub hypervolume: f64,
}

impl Analysis {
    /// The number of bootstrap draws behind the membership probabilities.
    pub const RESAMPLES: u32 = 1000;

    /// Analyses the results; `key` names the bootstrap's random draws.
    ///
    /// # Errors
    /// If there is no objective, or a row does not fit the columns that the results declare.
    pub fn new(results: Results, key: Key) -> Result<Self, Error> {
        check(&results)?;
        let objectives = &results.objectives;
        let values = results
            .rows
            .iter()
            .flat_map(|row| row.objectives.iter().copied())
            .collect();
        let points = Points::new(objectives.len(), values)?;
        let ranges = ranges(&points).unwrap_or_default();
        let hypervolume = if ranges.is_empty() {
            0.0
        } else {
            NormalizedHypervolume.measure(&normalize(objectives, &ranges, &points))
        };
        let by_first_objective = |mut members: Vec<usize>| {
            let badness = |row: usize| {
                ranges[0].badness(objectives[0].direction, results.rows[row].objectives[0])
            };
            members.sort_by(|&a, &b| badness(a).total_cmp(&badness(b)));
            members
        };
        let front = front(objectives, &points);
        Ok(Self {
            knee: knee(objectives, &points).filter(|_| front.len() > 2),
            front: by_first_objective(front),
            robust_front: by_first_objective(front_within_tolerance(objectives, &points)),
            ranks: ranks(objectives, &points),
            membership: bootstrap(&results, &points, key),
            ranges,
            hypervolume,
            results,
        })
    }

    /// The findings in a few sentences of plain text.
    #[must_use]
    pub fn summary(&self) -> String {
        let trials = self.results.rows.len();
        let unrated = self.ranks.iter().filter(|rank| rank.is_none()).count();
        let mut text = match (self.front.len(), trials) {
            (_, 0) => return "There are no trials.".to_owned(),
            (0, _) => "No trial has all its objectives.".to_owned(),
            (1, 1) => "The only trial is the Pareto front.".to_owned(),
            (1, _) => format!("1 of {trials} trials is on the Pareto front."),
            (front, _) => format!("{front} of {trials} trials are on the Pareto front."),
        };
        if self.front.is_empty() {
            return text;
        }
        if self.has_tolerance() && self.front.len() > 1 {
            text += &self.robustness();
        }
        if let Some(knee) = self.knee {
            let id = self.results.rows[knee].id;
            text += &format!(" Trial {id} is the knee, where the front trades best.");
        }
        text += &format!(
            " Hypervolume {:.4}, objectives scaled to their ranges, reference 1.1.",
            self.hypervolume
        );
        if unrated > 0 {
            let lack = if unrated == 1 {
                "trial lacks"
            } else {
                "trials lack"
            };
            text += &format!(
                " {unrated} {lack} an objective and {} no part.",
                if unrated == 1 { "takes" } else { "take" }
            );
        }
        text
    }

    /// How many members are left within the tolerances, as a sentence after a space.
    fn robustness(&self) -> String {
        let tolerances: Vec<String> = self
            .results
            .objectives
            .iter()
            .filter(|objective| objective.tolerance > 0.0)
            .map(|o| {
                format!("{} {} {}", o.name, o.tolerance, o.unit)
                    .trim_end()
                    .to_owned()
            })
            .collect();
        let left = match self.robust_front.len() {
            left if left == self.front.len() => "All of them are left".to_owned(),
            1 => "1 is left".to_owned(),
            left => format!("{left} are left"),
        };
        format!(
            " {left} when differences within the tolerances ({}) count for nothing.",
            tolerances.join(", ")
        )
    }

    /// Whether any objective has a tolerance; if none has, the robust front is the front.
    #[must_use]
    pub fn has_tolerance(&self) -> bool {
        self.results.objectives.iter().any(|o| o.tolerance > 0.0)
    }

    /// Whether the row is on the robust front, and tolerances make that a statement of its own.
    #[must_use]
    pub fn is_robust(&self, row: usize) -> bool {
        self.has_tolerance() && self.robust_front.contains(&row)
    }

    /// Whether the row is on the front.
    #[must_use]
    pub fn on_front(&self, row: usize) -> bool {
        self.ranks[row] == Some(0)
    }

    /// The rows of the front, the best in the first objective first.
    pub fn front_rows(&self) -> impl Iterator<Item = &Row> {
        self.front.iter().map(|&row| &self.results.rows[row])
    }
}

fn bootstrap(results: &Results, points: &Points, key: Key) -> Option<Vec<f64>> {
    let objective = results.fold_objective?;
    let rows: Vec<Vec<f64>> = results.rows.iter().map(|row| row.folds.clone()).collect();
    rows.iter().any(|folds| folds.len() > 1).then(|| {
        let folds = FoldValues {
            objective,
            rows: &rows,
        };
        let key = key.with("front membership", 0);
        membership(&results.objectives, points, folds, Analysis::RESAMPLES, key)
    })
}

fn check(results: &Results) -> Result<(), Error> {
    let objectives = results.objectives.len();
    if let Some(index) = results.fold_objective.filter(|&index| index >= objectives) {
        return Err(Error::FoldObjective { index, objectives });
    }
    let trials = results.rows.iter().map(|row| ("trial", row));
    let baselines = results.baselines.iter().map(|row| ("baseline", row));
    let scores = results.scores.len();
    for (kind, row) in trials.chain(baselines) {
        let latencies = row.latency_ms.len();
        let others = row.by_fold.iter().map(|fold| fold.scores.len());
        for (what, found, expected) in [
            (
                "scores of a fold",
                others
                    .clone()
                    .find(|&found| found != scores)
                    .unwrap_or(scores),
                scores,
            ),
            ("objectives", row.objectives.len(), objectives),
            (
                "configuration values",
                row.configuration.len(),
                results.parameters.len(),
            ),
            (
                "latencies",
                latencies,
                if latencies == 0 {
                    0
                } else {
                    results.devices.len()
                },
            ),
        ] {
            if found != expected {
                return Err(Error::Shape {
                    row: format!("{kind} {}", row.id),
                    what,
                    found,
                    expected,
                });
            }
        }
    }
    Ok(())
}
