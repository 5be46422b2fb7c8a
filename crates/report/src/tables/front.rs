use super::{measurements, objective_column, objective_decimals};
use crate::analysis::Analysis;
use crate::results::Row;
use crate::table::{Cell, Column, Table};

/// The front, the best in the first objective first, and below it the baselines: the whole
/// configuration, the objectives, the spread over folds, the latency on each device.
///
/// The column `front` says what a row is: `robust` if it stays when differences within the
/// tolerances (if there are any) count for nothing, `knee` where the front trades best, else `member`.
#[must_use]
pub fn front_table(analysis: &Analysis) -> Table {
    let results = &analysis.results;
    let measurements = measurements(analysis);
    let has_folds = results
        .rows
        .iter()
        .chain(&results.baselines)
        .any(|row| row.fold_std().is_some());

    let mut columns = vec![Column::new("trial", ""), Column::new("front", "")];
    if analysis.membership.is_some() {
        columns.push(Column::new("P(front)", ""));
    }
    columns.extend(results.parameters.iter().map(|name| Column::new(name, "")));
    for (index, objective) in results.objectives.iter().enumerate() {
        columns.push(objective_column(objective));
        if has_folds && results.fold_objective == Some(index) {
            columns.push(Column::new("fold std", &objective.unit));
        }
    }
    columns.extend(measurements.iter().map(|m| m.column.clone()));

    let cells = |row: &Row, name: Cell, role: String, share: Cell| {
        let mut cells = vec![name, Cell::text(role)];
        if analysis.membership.is_some() {
            cells.push(share);
        }
        cells.extend(row.configuration.iter().map(Cell::text));
        for (index, &value) in row.objectives.iter().enumerate() {
            let decimals = objective_decimals(analysis, index);
            cells.push(Cell::number(Some(value), decimals));
            if has_folds && results.fold_objective == Some(index) {
                cells.push(Cell::number(row.fold_std(), decimals));
            }
        }
        cells.extend(measurements.iter().map(|m| (m.cell)(row)));
        cells
    };
    let members = analysis.front.iter().map(|&index| {
        let share = analysis.membership.as_ref().map(|shares| shares[index]);
        let row = &results.rows[index];
        cells(
            row,
            Cell::count(row.id),
            role(analysis, index),
            Cell::number(share, 2),
        )
    });
    let baselines = results.baselines.iter().map(|row| {
        cells(
            row,
            Cell::text(&row.key),
            "baseline".to_owned(),
            Cell::Empty,
        )
    });
    Table {
        rows: members.chain(baselines).collect(),
        columns,
    }
}

fn role(analysis: &Analysis, row: usize) -> String {
    let robust = analysis.is_robust(row).then_some("robust");
    let knee = (analysis.knee == Some(row)).then_some("knee");
    let roles: Vec<&str> = [robust, knee].into_iter().flatten().collect();
    if roles.is_empty() {
        "member".to_owned()
    } else {
        roles.join(", ")
    }
}
