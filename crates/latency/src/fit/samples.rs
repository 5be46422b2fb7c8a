//! The measured networks as sums of terms: all that a fit needs to keep of them.

use std::collections::BTreeMap;
use std::path::Path;

use super::measurements::Measurements;
use super::{FitProgress, Measured, Target};
use crate::detect::detect;
use crate::error::Error;
use crate::features::{Term, Variants, terms};
use crate::ir::Ir;
use crate::rules::Rules;

/// How many networks lie between two reports of progress.
const REPORT_EVERY: usize = 256;

/// Measured networks, for several devices.
pub(super) struct Samples {
    /// The columns of the rows.
    columns: BTreeMap<Term, usize>,
    /// For each target, which of a sample's rows is under its rules.
    rules_of_target: Vec<usize>,
    samples: Vec<Sample>,
}

/// A measured network.
pub(crate) struct Sample {
    pub id: String,
    pub family: String,
    /// For each set of rules, the network's terms: column and value.
    rows: Vec<Vec<(usize, f64)>>,
    /// For each target.
    milliseconds: Vec<Option<f64>>,
}

impl Samples {
    /// Reads a file of measurements. Devices with the same rules share their kernels.
    pub(super) fn read(
        path: &Path,
        targets: &[Target],
        progress: &mut dyn FnMut(FitProgress),
    ) -> Result<Self, Error> {
        let columns: Vec<&str> = targets.iter().map(|t| t.column.as_str()).collect();
        let mut distinct: Vec<&Rules> = Vec::new();
        let rules_of_target = targets
            .iter()
            .map(|target| {
                let known = distinct.iter().position(|rules| **rules == target.rules);
                known.unwrap_or_else(|| {
                    distinct.push(&target.rules);
                    distinct.len() - 1
                })
            })
            .collect();
        let mut samples = Self {
            columns: BTreeMap::new(),
            rules_of_target,
            samples: Vec::new(),
        };
        let mut measurements = Measurements::open(path, &columns)?;
        while let Some(measurement) = measurements.next()? {
            let rows = distinct
                .iter()
                .map(|rules| samples.row(&measurement.graph, rules))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|reason| measurements.fault(&reason))?;
            samples.samples.push(Sample {
                id: measurement.id,
                family: measurement.family,
                rows,
                milliseconds: measurement.milliseconds,
            });
            if samples.samples.len().is_multiple_of(REPORT_EVERY) {
                progress(measurements.progress(samples.samples.len()));
            }
        }
        progress(measurements.progress(samples.samples.len()));
        Ok(samples)
    }

    /// The terms of all networks, with their columns.
    pub(super) fn terms(&self) -> impl ExactSizeIterator<Item = (Term, usize)> {
        self.columns.iter().map(|(&term, &column)| (term, column))
    }

    /// The networks measured on a target, by its index.
    pub(super) fn of_target(&self, target: usize) -> impl Iterator<Item = Measured<'_>> {
        let rules = self.rules_of_target[target];
        self.samples.iter().filter_map(move |sample| {
            Some(Measured {
                sample,
                row: &sample.rows[rules],
                milliseconds: sample.milliseconds[target]?,
            })
        })
    }

    /// The sum of the terms of a network's kernels. A kernel without terms adds nothing: its
    /// time goes to the terms that occur with it, and predictions name it as unknown.
    fn row(&mut self, graph: &Ir, rules: &Rules) -> Result<Vec<(usize, f64)>, Error> {
        let own_windows = Variants::default();
        let mut row: BTreeMap<usize, f64> = BTreeMap::new();
        for kernel in detect(graph, rules)? {
            for (term, value) in terms(&kernel, &own_windows).unwrap_or_default() {
                let next = self.columns.len();
                let column = *self.columns.entry(term).or_insert(next);
                *row.entry(column).or_default() += value;
            }
        }
        Ok(row.into_iter().collect())
    }
}
