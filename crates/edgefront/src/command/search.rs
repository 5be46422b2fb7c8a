use edgefront::study::{Outcome, Study};

use crate::cli::SearchArgs;
use crate::error::Error;
use crate::output;
use crate::progress::StudyProgress;
use crate::results;

pub fn run(args: &SearchArgs) -> Result<(), Error> {
    let study = Study::open(&args.study, args.out.clone())?;
    let outcome = search(&study, args.workers)?;
    output::data(&results::front_table(&outcome)?);
    let study = args.out.as_ref().unwrap_or(&args.study).display();
    output::message(&format!(
        "next: edgefront report {study}, edgefront export {study} --out DIR"
    ));
    Ok(())
}

/// Runs a study with its progress on standard error.
pub fn search(study: &Study, workers: Option<usize>) -> Result<Outcome, Error> {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let workers = workers.unwrap_or_else(cores);
    if workers == 0 {
        return Err(Error::Usage("--workers 0: expected at least 1".into()));
    }
    let mut progress = StudyProgress::new();
    let outcome = study.run(workers, &mut |event| progress.on(event))?;
    Ok(outcome)
}
