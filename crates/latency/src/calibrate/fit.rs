//! From a journal to a device.

use std::collections::{BTreeMap, BTreeSet};

use super::journal::Journal;
use super::{Calibration, Item, fusion};
use crate::detect::detect;
use crate::device::{Device, Source};
use crate::error::Error;
use crate::features::{Configuration, Term, Variants, terms, tiled};
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

/// What a single kernel's equation counts beside a network's, whose kernels find other kernels' data
/// in the caches. With 0.1 instead, 95 % of the networks held out were within 10 %, not 97.5 %.
const KERNEL_WEIGHT: f64 = 0.01;

/// How much an equation `factor = 1` counts beside a network's. On 360 networks of the preset space,
/// any from 0.003 to 0.1 gives the same held-out error.
const FACTOR_WEIGHT: f64 = 0.03;

/// Every measured item as an equation.
struct Equations {
    rules: Rules,
    columns: BTreeMap<Term, usize>,
    rows: Vec<Row>,
}

/// A measured item.
struct Row {
    key: String,
    /// Whether it is a whole network.
    whole: bool,
    /// The terms of each kernel.
    kernels: Vec<(Option<Configuration>, Terms)>,
    /// Their sum.
    terms: Terms,
    milliseconds: f64,
}

/// Columns and values.
type Terms = Vec<(usize, f64)>;

impl Row {
    fn equation(&self) -> Equation<'_> {
        Equation {
            row: &self.terms,
            milliseconds: self.milliseconds,
            weight: if self.whole { 1.0 } else { KERNEL_WEIGHT },
        }
    }
}

/// Two fits: terms to everything, then factors of configurations to whole networks.
struct Fitted {
    coefficients: Vec<f64>,
    factors: BTreeMap<Configuration, f64>,
}

impl Fitted {
    /// The relative error of a row.
    fn error(&self, row: &Row) -> f64 {
        let kernels = row.kernels.iter();
        let sum: f64 = kernels
            .map(|(configuration, terms)| {
                let factor = configuration.and_then(|known| self.factors.get(&known));
                dot(terms, &self.coefficients) * factor.unwrap_or(&1.0)
            })
            .sum();
        sum / row.milliseconds - 1.0
    }
}

fn dot(terms: &[(usize, f64)], coefficients: &[f64]) -> f64 {
    let products = terms
        .iter()
        .map(|&(term, value)| coefficients[term] * value);
    products.sum()
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
        for item in items {
            if let Some(milliseconds) = journal.milliseconds(&item.key) {
                equations.push(item, milliseconds)?;
            }
        }
        Ok(equations)
    }

    fn push(&mut self, item: &Item, milliseconds: f64) -> Result<(), Error> {
        let own_windows = Variants::default();
        let mut sum: BTreeMap<usize, f64> = BTreeMap::new();
        let mut kernels = Vec::new();
        for kernel in detect(&Ir::from_graph(&item.graph), &self.rules)? {
            let values = terms(&kernel, &own_windows).unwrap_or_default().into_iter();
            let mut own = Vec::new();
            for (term, value) in values.chain(tiled(&kernel, &own_windows)) {
                let next = self.columns.len();
                let column = *self.columns.entry(term).or_insert(next);
                *sum.entry(column).or_default() += value;
                own.push((column, value));
            }
            kernels.push((Configuration::of(&kernel), own));
        }
        self.rows.push(Row {
            key: item.key.clone(),
            whole: item.probe.is_none(),
            kernels,
            terms: sum.into_iter().collect(),
            milliseconds,
        });
        Ok(())
    }

    fn fit(&self, rows: &[&Row]) -> Fitted {
        let equations = rows.iter().map(|row| row.equation());
        let coefficients = coefficients(equations, self.columns.len(), RIDGE);
        let factors = factors(rows, &coefficients);
        Fitted {
            coefficients,
            factors,
        }
    }
}

/// The factors by which the configurations of whole networks differ from their sums of terms, each
/// drawn towards 1.
fn factors(rows: &[&Row], of_terms: &[f64]) -> BTreeMap<Configuration, f64> {
    let mut columns: BTreeMap<Configuration, usize> = BTreeMap::new();
    let mut networks = Vec::new();
    for row in rows.iter().filter(|row| row.whole) {
        let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
        let mut others = 0.0;
        for (configuration, terms) in &row.kernels {
            let milliseconds = dot(terms, of_terms);
            if let Some(configuration) = configuration {
                let next = columns.len();
                let column = *columns.entry(*configuration).or_insert(next);
                *sums.entry(column).or_default() += milliseconds;
            } else {
                others += milliseconds;
            }
        }
        let known = row.milliseconds - others;
        if known > 0.0 {
            networks.push((sums.into_iter().collect::<Terms>(), known));
        }
    }
    let ones: Vec<Terms> = (0..columns.len())
        .map(|column| vec![(column, 1.0)])
        .collect();
    let networks = networks.iter().map(|(row, milliseconds)| Equation {
        row,
        milliseconds: *milliseconds,
        weight: 1.0,
    });
    let ones = ones.iter().map(|row| Equation {
        row,
        milliseconds: 1.0,
        weight: FACTOR_WEIGHT,
    });
    // The ones are all the regularisation that it needs.
    let found = coefficients(networks.chain(ones), columns.len(), f64::EPSILON);
    let pairs = columns.into_iter();
    pairs
        .map(|(known, column)| (known, rounded(found[column])))
        .collect()
}

/// The kernels whose networks the fit is off by far.
pub(super) fn far_off(
    journal: &Journal,
    networks: &[Item],
    probes: &[Item],
) -> Result<BTreeSet<String>, Error> {
    let equations = Equations::new(journal, networks.iter().chain(probes))?;
    let fitted = equations.fit(&equations.rows.iter().collect::<Vec<_>>());
    let off = |row: &&Row| fitted.error(row).abs() > FAR_OFF;
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
    let is_held_out = |index: usize| index < measured && index.is_multiple_of(HOLD_OUT);
    let rows = || equations.rows.iter().enumerate();
    let rest = rows().filter(|&(index, _)| !is_held_out(index));
    let judged = equations.fit(&rest.map(|(_, row)| row).collect::<Vec<_>>());
    let held_out = rows().filter(|&(index, _)| is_held_out(index));
    let errors = held_out.map(|(_, row)| ("networks", judged.error(row)));
    let held_out = HeldOut::of(errors);
    let shipped = equations.fit(&equations.rows.iter().collect::<Vec<_>>());
    let terms = equations.columns.iter();
    Ok(Device::fitted(
        calibration.name.to_owned(),
        equations.rules.clone(),
        terms
            .map(|(&term, &column)| (term, rounded(shipped.coefficients[column])))
            .collect(),
        shipped.factors,
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
