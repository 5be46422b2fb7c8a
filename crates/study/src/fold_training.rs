//! The training of one fold, from where an earlier run left it to what the store keeps of it.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use edgefront_engine::{
    Backend, ChannelScales, Checkpoint, Confusion, EpochEnd, EpochReport, Error as EngineError,
    Samples, Start, TrainOptions, Trained, initial_weights, roc_auc, train,
};
use edgefront_random::Key;

use crate::checkpoints::FoldCheckpoint;
use crate::metadata::metadata;
use crate::plan::Job;
use crate::{EpochRecord, Error, FoldRecord, FoldWeights, Study, carried, models};

/// How a training ended.
pub(crate) enum End {
    Done(FoldRecord),
    /// The trial is no good; the study goes on.
    Failed(String),
    /// The study cannot go on.
    Broken(Error),
    /// It was asked to stop.
    Stopped,
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

impl From<EngineError> for End {
    fn from(error: EngineError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// One fold of one trial, on these images.
pub(crate) struct FoldTraining<'a> {
    pub study: &'a Study,
    pub backend: &'a dyn Backend,
    /// The tiles, with as many channels as the job wants.
    pub images: &'a [f32],
    pub job: &'a Job,
    /// Set once the study cannot go on.
    pub stop: &'a AtomicBool,
}

/// What a training leaves behind.
struct Finished {
    trained: Trained,
    /// Where it ended, if the next fold goes on from there.
    end: Option<Checkpoint>,
}

impl FoldTraining<'_> {
    /// Trains the fold. When this returns what it [came to](End::Done), its model is on the disk,
    /// and what it hands on to the next fold.
    pub fn run(&self, on_epoch: &dyn Fn(usize, EpochRecord)) -> End {
        let finished = match self.finish(on_epoch) {
            Ok(finished) => finished,
            Err(end) => return end,
        };
        self.keep(&finished)
            .map_or_else(End::Broken, |()| End::Done(self.record(&finished.trained)))
    }

    /// Goes on where an earlier run left the fold, or begins it.
    fn finish(&self, on_epoch: &dyn Fn(usize, EpochRecord)) -> Result<Finished, End> {
        let directory = &self.study.directory;
        let interval = self.study.checkpoint_interval;
        let mut saved = FoldCheckpoint::new(directory, self.job.id, self.job.fold, interval);
        let Some(checkpoint) = saved.load(&self.job.graph) else {
            return self.begin(&mut saved, on_epoch);
        };
        // If it was taken at the very end, no epoch is left to take another.
        let end = self.hands_on().then(|| checkpoint.clone());
        let start = Start::from(checkpoint);
        match self.train(start, end, &mut saved, on_epoch)? {
            // Written by another version of the program, say.
            Err(EngineError::ForeignCheckpoint) => self.begin(&mut saved, on_epoch),
            finished => Ok(finished?),
        }
    }

    /// Trains from the first epoch on.
    fn begin(
        &self,
        saved: &mut FoldCheckpoint,
        on_epoch: &dyn Fn(usize, EpochRecord),
    ) -> Result<Finished, End> {
        let graph = &self.job.graph;
        let initial;
        let start = match self.job.fold.checked_sub(1).filter(|_| self.carries()) {
            None => {
                initial = initial_weights(graph, self.key().with("init", 0));
                Start::Weights(&initial)
            }
            Some(before) => {
                let path = self.study.directory.carried(self.job.id, before);
                Start::Carried(Box::new(carried::load(&path, graph)?))
            }
        };
        Ok(self.train(start, None, saved, on_epoch)??)
    }

