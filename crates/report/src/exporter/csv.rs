use std::path::{Path, PathBuf};

use super::Exporter;
use crate::analysis::Analysis;
use crate::error::Error;
use crate::tables::{front_table, range_table, trial_table};
use crate::write::write_file;

/// `trials.csv`, `front.csv` and `ranges.csv`, with all digits.
#[derive(Clone, Copy, Debug)]
pub struct Csv;

impl Exporter for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn export(&self, analysis: &Analysis, folder: &Path) -> Result<Vec<PathBuf>, Error> {
        [
            ("trials.csv", trial_table(analysis)),
            ("front.csv", front_table(analysis)),
            ("ranges.csv", range_table(analysis)),
        ]
        .into_iter()
        .map(|(name, table)| write_file(&folder.join(name), table.to_csv().as_bytes()))
        .collect()
    }
}
