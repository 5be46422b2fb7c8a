//! One dispatcher, which alone touches the plan and the store, and workers that train.

use std::any::Any;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use edgefront_engine::{
    Cpu, EpochReport, Samples, Start, TrainOptions, initial_weights, roc_auc, train,
};

use crate::checkpoints::{self, FoldCheckpoint};
use crate::metadata::metadata;
use crate::plan::{Job, Plan};
use crate::study::front_of;
use crate::{EpochRecord, Error, Event, FoldRecord, Kind, Store, Study, Trial, TrialId};
use crate::{memory, models};

/// What a worker tells the dispatcher.
enum Message {
    Started {
        id: TrialId,
        fold: usize,
    },
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
enum End {
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
    store: &mut dyn Store,
    workers: usize,
    observe: &mut dyn FnMut(&Event<'_>),
) -> Result<(), Error> {
    let mut plan = Plan::new(study, store)?;
    let left = plan
        .wanted()
        .saturating_mul(study.splits.len())
        .saturating_sub(plan.folds_done());
    let workers = workers.clamp(1, left.max(1));
    observe(&Event::Started {
        trials: plan.wanted(),
        folds: &study.header.folds,
        folds_done: plan.folds_done(),
        workers,
        directory: study.directory.path().to_path_buf(),
    });
    let images = select_images(study)?;
    let stop = AtomicBool::new(false);
    let (job_sender, job_receiver) = channel();
    let job_receiver = Mutex::new(job_receiver);
    let (sender, receiver) = channel();
    thread::scope(|scope| {
        for _ in 0..workers {
            let (sender, jobs, images, stop) = (sender.clone(), &job_receiver, &images, &stop);
            scope.spawn(move || work(study, images, jobs, &sender, stop));
        }
        drop(sender);
        let result = dispatch(
            study,
            &mut plan,
            store,
            workers,
            &job_sender,
            &receiver,
            observe,
        );
        stop.store(true, Ordering::Relaxed);
        drop(job_sender);
        result
    })?;
    prune(study, &plan)
}

/// Hands out jobs and keeps what comes back, until nothing is left.
fn dispatch(
    study: &Study,
    plan: &mut Plan<'_>,
    store: &mut dyn Store,
    workers: usize,
    jobs: &Sender<Job>,
    messages: &Receiver<Message>,
    observe: &mut dyn FnMut(&Event<'_>),
) -> Result<(), Error> {
    let epochs = study.options.epochs;
    let mut running = 0;
    loop {
        while running < workers {
            let Some(job) = plan.next(store, observe)? else {
                break;
            };
            jobs.send(job)
                .expect("workers wait for jobs until the sender is gone");
            running += 1;
        }
        if running == 0 {
            return Ok(());
        }
        match messages.recv().expect("a worker with a job answers it") {
            Message::Started { id, fold } => observe(&Event::FoldStarted { id, fold }),
            Message::Epoch {
                id,
                fold,
                epoch,
                record,
            } => {
                observe(&Event::Epoch {
                    id,
                    fold,
                    epoch,
                    epochs,
                    record,
                });
            }
            Message::Ended { id, fold, end } => {
                running -= 1;
                match end {
                    End::Done(record) => {
                        store.add_fold(id, &record)?;
                        checkpoints::remove(&study.directory, id, record.fold)?;
                        observe(&Event::FoldFinished {
                            id,
                            record: &record,
                        });
                        let trial = plan.trial_mut(id);
                        trial.folds.push(record);
                        // As a store would give them, whichever came first.
                        trial.folds.sort_by_key(|record| record.fold);
                        finish(study, plan, id, observe)?;
                    }
                    End::Failed(reason) => {
                        store.fail(id, &reason)?;
                        checkpoints::remove(&study.directory, id, fold)?;
                        observe(&Event::TrialFailed {
                            id,
                            reason: &reason,
                        });
                        plan.trial_mut(id).failure = Some(reason);
                    }
                    End::Broken(error) => return Err(error),
                    End::Stopped => {}
                }
            }
        }
    }
}

/// If the trial is complete: says so, and removes the models that are no longer wanted.
fn finish(
    study: &Study,
    plan: &Plan<'_>,
    id: TrialId,
    observe: &mut dyn FnMut(&Event<'_>),
) -> Result<(), Error> {
    let folds = study.splits.len();
    let Some(trial) = plan.trials().find(|t| t.id == id && t.is_complete(folds)) else {
        return Ok(());
    };
    let on_front = id.kind == Kind::Searched && front(study, plan).iter().any(|t| t.id == id);
    observe(&Event::TrialFinished { trial, on_front });
    prune(study, plan)
}

fn front<'a>(study: &Study, plan: &'a Plan<'_>) -> Vec<&'a Trial> {
    let folds = study.splits.len();
    let searched = plan
        .trials()
        .filter(|t| t.id.kind == Kind::Searched && t.is_complete(folds));
    front_of(&study.header.objectives, &searched.collect::<Vec<_>>())
}

/// Keeps the models of the front, of the baselines, and of what is not complete: another fold of
/// a trial that failed may just now be writing its own.
fn prune(study: &Study, plan: &Plan<'_>) -> Result<(), Error> {
    let folds = study.splits.len();
    let front: BTreeSet<TrialId> = front(study, plan).iter().map(|trial| trial.id).collect();
    let kept = plan.trials().filter(|trial| {
        let searched = trial.id.kind == Kind::Searched;
        !trial.is_complete(folds) || !searched || front.contains(&trial.id)
    });
    models::keep(&study.directory, kept, folds)
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
        send(Message::Started { id, fold });
        let trained = catch_unwind(AssertUnwindSafe(|| {
            train_fold(study, images, &job, stop, &send)
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

/// Trains one fold from fresh weights and keeps its model.
fn train_fold(
    study: &Study,
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
        // No batch is larger than what there is to train on; room for more would be wasted.
        batch_size: job.batch_size.min(split.train.len()),
        ..study.options.clone()
    };
    match memory::shortage(&job.graph, &options) {
        Ok(None) => {}
        Ok(Some(reason)) => return End::Failed(reason),
        Err(error) => return End::Failed(error.to_string()),
    }
    let key = study
        .key
        .with(job.id.kind.name(), job.id.number as u64)
        .with("fold", job.fold as u64);
    let (graph, interval) = (&job.graph, study.checkpoint_interval);
    let mut saved = FoldCheckpoint::new(&study.directory, job.id, job.fold, interval);
    let checkpoint = saved.load(graph);
    let initial = initial_weights(graph, key.with("init", 0));
    let mut end_early = None;
    let mut run = |start: Start<'_>| {
        train(
            &Cpu,
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
    let fresh = Start::Weights(&initial);
    let mut trained = run(checkpoint.map_or(fresh, Start::from));
    if let Err(edgefront_engine::Error::ForeignCheckpoint) = trained {
        // Written by another version of the program, say.
        trained = run(Start::Weights(&initial));
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
