use std::path::{Path, PathBuf};

use super::Exporter;
use crate::analysis::Analysis;
use crate::error::Error;
use crate::figure::{Theme, figures};
use crate::write::write_file;

/// `figures/NAME.svg` and `figures/NAME.png`, on white.
#[derive(Clone, Copy, Debug)]
pub struct Figures;

impl Exporter for Figures {
    fn name(&self) -> &'static str {
        "figures"
    }

    fn export(&self, analysis: &Analysis, folder: &Path) -> Result<Vec<PathBuf>, Error> {
        let folder = folder.join("figures");
        let mut paths = Vec::new();
        for figure in figures(analysis, Theme::Light) {
            let path = |ending: &str| folder.join(format!("{}.{ending}", figure.name));
            paths.push(write_file(&path("svg"), figure.to_svg().as_bytes())?);
            paths.push(write_file(&path("png"), &figure.to_png()?)?);
        }
        Ok(paths)
    }
}
