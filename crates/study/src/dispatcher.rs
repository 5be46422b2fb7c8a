//! The dispatcher: it alone touches the plan and the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, Sender};

use crate::fold_training::End;
use crate::memory::{self, Admission, Budget};
use crate::plan::{Job, Plan, Standing};
use crate::runner::Message;
use crate::study::front_of;
use crate::{Error, Event, FoldWeights, Kind, Store, Study, Trial, TrialId, checkpoints, models};

/// Hands out trainings and keeps what comes back.
///
/// Workers take the trainings in the order of trials and folds, so that the folds of one trial run
/// side by side. None overtakes one that waits for memory: the largest would wait for ever.
pub(crate) struct Dispatcher<'a> {
    pub study: &'a Study,
    pub plan: Plan<'a>,
    pub store: &'a mut dyn Store,
    pub budget: Budget,
    pub workers: usize,
    pub jobs: Sender<Job>,
    pub messages: Receiver<Message>,
    pub observe: &'a mut dyn FnMut(&Event<'_>),
    /// The bytes of memory that each training takes.
    pub running: BTreeMap<(TrialId, usize), u64>,
    /// Why nothing more is begun, if the next training does not fit into what this run may take.
    pub shortage: Option<Error>,
}

impl Dispatcher<'_> {
    /// Goes on until nothing is left.
    pub(crate) fn run(&mut self) -> Result<(), Error> {
        loop {
            self.hand_out()?;
            if self.running.is_empty() {
                if let Some(shortage) = self.shortage.take() {
                    return Err(shortage);
                }
                checkpoints::remove_all(&self.study.directory)?;
                return self.prune();
            }
            match self
                .messages
                .recv()
                .expect("a worker with a job answers it")
            {
                Message::Epoch {
                    id,
                    fold,
                    epoch,
                    record,
                } => {
                    let epochs = self.study.options.epochs;
                    (self.observe)(&Event::Epoch {
                        id,
                        fold,
                        epoch,
                        epochs,
                        record,
                    });
                }
                Message::Ended { id, fold, end } => self.ended(id, fold, end)?,
            }
        }
    }

    /// Begins what can begin.
    fn hand_out(&mut self) -> Result<(), Error> {
        while self.shortage.is_none() && self.running.len() < self.workers {
            let Some(job) = self.plan.next(self.store, self.observe)? else {
                break;
            };
            let (id, fold) = (job.id, job.fold);
            let needed = match memory::needed(self.study, &job) {
                Ok(needed) => needed,
                Err(error) => {
                    self.failed(id, fold, error.to_string())?;
                    continue;
                }
            };
            match self.budget.admit(needed) {
                Admission::Now => {
                    self.budget.take(needed);
                    self.running.insert((id, fold), needed);
                    (self.observe)(&Event::FoldStarted { id, fold });
                    self.jobs
                        .send(job)
                        .expect("workers wait for jobs until the sender is gone");
                }
                Admission::Later => {
                    self.plan.put_back(job);
                    break;
                }
                // To fail the trial would make the result depend on how busy the machine is.
                Admission::NotHere(available) => {
                    self.plan.put_back(job);
                    self.shortage = Some(Error::Memory {
                        path: self.study.directory.path().to_path_buf(),
                        training: format!(
                            "{} {}, {}",
                            id.kind.name(),
                            id.number,
                            self.study.splits[fold].name
                        ),
                        needed,
                        available,
                    });
                }
                Admission::Never(reason) => self.failed(id, fold, reason)?,
            }
        }
        Ok(())
    }

    fn ended(&mut self, id: TrialId, fold: usize, end: End) -> Result<(), Error> {
        let taken = self.running.remove(&(id, fold));
        self.budget.give_back(taken.expect("what ends was running"));
        match end {
            End::Done(record) => {
                if self.plan.done(id, &record, self.store)? {
                    let record = &record;
                    (self.observe)(&Event::FoldFinished { id, record });
                    self.forget_carried(id, fold)?;
                }
                checkpoints::remove(&self.study.directory, id, fold)?;
                self.settle(id)
            }
            End::Failed(reason) => {
                checkpoints::remove(&self.study.directory, id, fold)?;
                self.failed(id, fold, reason)
            }
            End::Broken(error) => Err(error),
            End::Stopped => Ok(()),
        }
    }

    fn failed(&mut self, id: TrialId, fold: usize, reason: String) -> Result<(), Error> {
        self.plan.failed(id, fold, reason);
        self.settle(id)
    }

    /// Says it if a trial has come to its end, and removes the models that are no longer wanted.
    fn settle(&mut self, id: TrialId) -> Result<(), Error> {
        let standing = self.plan.settle(id, self.store)?;
        let trial = self.plan.trial(id);
        match standing {
            Standing::Open => return Ok(()),
            Standing::Complete => {
                let on_front = self.front().iter().any(|member| member.id == id);
                (self.observe)(&Event::TrialFinished { trial, on_front });
            }
            Standing::Failed => {
                let reason = trial.failure.as_deref().unwrap_or_default();
                (self.observe)(&Event::TrialFailed { id, reason });
            }
        }
        self.prune()
    }

    /// The complete searched trials that no other dominates.
    fn front(&self) -> Vec<&Trial> {
        let folds = self.study.splits.len();
        let searched = self
            .plan
            .trials()
            .filter(|t| t.id.kind == Kind::Searched && t.is_complete(folds));
        front_of(&self.study.header.objectives, &searched.collect::<Vec<_>>())
    }

    /// Keeps the models of the front, of the baselines, and of what is at work.
    fn prune(&self) -> Result<(), Error> {
        let folds = self.study.splits.len();
        let front: BTreeSet<TrialId> = self.front().iter().map(|trial| trial.id).collect();
        let running: BTreeSet<TrialId> = self.running.keys().map(|&(id, _)| id).collect();
        let kept = self.plan.trials().filter(|trial| {
            // Another fold of a trial that failed may just now be writing its own.
            let failed = trial.failure.is_some() && !running.contains(&trial.id);
            let dominated = trial.is_complete(folds)
                && trial.id.kind == Kind::Searched
                && !front.contains(&trial.id);
            !failed && !dominated
        });
        models::keep(&self.study.directory, kept, folds)
    }

    /// Removes what the fold before this one handed on to it.
    fn forget_carried(&self, id: TrialId, fold: usize) -> Result<(), Error> {
        match (
            self.study.header.file.folds.fold_weights,
            fold.checked_sub(1),
        ) {
            (FoldWeights::Carried, Some(before)) => {
                models::remove(&self.study.directory.carried(id, before))
            }
            _ => Ok(()),
        }
    }
}
