use super::{is_an_objective, objective_column, objective_decimals};
use crate::analysis::Analysis;
use crate::results::{Fact, Row};
use crate::table::{Cell, Column, Table};

/// The front in few columns, for a terminal: what varies, the objectives and their spreads. Below
/// it the baselines by their short names.
///
/// Write it with [`Table::to_narrow_text`]; [`constant_parameters`] has what it leaves out of the
/// configuration, [`front_table`](crate::front_table) has everything.
#[must_use]
pub fn front_summary(analysis: &Analysis) -> Table {
    let columns = columns(analysis);
    let members = analysis.front.iter().map(|&index| {
        let row = &analysis.results.rows[index];
        (row, Cell::count(row.id), Some(index))
    });
    let baselines = analysis.results.baselines.iter();
    let baselines = baselines.map(|row| (row, Cell::text(row.short_name()), None));
    let rows = members.chain(baselines).map(|(row, name, index)| {
        let rest = columns
            .iter()
            .map(|source| cell(analysis, source, row, index));
        std::iter::once(name).chain(rest).collect()
    });
    Table {
        rows: rows.collect(),
        columns: std::iter::once(Column::new("trial", ""))
            .chain(columns.iter().map(|source| heading(analysis, source)))
            .collect(),
    }
}

/// The parameters that have one value in all trials, with it.
#[must_use]
pub fn constant_parameters(analysis: &Analysis) -> Vec<Fact> {
    let results = &analysis.results;
    let Some(first) = results.rows.first() else {
        return Vec::new();
    };
    let constant = (0..results.parameters.len()).filter(|&index| !varies(analysis, index));
    constant
        .map(|index| Fact::new(&results.parameters[index], &first.configuration[index]))
        .filter(|fact| !fact.value.is_empty())
        .collect()
}

/// Where a column behind the trial's name comes from; the indices are those of the results.
enum Source {
    Standing,
    Membership,
    Parameter(usize),
    Objective(usize),
    FoldStd(usize),
    LatencyStd,
}

fn columns(analysis: &Analysis) -> Vec<Source> {
    let results = &analysis.results;
    let known = |value: fn(&Row) -> Option<f64>| {
        let mut rows = results.rows.iter().chain(&results.baselines);
        rows.any(|row| value(row).is_some())
    };
    let parameters = 0..results.parameters.len();
    let mut columns = vec![Source::Standing];
    columns.extend(analysis.membership.is_some().then_some(Source::Membership));
    columns.extend(
        parameters
            .filter(|&index| varies(analysis, index))
            .map(Source::Parameter),
    );
    for index in 0..results.objectives.len() {
        columns.push(Source::Objective(index));
        if results.fold_objective == Some(index) && known(Row::fold_std) {
            columns.push(Source::FoldStd(index));
        }
    }
    let has_std = known(Row::latency_std) && !is_an_objective(&results.rows, Row::latency_std);
    columns.extend(has_std.then_some(Source::LatencyStd));
    columns
}

fn heading(analysis: &Analysis, source: &Source) -> Column {
    let results = &analysis.results;
    match *source {
        Source::Standing => Column::new("front", ""),
        Source::Membership => Column::new("P(front)", ""),
        Source::Parameter(index) => Column::new(&results.parameters[index], ""),
        Source::Objective(index) => objective_column(&results.objectives[index]),
        Source::FoldStd(index) => Column::new("fold std", &results.objectives[index].unit),
        Source::LatencyStd => Column::new("latency std", "ms"),
    }
}

/// The row's entry; `member` is its index among the trials, `None` of a baseline.
fn cell(analysis: &Analysis, source: &Source, row: &Row, member: Option<usize>) -> Cell {
    match *source {
        Source::Standing => member.map_or(Cell::Empty, |index| {
            Cell::text(if analysis.is_robust(index) {
                "robust"
            } else {
                "member"
            })
        }),
        Source::Membership => {
            let shares = analysis.membership.as_ref().zip(member);
            Cell::number(shares.map(|(shares, index)| shares[index]), 2)
        }
        Source::Parameter(index) => Cell::text(&row.configuration[index]),
        Source::Objective(index) => Cell::number(
            Some(row.objectives[index]),
            objective_decimals(analysis, index),
        ),
        Source::FoldStd(index) => Cell::number(row.fold_std(), objective_decimals(analysis, index)),
        Source::LatencyStd => Cell::number(row.latency_std(), 2),
    }
}

/// Whether two trials differ in the parameter.
fn varies(analysis: &Analysis, parameter: usize) -> bool {
    let rows = &analysis.results.rows;
    let mut values = rows.iter().map(|row| &row.configuration[parameter]);
    let first = values.next();
    values.any(|value| Some(value) != first)
}
