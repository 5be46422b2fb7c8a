//! Exporters: one file each, and one line in [`exporters`].

mod csv;
mod figures;
mod html;
mod json;
mod markdown;

use std::path::{Path, PathBuf};

pub use csv::Csv;
pub use figures::Figures;
pub use html::Html;
pub use json::Json;
pub use markdown::Markdown;

use crate::analysis::Analysis;
use crate::error::Error;

/// One kind of output.
pub trait Exporter: Sync {
    /// The name on the command line, in lowercase.
    fn name(&self) -> &'static str;

    /// Writes its files into the folder, which is made if need be, and returns their paths.
    ///
    /// # Errors
    /// If a file cannot be written, or a figure not be drawn.
    fn export(&self, analysis: &Analysis, folder: &Path) -> Result<Vec<PathBuf>, Error>;
}

/// Every exporter.
#[must_use]
pub fn exporters() -> &'static [&'static dyn Exporter] {
    &[&Markdown, &Csv, &Json, &Figures, &Html]
}

/// Writes the whole report into the folder and returns the paths of its files.
///
/// # Errors
/// The first that an exporter has.
pub fn export(analysis: &Analysis, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut paths = Vec::new();
    for exporter in exporters() {
        paths.extend(exporter.export(analysis, folder)?);
    }
    Ok(paths)
}
