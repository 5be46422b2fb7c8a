//! Workers that train, and the run of a study: a [`Dispatcher`] and as many workers as are allowed.

use std::any::Any;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use edgefront_engine::{
    Backend, EpochReport, Samples, Start, TrainOptions, initial_weights, roc_auc, train,
};

use crate::checkpoints::FoldCheckpoint;
use crate::dispatcher::Dispatcher;
use crate::memory::{self, Budget};
use crate::metadata::metadata;
use crate::plan::{Job, Plan};
use crate::{EpochRecord, Error, Event, FoldRecord, FoldWeights, Limits, Store, Study, TrialId};
use crate::{carried, models};

/// What a worker tells the dispatcher.
pub(crate) enum Message {
    Epoch {
        id: TrialId,
        fold: usize,
        epoch: usize,
        record: EpochRecord,
    },
    Ended {
        id: TrialId,
        fold: usize,
        end: End,
    },
}

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

/// Trains what is left to train.
pub(crate) fn run(
    study: &Study,
    backend: &dyn Backend,
    store: &mut dyn Store,
    limits: Limits,
    observe: &mut dyn FnMut(&Event<'_>),
) -> Result<(), Error> {
    let plan = Plan::new(study, store)?;
    let left = plan
        .wanted()
        .saturating_mul(study.splits.len())
        .saturating_sub(plan.folds_done());
    let workers = limits.workers.clamp(1, left.max(1));
    observe(&Event::Started {
        trials: plan.wanted(),
        folds: &study.header.folds,
        folds_done: plan.folds_done(),
        workers,
        directory: study.directory.path().to_path_buf(),
    });
    let images = select_images(study)?;
    // Asked once: what trainings take later is ours.
    let budget = Budget::new(limits.memory.or_else(memory::available));
    let stop = AtomicBool::new(false);
    let (job_sender, job_receiver) = channel();
    let job_receiver = Mutex::new(job_receiver);
    let (sender, receiver) = channel();
    thread::scope(|scope| {
        for _ in 0..workers {
            let (sender, jobs, images, stop) = (sender.clone(), &job_receiver, &images, &stop);
            scope.spawn(move || work(study, backend, images, jobs, &sender, stop));
        }
        drop(sender);
        let mut dispatcher = Dispatcher {
            study,
            plan,
            store,
            budget,
            workers,
            jobs: job_sender,
            messages: receiver,
            observe,
            running: BTreeMap::new(),
        };
        let result = dispatcher.run();
        stop.store(true, Ordering::Relaxed);
        result
    })
}

/// The tiles by number of channels: memory-mapped where all are wanted, a copy where fewer are.
type Images<'a> = BTreeMap<usize, Cow<'a, [f32]>>;

fn select_images(study: &Study) -> Result<Images<'_>, Error> {
    let all = study.dataset.channels();
    let counts = study.space.counts("channels").unwrap_or_else(|| vec![all]);
    let select = |count: usize| {
        let channels: Vec<usize> = (0..count).collect();
        Ok((count, study.dataset.select_channels(&channels)?))
    };
    counts.into_iter().map(select).collect()
}

