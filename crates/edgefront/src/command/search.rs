use edgefront::study::{Limits, Outcome, Study};

use crate::cli::SearchArgs;
use crate::error::Error;
use crate::output;
use crate::progress::StudyProgress;
use crate::results;

pub fn run(args: &SearchArgs) -> Result<(), Error> {
    let study = Study::open(&args.study, args.out.clone())?;
    let outcome = search(&study, args.workers, args.memory)?;
    let folds = outcome.header.folds.len();
    let mut all = outcome.trials.iter().chain(&outcome.baselines);
    if all.any(|trial| trial.is_complete(folds)) {
        output::data(&results::front_table(&outcome)?);
    }
    if outcome.complete().is_empty() {
        let failure = outcome.trials.iter().find_map(|t| t.failure.clone());
        return Err(Error::NoTrial {
            path: study.directory().path().to_path_buf(),
            reason: failure.unwrap_or_else(|| "the space has none that is allowed".into()),
        });
    }
    let study = args.out.as_ref().unwrap_or(&args.study).display();
    output::message(&format!(
        "next: edgefront report {study}, edgefront export {study} --out DIR"
    ));
    Ok(())
}

/// More threads than any machine has cores for.
const MOST_WORKERS: usize = 1024;

/// Runs a study with its progress on standard error.
pub fn search(
    study: &Study,
    workers: Option<usize>,
    memory: Option<u64>,
) -> Result<Outcome, Error> {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let workers = workers.unwrap_or_else(cores);
    if !(1..=MOST_WORKERS).contains(&workers) {
        return Err(Error::Usage(format!(
            "--workers {workers}: expected 1 to {MOST_WORKERS}"
        )));
    }
    if let Some(warning) = study.file().folds.fold_weights.warning() {
        output::message(&format!("warning: {warning}"));
    }
    let mut progress = StudyProgress::new();
    let limits = Limits { workers, memory };
    let outcome = study.run(limits, &mut |event| progress.on(event))?;
    Ok(outcome)
}
