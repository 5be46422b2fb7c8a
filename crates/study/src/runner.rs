//! Workers that train, and the run of a study: a [`Dispatcher`] and as many workers as are allowed.

use std::any::Any;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use edgefront_engine::Backend;

use crate::dispatcher::Dispatcher;
use crate::fold_training::{End, FoldTraining};
use crate::memory::{self, Budget};
use crate::plan::{Job, Plan};
use crate::{EpochRecord, Error, Event, Limits, Store, Study, TrialId};

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
        objectives: &study.header.objectives,
        trials: plan.wanted(),
        folds: &study.header.folds,
        folds_done: plan.folds_done(),
        workers,
        directory: study.directory.path().to_path_buf(),
    });
    if left > 0 {
        // Half a second for a gigabyte, where the processor has instructions for the sum.
        study.dataset.verify()?;
    }
    let images = select_images(study)?;
    // Asked once: what trainings take later is ours.
    let budget = Budget::new(limits.memory.or_else(memory::available), memory::capacity());
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
            shortage: None,
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
        let on_epoch = |epoch, record| {
            send(Message::Epoch {
                id,
                fold,
                epoch,
                record,
            });
        };
        let training = FoldTraining {
            study,
            backend,
            images: &images[&job.channels],
            job: &job,
            stop,
        };
        let end = catch_unwind(AssertUnwindSafe(|| training.run(&on_epoch)))
            .unwrap_or_else(|panic| End::Failed(panic_text(&*panic)));
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
