//! Reads every file of a corpus of TIFF files, each in a process of its own with bounded time and
//! memory, and compares with what is known of the file.

mod demand;
mod reading;
mod report;

use std::path::Path;
use std::process::ExitCode;

pub use reading::read_under_limit;

/// Prints the table of a corpus; succeeds if it is read as demanded.
///
/// # Errors
/// The corpus cannot be read, or a process cannot be started.
pub fn run(corpus: &Path, json: bool) -> Result<ExitCode, String> {
    let mut folders = Vec::new();
    for folder in demand::folders(corpus)? {
        let mut verdicts = Vec::with_capacity(folder.files.len());
        for file in &folder.files {
            let reading = reading::read(&folder.path.join(&file.name), &folder.limits)?;
            verdicts.push((file, file.judge(&reading), reading));
        }
        folders.push(report::Row::new(&folder, &verdicts));
    }
    let missed = folders.iter().any(|row| !row.misses.is_empty());
    if json {
        println!("{}", report::json(&folders)?);
    } else {
        print!("{}", report::table(&folders));
    }
    Ok(if missed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