/// A worker: trains one job after another until there are no more.
fn work(
    study: &Study,
    backend: &dyn Backend,
    images: &Images<'_>,
    jobs: &Mutex<Receiver<Job>>,
    messages: &Sender<Message>,
    stop: &AtomicBool,
) {
    loop {
        let job = jobs.lock().expect("no worker panics while it waits").recv();
        let Ok(job) = job else { return };
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let (id, fold) = (job.id, job.fold);
        // A dispatcher that has gone does not want the message: nothing is lost with it.
        let send = |message| drop(messages.send(message));
        let trained = catch_unwind(AssertUnwindSafe(|| {
            train_fold(study, backend, images, &job, stop, &send)
        }));
        let end = trained.unwrap_or_else(|panic| End::Failed(panic_text(&*panic)));
        send(Message::Ended { id, fold, end });
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!(
        "panicked: {}",
        text.unwrap_or_else(|| "without a message".into())
    )
}

/// Trains one fold and keeps its model.
fn train_fold(
    study: &Study,
    backend: &dyn Backend,
    images: &Images<'_>,
    job: &Job,
    stop: &AtomicBool,
    send: &dyn Fn(Message),
) -> End {
    let dataset = &study.dataset;
    let classes = dataset.classes().len();
    let shape = job.graph.input_shape();
    let samples = match Samples::new(&images[&job.channels], dataset.labels(), shape, classes) {
        Ok(samples) => samples,
        Err(error) => return End::Failed(error.to_string()),
    };
    let split = &study.splits[job.fold];
    let options = TrainOptions {
        batch_size: job.batch_size,
        ..study.options.clone()
    };
    let key = study
        .key
        .with(job.id.kind.name(), job.id.number as u64)
        .with("fold", job.fold as u64);
    let carries = study.header.file.folds.fold_weights == FoldWeights::Carried;
    let before = job.fold.checked_sub(1).filter(|_| carries);
    let hands_on = carries && job.fold + 1 < study.splits.len();
    let graph = &job.graph;
    let initial = initial_weights(graph, key.with("init", 0));
    let begin = || match before {
        None => Ok(Start::Weights(&initial)),
        Some(before) => {
            let carried = carried::load(&study.directory.carried(job.id, before), graph)?;
            Ok(Start::Carried(Box::new(carried)))
        }
    };
    let interval = study.checkpoint_interval;
    let mut saved = FoldCheckpoint::new(&study.directory, job.id, job.fold, interval);
    let checkpoint = saved.load(graph);
    // If that was taken at the very end, there is no other.
    let mut last = checkpoint.clone().filter(|_| hands_on);
    let mut end_early = None;
    let mut run = |start: Start<'_>| {
        train(
            backend,
            graph,
            start,
            &samples,
            &split.train,
            &split.test,
            &options,
            key,
            &mut |end| {
                let epoch = end.report.epoch;
                send(Message::Epoch {
                    id: job.id,
                    fold: job.fold,
                    epoch,
                    record: epoch_record(end.report),
                });
                // Which epoch is the last is not known before it is over.
                // The one before goes first: each is as large as the network in training.
                drop(last.take());
                last = hands_on.then(|| end.checkpoint());
                if stop.load(Ordering::Relaxed) {
                    end_early = Some(End::Stopped);
                } else if epoch < options.epochs
                    && let Err(error) = saved.save(end)
                {
                    end_early = Some(End::Broken(error));
                }
                if end_early.is_some() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        )
    };
    let start = match checkpoint {
        Some(checkpoint) => Ok(Start::from(checkpoint)),
        None => begin(),
    };
    let mut trained = match start {
        Ok(start) => run(start),
        Err(error) => return End::Broken(error),
    };
    if let Err(edgefront_engine::Error::ForeignCheckpoint) = trained {
        // Written by another version of the program, say.
        trained = match begin() {
            Ok(start) => run(start),
            Err(error) => return End::Broken(error),
        };
    }
    let trained = match trained {
        Ok(trained) => trained,
        Err(error) => return End::Failed(error.to_string()),
    };
    if let Some(end) = end_early {
        return end;
    }
    let best = trained.best;
    let path = study.directory.model(job.id, job.fold);
    let metadata = metadata(dataset, job.channels);
    if let Err(error) = models::save(&path, &job.graph, &best.weights, &metadata) {
        return End::Broken(error);
    }
    if let Some(end) = last
        && let Err(error) = carried::save(&study.directory.carried(job.id, job.fold), &end)
    {
        return End::Broken(error);
    }
    let mut confusion = vec![vec![0; classes]; classes];
    for prediction in &best.predictions {
        confusion[prediction.label][prediction.predicted] += 1;
    }
    End::Done(FoldRecord {
        fold: job.fold,
        name: split.name.clone(),
        confusion,
        roc_auc: roc_auc(&best.predictions),
        best_epoch: Some(best.epoch),
        epochs: trained.epochs.iter().map(epoch_record).collect(),
    })
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
