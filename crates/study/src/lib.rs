//! Studies: the study file, its store, its runner.
//!
//! A [`StudyFile`] says what to do. [`Study::open`] checks it against the dataset, the space and
//! the devices, and binds it to a directory; [`Study::run`] does what is left to do and reports
//! [`Event`]s. What has been done is what the [`Store`] says: a study that was killed goes on
//! where it stopped and ends with the same result, whatever the number of workers.
//!
//! The unit of work is one fold of one trial, trained by one worker on one core. One dispatcher
//! hands the folds out, as many at a time as [`Limits`] allow: it predicts how much memory each
//! takes, and begins none that might not fit. A fold saves checkpoints, at most one a minute, and
//! goes on from its last one.

mod baseline;
mod carried;
mod checkpoints;
mod costs;
mod directory;
mod dispatcher;
mod error;
mod event;
mod file;
mod fold_training;
mod limits;
mod measure;
mod memory;
mod metadata;
mod models;
mod plan;
mod runner;
mod store;
mod study;
mod trial;

pub use costs::Costs;
pub use directory::Directory;
pub use error::Error;
pub use event::Event;
pub use file::{
    FoldWeights, Folds, Latency, OptimizerName, Search, SpaceChoice, StudyFile, Training,
};
pub use limits::Limits;
pub use measure::{MEASURES, TRAINED, is_trained, unit};
pub use models::ModelFormat;
pub use store::{DeviceFacts, SqliteStore, Store};
pub use study::{Outcome, Study};
pub use trial::{EpochRecord, FoldRecord, Kind, Trial, TrialId};
