//! What the tables of a report say.

mod devices;
mod folds;
mod front;
mod ranges;
mod summary;
mod trials;

pub use devices::device_table;
pub(crate) use folds::FOLDS_LEGEND;
pub use folds::{epoch_table, fold_table};
pub use front::front_table;
pub use ranges::range_table;
pub use summary::{constant_parameters, front_summary};
pub use trials::trial_table;

use edgefront_pareto::Objective;

use crate::analysis::Analysis;
use crate::results::{Row, Score};
use crate::table::{Cell, Column};

/// The column of an objective.
pub(crate) fn objective_column(objective: &Objective) -> Column {
    Column::new(&objective.name, &objective.unit)
}

/// How many decimals show at least four digits of values up to this size; none from 10,000 on.
pub(crate) fn decimals(largest: f64) -> usize {
    match largest.abs() {
        size if size >= 1e4 => 0,
        size if size >= 10.0 => 2,
        size if size >= 1.0 => 3,
        _ => 4,
    }
}

/// How many decimals an objective's values are shown with: those of the trials, or of the
/// baselines as long as no trial is complete.
pub(crate) fn objective_decimals(analysis: &Analysis, objective: usize) -> usize {
    let largest = match analysis.ranges.get(objective) {
        Some(range) => range.max.abs().max(range.min.abs()),
        None => (analysis.results.baselines.iter())
            .map(|row| row.objectives[objective].abs())
            .filter(|size| size.is_finite())
            .fold(0.0, f64::max),
    };
    decimals(largest)
}

/// How many decimals a score is shown with: a percentage is up to 100, any other up to 1.
fn score_decimals(score: &Score) -> usize {
    decimals(if score.unit == "%" { 100.0 } else { 0.0 })
}

/// Whether an objective already is this value of every row that has it.
fn is_an_objective(rows: &[Row], value: impl Fn(&Row) -> Option<f64>) -> bool {
    let width = rows.first().map_or(0, |row| row.objectives.len());
    let known = || rows.iter().filter_map(|row| Some((row, value(row)?)));
    let is_same = |index: usize| {
        known().all(|(row, value)| (value - row.objectives[index]).abs() <= 1e-9 * value.abs())
    };
    known().next().is_some() && (0..width).any(is_same)
}

/// A column that follows the objectives, with how a row fills it.
struct Measurement {
    column: Column,
    cell: Box<dyn Fn(&Row) -> Cell>,
}

/// Means of the scores, devices and size of the networks; only columns of which some row knows
/// something and that do not repeat an objective.
fn measurements(analysis: &Analysis) -> Vec<Measurement> {
    let results = &analysis.results;
    let rows = || results.rows.iter().chain(&results.baselines);
    let mut measurements = Vec::new();
    let mut add = |name: &str, unit: &str, cell: Box<dyn Fn(&Row) -> Cell>| {
        let column = Column::new(name, unit);
        measurements.push(Measurement { column, cell });
    };
    for (index, score) in results.scores.iter().enumerate() {
        let is_objective = results.objectives.iter().any(|o| o.name == score.name);
        if !is_objective && rows().any(|row| row.score(index).is_some()) {
            let decimals = score_decimals(score);
            let cell = move |row: &Row| Cell::number(row.score(index), decimals);
            add(&score.name, &score.unit, Box::new(cell));
        }
    }
    if rows().any(|row| !row.latency_ms.is_empty()) {
        for (index, device) in results.devices.iter().enumerate() {
            let latency = move |row: &Row| Cell::number(row.latency_ms.get(index).copied(), 2);
            add(&device.name, "ms", Box::new(latency));
        }
        if !is_an_objective(&results.rows, Row::latency_mean) {
            let mean = |row: &Row| Cell::number(row.latency_mean(), 2);
            add("latency mean", "ms", Box::new(mean));
        }
        if !is_an_objective(&results.rows, Row::latency_std) {
            let std = |row: &Row| Cell::number(row.latency_std(), 2);
            add("latency std", "ms", Box::new(std));
        }
    }
    let mut add_count = |name: &str, count: fn(&Row) -> Option<u64>| {
        let is_known = rows().any(|row| count(row).is_some());
        let value = |row: &Row| count(row).map(|count| count as f64);
        if is_known && !is_an_objective(&results.rows, value) {
            let cell = move |row: &Row| count(row).map_or(Cell::Empty, Cell::count);
            add(name, "", Box::new(cell));
        }
    };
    add_count("MACs", |row| row.macs);
    add_count("weights", |row| row.weights);
    measurements
}
