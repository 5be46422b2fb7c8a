use std::path::Path;

use edgefront::report::export;
use edgefront::study::Outcome;

use crate::cli::ReportArgs;
use crate::error::Error;
use crate::{output, results};

pub fn run(args: &ReportArgs) -> Result<(), Error> {
    let (directory, outcome) = results::outcome(&args.study)?;
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| directory.path().join("report"));
    write(&outcome, &folder)
}

/// Writes the report of what a study has found into a folder.
pub fn write(outcome: &Outcome, folder: &Path) -> Result<(), Error> {
    let paths = export(&results::analysis(outcome)?, folder)?;
    let page = paths
        .iter()
        .find(|path| path.extension().is_some_and(|ending| ending == "html"));
    let page = page.map_or_else(
        || folder.display().to_string(),
        |path| path.display().to_string(),
    );
    output::message(&format!("{} files of the report; open {page}", paths.len()));
    Ok(())
}
