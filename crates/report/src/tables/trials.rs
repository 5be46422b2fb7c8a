use super::{measurements, objective_column, objective_decimals};
use crate::analysis::Analysis;
use crate::table::{Cell, Column, Table};

/// Every trial, in the order of the results: its front (1 is the Pareto front), configuration,
/// objectives, folds, latency on each device and further facts.
#[must_use]
pub fn trial_table(analysis: &Analysis) -> Table {
    let results = &analysis.results;
    let measurements = measurements(analysis);
    let folds = results
        .rows
        .iter()
        .map(|row| row.folds.len())
        .max()
        .unwrap_or(0);
    let mut extras: Vec<&str> = Vec::new();
    for fact in results.rows.iter().flat_map(|row| &row.extra) {
        if !extras.contains(&fact.name.as_str()) {
            extras.push(&fact.name);
        }
    }

    let mut columns = vec![Column::new("trial", ""), Column::new("key", "")];
    columns.push(Column::new("front", ""));
    if analysis.membership.is_some() {
        columns.push(Column::new("P(front)", ""));
    }
    columns.extend(results.parameters.iter().map(|name| Column::new(name, "")));
    columns.extend(results.objectives.iter().map(objective_column));
    columns.extend((1..=folds).map(|fold| Column::new(format!("fold {fold}"), "")));
    columns.extend(measurements.iter().map(|m| m.column.clone()));
    columns.extend(extras.iter().map(|name| Column::new(*name, "")));

    let rows = results.rows.iter().enumerate().map(|(index, row)| {
        let rank = analysis.ranks[index];
        let mut cells = vec![
            Cell::count(row.id),
            Cell::text(&row.key),
            Cell::number(rank.map(|rank| (rank + 1) as f64), 0),
        ];
        if let Some(shares) = &analysis.membership {
            cells.push(Cell::number(Some(shares[index]), 2));
        }
        cells.extend(row.configuration.iter().map(Cell::text));
        for (objective, &value) in row.objectives.iter().enumerate() {
            let decimals = objective_decimals(analysis, objective);
            cells.push(Cell::number(Some(value), decimals));
        }
        cells.extend((0..folds).map(|fold| Cell::number(row.folds.get(fold).copied(), 4)));
        cells.extend(measurements.iter().map(|m| (m.cell)(row)));
        cells.extend(extras.iter().map(|name| {
            let fact = row.extra.iter().find(|fact| fact.name == *name);
            Cell::text(fact.map_or("", |fact| fact.value.as_str()))
        }));
        cells
    });
    Table {
        rows: rows.collect(),
        columns,
    }
}