    /// Trains from here, which is the `end` if no epoch is left. The outer error is what ends the
    /// fold early, the inner one the engine's.
    fn train(
        &self,
        start: Start<'_>,
        mut end: Option<Checkpoint>,
        saved: &mut FoldCheckpoint,
        on_epoch: &dyn Fn(usize, EpochRecord),
    ) -> Result<Result<Finished, EngineError>, End> {
        let (study, job) = (self.study, self.job);
        let split = &study.splits[job.fold];
        let options = TrainOptions {
            batch_size: job.batch_size,
            ..study.options.clone()
        };
        let mut early = None;
        let mut observe = |epoch: &EpochEnd<'_>| {
            let number = epoch.report.epoch;
            on_epoch(number, epoch_record(epoch.report));
            // Which epoch is the last is not known before it is over. The one before goes first:
            // each is as large as the network in training.
            drop(end.take());
            end = self.hands_on().then(|| epoch.checkpoint());
            if self.stop.load(Ordering::Relaxed) {
                early = Some(End::Stopped);
            } else if number < options.epochs {
                early = saved.save(epoch).err().map(End::Broken);
            }
            match early {
                None => ControlFlow::Continue(()),
                Some(_) => ControlFlow::Break(()),
            }
        };
        let scales = self.scales();
        let samples = self.samples(scales.as_ref())?;
        let (train_on, test_on, key) = (&split.train, &split.test, self.key());
        let trained = train(
            self.backend,
            &job.graph,
            start,
            &samples,
            train_on,
            test_on,
            &options,
            key,
            &mut observe,
        );
        match early {
            None => Ok(trained.map(|trained| Finished { trained, end })),
            Some(early) => Err(early),
        }
    }

    /// The constants that the normalisation has for the training tiles of the fold, if it has any.
    fn scales(&self) -> Option<ChannelScales> {
        let recipe = &self.study.recipes[self.job.fold];
        let scalings = &recipe.scalings()?[..self.job.channels];
        let pairs: Vec<_> = scalings.iter().map(|s| (s.center, s.scale)).collect();
        Some(ChannelScales::new(&pairs))
    }

    fn samples<'a>(
        &'a self,
        scales: Option<&'a ChannelScales>,
    ) -> Result<Samples<'a>, EngineError> {
        let dataset = &self.study.dataset;
        let (shape, classes) = (self.job.graph.input_shape(), dataset.classes().len());
        let samples = Samples::new(self.images, dataset.labels(), shape, classes)?;
        let samples = match &self.study.units {
            Some(units) => samples.with_groups(units)?,
            None => samples,
        };
        match scales {
            Some(scales) => samples.scaled(scales),
            None => Ok(samples),
        }
    }

    /// The key of every random draw of this fold.
    fn key(&self) -> Key {
        let id = self.job.id;
        (self.study.key)
            .with(id.kind.name(), id.number as u64)
            .with("fold", self.job.fold as u64)
    }

    fn carries(&self) -> bool {
        self.study.header.file.folds.fold_weights == FoldWeights::Carried
    }

    /// Whether the next fold of the trial begins where this one ends.
    fn hands_on(&self) -> bool {
        self.carries() && self.job.fold + 1 < self.study.splits.len()
    }

    /// Writes the model, and what the next fold begins with.
    fn keep(&self, finished: &Finished) -> Result<(), Error> {
        let (job, directory) = (self.job, &self.study.directory);
        let recipe = &self.study.recipes[job.fold];
        let metadata = metadata(recipe, job.channels, &self.study.dataset);
        let path = directory.model(job.id, job.fold);
        models::save(&path, &job.graph, &finished.trained.best.weights, &metadata)?;
        match &finished.end {
            Some(end) => carried::save(&directory.carried(job.id, job.fold), end),
            None => Ok(()),
        }
    }

    fn record(&self, trained: &Trained) -> FoldRecord {
        let best = &trained.best;
        let mut confusion = Confusion::new(self.study.dataset.classes().len());
        for prediction in &best.predictions {
            confusion.add(prediction.label, prediction.predicted);
        }
        FoldRecord {
            fold: self.job.fold,
            name: self.study.splits[self.job.fold].name.clone(),
            confusion: confusion.rows(),
            roc_auc: roc_auc(&best.predictions),
            best_epoch: Some(best.epoch),
            epochs: trained.epochs.iter().map(epoch_record).collect(),
        }
    }
}

fn epoch_record(report: &EpochReport) -> EpochRecord {
    EpochRecord {
        train_loss: report.train_loss,
        test_loss: report.test.loss,
        test_accuracy: 100.0 * report.test.accuracy,
        validation_loss: report.validation.map(|quality| quality.loss),
        validation_accuracy: report.validation.map(|quality| 100.0 * quality.accuracy),
    }
}
