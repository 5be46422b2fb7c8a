use std::path::PathBuf;

use edgefront_pareto::Objective;

use crate::{EpochRecord, FoldRecord, Trial, TrialId};

/// What happens while a study runs. One enum feeds every listener: progress, log, tests.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The run begins.
    Started {
        /// What the trials are judged by.
        objectives: &'a [Objective],
        /// Trials that the study asks for, baselines included.
        trials: usize,
        /// The names of the folds of each trial.
        folds: &'a [String],
        /// Folds that an earlier run has done.
        folds_done: usize,
        /// Trainings at a time.
        workers: usize,
        /// Where everything is kept.
        directory: PathBuf,
    },
    /// A configuration was passed over since it breaks a constraint, or no network can be built of
    /// it for these tiles.
    Rejected {
        /// Its key.
        key: &'a str,
        /// The constraint and the value, or what does not fit.
        reason: String,
    },
    /// A trial was proposed and its costs are known.
    Proposed(&'a Trial),
    /// A worker begins a fold.
    FoldStarted {
        /// The trial.
        id: TrialId,
        /// The fold's number.
        fold: usize,
    },
    /// A fold has done an epoch.
    Epoch {
        /// The trial.
        id: TrialId,
        /// The fold's number.
        fold: usize,
        /// The epoch's number, from 1.
        epoch: usize,
        /// Epochs of the fold.
        epochs: usize,
        /// Its figures.
        record: EpochRecord,
    },
    /// A fold is done and durable.
    FoldFinished {
        /// The trial.
        id: TrialId,
        /// What came of it.
        record: &'a FoldRecord,
    },
    /// All folds of a trial are done.
    TrialFinished {
        /// The trial with all its folds.
        trial: &'a Trial,
        /// Whether no finished trial dominates it.
        on_front: bool,
    },
    /// A trial failed; the study goes on.
    TrialFailed {
        /// The trial.
        id: TrialId,
        /// Why.
        reason: &'a str,
    },
    /// The strategy has no further configuration that the constraints allow.
    Exhausted {
        /// Trials that the study asks for.
        wanted: usize,
        /// Trials that there are.
        found: usize,
    },
}
