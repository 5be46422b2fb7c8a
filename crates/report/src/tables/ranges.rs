use super::objective_decimals;
use crate::analysis::Analysis;
use crate::table::{Cell, Column, Table};

/// The least and the greatest value of each objective, over all trials and over the front.
#[must_use]
pub fn range_table(analysis: &Analysis) -> Table {
    let columns = [
        "objective",
        "unit",
        "best is",
        "min",
        "max",
        "front min",
        "front max",
    ];
    let rows = analysis
        .results
        .objectives
        .iter()
        .enumerate()
        .map(|(index, objective)| {
            let decimals = objective_decimals(analysis, index);
            let number = |value: Option<f64>| Cell::number(value, decimals);
            let range = analysis.ranges.get(index);
            let front = || analysis.front_rows().map(|row| row.objectives[index]);
            let best = match objective.direction {
                edgefront_pareto::Direction::Minimize => "low",
                edgefront_pareto::Direction::Maximize => "high",
            };
            vec![
                Cell::text(&objective.name),
                Cell::text(&objective.unit),
                Cell::text(best),
                number(range.map(|range| range.min)),
                number(range.map(|range| range.max)),
                number(front().min_by(f64::total_cmp)),
                number(front().max_by(f64::total_cmp)),
            ]
        })
        .collect();
    Table {
        columns: columns.map(|name| Column::new(name, "")).into(),
        rows,
    }
}
