//! Which rows a scatter shows, and as what.

use super::palette::{BASELINE, FRONT, ROBUST, Style, Theme, dominated};
use crate::analysis::Analysis;
use crate::tables::objective_column;

/// The most dominated trials that one figure shows: more make it slow, not clearer.
const MOST_DOMINATED: usize = 3000;

/// Rows that are drawn alike.
pub(super) struct Group<'a> {
    pub(super) label: String,
    pub(super) style: Style,
    pub(super) rows: Vec<&'a [f64]>,
}

/// The groups that are not empty, the background first.
pub(super) fn groups(analysis: &Analysis, theme: Theme) -> Vec<Group<'_>> {
    let rows = &analysis.results.rows;
    let values = |index: usize| rows[index].objectives.as_slice();
    let rated = (0..rows.len()).filter(|&index| analysis.ranks[index].is_some());
    let behind: Vec<usize> = rated.filter(|&index| !analysis.on_front(index)).collect();
    let step = behind.len().div_ceil(MOST_DOMINATED).max(1);
    let drawn: Vec<&[f64]> = behind
        .iter()
        .step_by(step)
        .map(|&row| values(row))
        .collect();
    let dominated_label = if step == 1 {
        format!("dominated trials ({})", behind.len())
    } else {
        format!("dominated trials ({} of {})", drawn.len(), behind.len())
    };
    let background = dominated(theme, drawn.len());
    let (robust, exact): (Vec<usize>, Vec<usize>) = analysis
        .front
        .iter()
        .partition(|row| analysis.robust_front.contains(row));
    let baselines: Vec<&[f64]> = analysis
        .results
        .baselines
        .iter()
        .map(|row| row.objectives.as_slice())
        .filter(|values| values.iter().all(|value| value.is_finite()))
        .collect();
    let members = |rows: &[usize]| rows.iter().map(|&row| values(row)).collect::<Vec<_>>();
    let groups = if analysis.has_tolerance() {
        vec![
            (dominated_label, background, drawn),
            ("baseline".to_owned(), BASELINE, baselines),
            (format!("front ({})", exact.len()), FRONT, members(&exact)),
            (
                format!("front and robust ({})", robust.len()),
                ROBUST,
                members(&robust),
            ),
        ]
    } else {
        let front = &analysis.front;
        vec![
            (dominated_label, background, drawn),
            ("baseline".to_owned(), BASELINE, baselines),
            (
                format!("Pareto front ({})", front.len()),
                FRONT,
                members(front),
            ),
        ]
    };
    groups
        .into_iter()
        .map(|(label, style, rows)| Group { label, style, rows })
        .filter(|group| !group.rows.is_empty())
        .collect()
}

/// The axis label of an objective: `accuracy (%)`.
pub(super) fn axis_label(analysis: &Analysis, objective: usize) -> String {
    objective_column(&analysis.results.objectives[objective]).heading()
}
