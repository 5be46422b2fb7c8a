//! From a journal to a device.

use std::collections::{BTreeMap, BTreeSet};

use super::journal::Journal;
use super::{Calibration, Item, fusion};
use crate::detect::detect;
use crate::device::{Device, Source};
use crate::error::Error;
use crate::features::{Term, Variants, terms};
use crate::fit::{HeldOut, rounded};
use crate::ir::Ir;
use crate::robust::{Equation, coefficients};
use crate::rules::Rules;

/// As in the fit to published measurements.
const RIDGE: f64 = 1e-4;

/// A kernel whose network the first fit is off by more than this has its neighbours measured.
const FAR_OFF: f64 = 0.1;

/// One network in so many is held out to judge the fit.
const HOLD_OUT: usize = 4;

/// The fewest networks that can be fitted and judged.
const MIN_NETWORKS: usize = 8;

/// Every measured item as an equation.
struct Equations {
    rules: Rules,
    columns: BTreeMap<Term, usize>,
    rows: Vec<Row>,
}

struct Row {
    key: String,
    terms: Vec<(usize, f64)>,
    milliseconds: f64,
}

impl Row {
    fn equation(&self) -> Equation<'_> {
        Equation {
            row: &self.terms,
            milliseconds: self.milliseconds,
        }
    }
}

impl Equations {
    fn new<'a>(journal: &Journal, items: impl Iterator<Item = &'a Item>) -> Result<Self, Error> {
        let rules = fusion::rules(journal).ok_or(Error::Budget {
            found: journal.len(),
            expected: fusion::items()?.len(),
        })?;
        let mut equations = Self {
            rules,
            columns: BTreeMap::new(),
            rows: Vec::new(),
        };
        let own_windows = Variants::default();
        for item in items {
            let Some(milliseconds) = journal.milliseconds(&item.key) else {
                continue;
            };
            let mut row: BTreeMap<usize, f64> = BTreeMap::new();
            for kernel in detect(&Ir::from_graph(&item.graph), &equations.rules)? {
                for (term, value) in terms(&kernel, &own_windows).unwrap_or_default() {
                    let next = equations.columns.len();
                    let column = *equations.columns.entry(term).or_insert(next);
                    *row.entry(column).or_default() += value;
                }
            }
            equations.rows.push(Row {
                key: item.key.clone(),
                terms: row.into_iter().collect(),
                milliseconds,
            });
        }
        Ok(equations)
    }

    fn coefficients<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> Vec<f64> {
        coefficients(rows.map(Row::equation), self.columns.len(), RIDGE)
    }
}

/// The kernels whose networks the fit is off by far.
pub(super) fn far_off(
    journal: &Journal,
    networks: &[Item],
    probes: &[Item],
) -> Result<BTreeSet<String>, Error> {
    let equations = Equations::new(journal, networks.iter().chain(probes))?;
    let fitted = equations.coefficients(equations.rows.iter());
    let off = |row: &&Row| row.equation().error(&fitted).abs() > FAR_OFF;
    let rows = equations.rows.iter().filter(off);
    Ok(rows.map(|row| row.key.clone()).collect())
}

/// The device that all measurements together describe, judged on networks held out of a fit to
/// the others.
pub(super) fn device(
    calibration: &Calibration<'_>,
    journal: &Journal,
    networks: &[Item],
    probes: &[Item],
) -> Result<Device, Error> {
    let equations = Equations::new(journal, networks.iter().chain(probes))?;
    let measured = networks.len();
    if measured < MIN_NETWORKS {
        return Err(Error::Budget {
            found: measured,
            expected: MIN_NETWORKS,
        });
    }
    let rows = || equations.rows.iter().enumerate();
    let is_held_out = |index: usize| index < measured && index.is_multiple_of(HOLD_OUT);
    let rest = rows().filter(|&(index, _)| !is_held_out(index));
    let judged = equations.coefficients(rest.map(|(_, row)| row));
    let held_out = rows().filter(|&(index, _)| is_held_out(index));
    let errors = held_out.map(|(_, row)| ("networks", row.equation().error(&judged)));
    let held_out = HeldOut::of(errors);
    let shipped = equations.coefficients(equations.rows.iter());
    let terms = equations.columns.iter();
    Ok(Device::fitted(
        calibration.name.to_owned(),
        equations.rules.clone(),
        terms
            .map(|(&term, &column)| (term, rounded(shipped[column])))
            .collect(),
        held_out,
        BTreeMap::new(),
        Source {
            file: journal.file_name(),
            column: calibration.runtime.to_owned(),
            networks: measured,
            seed: calibration.seed,
            ridge: RIDGE,
        },
    ))
}
