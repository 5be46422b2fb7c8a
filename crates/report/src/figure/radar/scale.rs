use std::cmp::Ordering;

use crate::analysis::Analysis;
use crate::results::Row;
use crate::tables::objective_decimals;

/// What one axis shows.
pub(super) enum Scale {
    Objective(usize),
    /// A parameter and its distinct values, in order.
    Parameter(usize, Vec<String>),
}

/// The objectives, then the parameters that vary.
pub(super) fn scales(analysis: &Analysis) -> Vec<Scale> {
    let results = &analysis.results;
    let objectives = (0..results.objectives.len()).map(Scale::Objective);
    let parameters = (0..results.parameters.len()).filter_map(|index| {
        let mut values: Vec<String> = results
            .rows
            .iter()
            .map(|row| row.configuration[index].clone())
            .filter(|value| !value.is_empty())
            .collect();
        values.sort_by(|a, b| match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) => a.total_cmp(&b),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => a.cmp(b),
        });
        values.dedup();
        (values.len() > 1).then_some(Scale::Parameter(index, values))
    });
    objectives.chain(parameters).collect()
}

impl Scale {
    pub(super) fn is_objective(&self) -> bool {
        matches!(self, Self::Objective(_))
    }

    /// The name and this row's value; a dash where the row has none.
    pub(super) fn label(&self, analysis: &Analysis, row: &Row) -> (String, String) {
        let results = &analysis.results;
        match self {
            Self::Objective(index) => {
                let objective = &results.objectives[*index];
                let decimals = objective_decimals(analysis, *index);
                let value = row.objectives[*index];
                let text = format!("{value:.decimals$} {}", objective.unit);
                (objective.name.clone(), text.trim_end().to_owned())
            }
            Self::Parameter(index, _) => {
                let value = match row.configuration[*index].as_str() {
                    "" => "-",
                    value => value,
                };
                (results.parameters[*index].clone(), value.to_owned())
            }
        }
    }

    /// Between 0 (worst, or smallest) and 1; `None` where the row has no such value.
    pub(super) fn place(&self, analysis: &Analysis, row: &Row) -> Option<f64> {
        match self {
            Self::Objective(index) => {
                let direction = analysis.results.objectives[*index].direction;
                let badness = analysis.ranges[*index].badness(direction, row.objectives[*index]);
                (!badness.is_nan()).then_some(1.0 - badness.clamp(0.0, 1.0))
            }
            Self::Parameter(index, values) => {
                let value = &row.configuration[*index];
                let at = values.iter().position(|known| known == value)?;
                Some(at as f64 / (values.len() - 1) as f64)
            }
        }
    }
}
