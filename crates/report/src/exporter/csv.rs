use std::path::{Path, PathBuf};

use super::Exporter;
use crate::analysis::Analysis;
use crate::error::Error;
use crate::table::Table;
use crate::tables::{epoch_table, fold_table, front_table, range_table, trial_table};
use crate::write::write_file;

/// `trials.csv`, `front.csv` and `ranges.csv`, and where the folds are known in detail `folds.csv`
/// and `epochs.csv`, with all digits.
#[derive(Clone, Copy, Debug)]
pub struct Csv;

impl Exporter for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn export(&self, analysis: &Analysis, folder: &Path) -> Result<Vec<PathBuf>, Error> {
        let mut tables = vec![
            ("trials.csv", trial_table(analysis)),
            ("front.csv", front_table(analysis)),
            ("ranges.csv", range_table(analysis)),
        ];
        if !analysis.results.scores.is_empty() {
            let all: Vec<usize> = (0..analysis.results.rows.len()).collect();
            tables.push(("folds.csv", fold_table(analysis, &all)));
            tables.push(("epochs.csv", epoch_table(analysis)));
        }
        let write = |(name, table): (&str, Table)| {
            write_file(&folder.join(name), table.to_csv().as_bytes())
        };
        tables.into_iter().map(write).collect()
    }
}
