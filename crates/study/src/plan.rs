//! Which trainings there are to do: the strategy's proposals that the constraints allow, and the
//! baselines, less what the store has.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::iter::Enumerate;
use std::sync::Arc;
use std::vec::IntoIter;

use edgefront_graph::Graph;
use edgefront_search::{Observation, Strategy};
use edgefront_space::{Configuration, Constraint, Value};

use crate::baseline::Baseline;
use crate::costs::Accountant;
use crate::metadata::metadata;
use crate::{Error, Event, FoldRecord, FoldWeights, Kind, Store, Study, Trial, TrialId};

/// Before a strategy is asked for trial `n`, it has been told exactly the trials up to
/// `n - LOOKAHEAD`. A fixed distance, so that what it proposes does not depend on how many
/// workers there are or which of them is quick; and long enough that eight trials keep them busy.
const LOOKAHEAD: usize = 8;

/// One training to do.
#[derive(Clone)]
pub(crate) struct Job {
    pub id: TrialId,
    pub fold: usize,
    pub graph: Arc<Graph>,
    pub channels: usize,
    /// At most as many as there are tiles to train on: room for more would be wasted.
    pub batch_size: usize,
}

/// The fold in which a trial fails, as far as is known, and why.
struct Failing {
    fold: usize,
    reason: String,
}

/// Where a trial stands after one of its folds has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Folds are left to do, or to wait for.
    Open,
    /// All folds are done.
    Complete,
    /// It has failed.
    Failed,
}

/// What a trial trains, beside its [`Trial`].
struct Subject {
    graph: Graph,
    channels: usize,
    batch_size: usize,
}

pub(crate) struct Plan<'a> {
    study: &'a Study,
    strategy: Box<dyn Strategy>,
    accountant: Accountant,
    trials: BTreeMap<TrialId, Trial>,
    /// Those that are not yet proposed, with their numbers.
    baselines: Enumerate<IntoIter<Baseline>>,
    configurations: Vec<Configuration>,
    told: usize,
    exhausted: bool,
    /// In the order of trials and folds.
    jobs: VecDeque<Job>,
    /// Trials with a fold that failed before all earlier folds have ended.
    failing: BTreeMap<TrialId, Failing>,
}

impl<'a> Plan<'a> {
    /// Begins with what the store has.
    pub(crate) fn new(study: &'a Study, store: &dyn Store) -> Result<Self, Error> {
        let trials = store.trials()?.into_iter().map(|trial| (trial.id, trial));
        Ok(Self {
            study,
            strategy: (study.strategy.start)(&study.space, study.key.with("strategy", 0)),
            accountant: Accountant::new(study.devices.clone()),
            trials: trials.collect(),
            baselines: Baseline::all(study).into_iter().enumerate(),
            configurations: Vec::new(),
            told: 0,
            exhausted: false,
            jobs: VecDeque::new(),
            failing: BTreeMap::new(),
        })
    }

    /// Trials that the study asks for, baselines included.
    pub(crate) fn wanted(&self) -> usize {
        Baseline::all(self.study).len() + self.study.header.file.search.trials
    }

    /// Folds that are done.
    pub(crate) fn folds_done(&self) -> usize {
        self.trials.values().map(|trial| trial.folds.len()).sum()
    }

    /// All trials that have been proposed.
    pub(crate) fn trials(&self) -> impl Iterator<Item = &Trial> {
        self.trials.values()
    }

    pub(crate) fn trial(&self, id: TrialId) -> &Trial {
        &self.trials[&id]
    }

    /// The next training that can begin; `None` if there is none, or none before others have
    /// ended.
    pub(crate) fn next(
        &mut self,
        store: &mut dyn Store,
        observe: &mut dyn FnMut(&Event<'_>),
    ) -> Result<Option<Job>, Error> {
        loop {
            let (trials, failing) = (&self.trials, &self.failing);
            self.jobs
                .retain(|job| is_wanted(&trials[&job.id], failing.get(&job.id), job.fold));
            if let Some(place) = self.jobs.iter().position(|job| self.can_begin(job)) {
                return Ok(self.jobs.remove(place));
            }
            if !self.propose(store, observe)? {
                return Ok(None);
            }
        }
    }

    /// Takes back a training that was given out and has not begun.
    pub(crate) fn put_back(&mut self, job: Job) {
        self.jobs.push_front(job);
    }

    /// A fold that carries weights on waits for the one before it.
    fn can_begin(&self, job: &Job) -> bool {
        let before = job.fold.checked_sub(1);
        let records = &self.trials[&job.id].folds;
        match (self.study.header.file.folds.fold_weights, before) {
            (FoldWeights::Fresh, _) | (FoldWeights::Carried, None) => true,
            (FoldWeights::Carried, Some(before)) => {
                records.iter().any(|record| record.fold == before)
            }
        }
    }

    /// Keeps what came of a fold; `false` if nobody wants it, as an earlier fold has failed.
    pub(crate) fn done(
        &mut self,
        id: TrialId,
        record: &FoldRecord,
        store: &mut dyn Store,
    ) -> Result<bool, Error> {
        if !is_wanted(&self.trials[&id], self.failing.get(&id), record.fold) {
            return Ok(false);
        }
        store.add_fold(id, record)?;
        let trial = self.trial_mut(id);
        trial.folds.push(record.clone());
        // As a store would give them, whichever came first.
        trial.folds.sort_by_key(|record| record.fold);
        Ok(true)
    }

    /// Notes that a fold failed, unless an earlier one has.
    pub(crate) fn failed(&mut self, id: TrialId, fold: usize, reason: String) {
        if is_wanted(&self.trials[&id], self.failing.get(&id), fold) {
            self.failing.insert(id, Failing { fold, reason });
        }
    }

    /// Says where a trial stands after one of its folds has ended, and keeps that it failed. A
    /// trial fails in the first fold that does, which is known once all before it have ended: so
    /// the result is the same whichever ends first.
    pub(crate) fn settle(&mut self, id: TrialId, store: &mut dyn Store) -> Result<Standing, Error> {
        let trial = &self.trials[&id];
        if trial.is_complete(self.study.splits.len()) {
            return Ok(Standing::Complete);
        }
        let Entry::Occupied(failing) = self.failing.entry(id) else {
            return Ok(Standing::Open);
        };
        let fold = failing.get().fold;
        if trial
            .folds
            .iter()
            .filter(|record| record.fold < fold)
            .count()
            < fold
        {
            return Ok(Standing::Open);
        }
        let name = &self.study.splits[fold].name;
        let reason = format!("{name}: {}", failing.remove().reason);
        store.fail(id, fold, &reason)?;
        let trial = self.trial_mut(id);
        trial.folds.retain(|record| record.fold < fold);
        trial.failure = Some(reason);
        Ok(Standing::Failed)
    }

    fn trial_mut(&mut self, id: TrialId) -> &mut Trial {
        self.trials
            .get_mut(&id)
            .expect("jobs are of trials in the plan")
    }

    /// Adds the next trial with its trainings; `false` if there is none, or not yet.
    fn propose(
        &mut self,
        store: &mut dyn Store,
        observe: &mut dyn FnMut(&Event<'_>),
    ) -> Result<bool, Error> {
        if let Some((number, baseline)) = self.baselines.next() {
            self.propose_baseline(number, baseline, store, observe)?;
            return Ok(true);
        }
        let wanted = self.study.header.file.search.trials;
        let number = self.configurations.len();
        if self.exhausted || number >= wanted {
            return Ok(false);
        }
        while self.told + LOOKAHEAD <= number {
            if !self.tell() {
                return Ok(false);
            }
        }
        let Some((configuration, subject, trial)) = self.ask(number, observe)? else {
            self.exhausted = true;
            observe(&Event::Exhausted {
                wanted,
                found: number,
            });
            return Ok(false);
        };
        self.configurations.push(configuration);
        self.add(trial, subject, store, observe)?;
        Ok(true)
    }

    fn propose_baseline(
        &mut self,
        number: usize,
        baseline: Baseline,
        store: &mut dyn Store,
        observe: &mut dyn FnMut(&Event<'_>),
    ) -> Result<(), Error> {
        let kind = Kind::Baseline;
        let subject = Subject {
            graph: baseline.graph(self.study)?,
            channels: baseline.channels,
            batch_size: baseline.batch_size,
        };
        let (key, choices) = (baseline.key(), baseline.choices());
        let trial = self.new_trial(TrialId { kind, number }, key, choices, &subject)?;
        self.add(trial, subject, store, observe)
    }

    /// Tells the strategy the next trial, if that has ended.
    fn tell(&mut self) -> bool {
        let folds = self.study.splits.len();
        let id = TrialId {
            kind: Kind::Searched,
            number: self.told,
        };
        let trial = &self.trials[&id];
        if trial.failure.is_none() && !trial.is_complete(folds) {
            return false;
        }
        let objectives: Option<Vec<f64>> = match trial.failure {
            Some(_) => None,
            None => self
                .study
                .header
                .objectives
                .iter()
                .map(|o| trial.measure(&o.name))
                .collect(),
        };
        let configuration = &self.configurations[self.told];
        let objectives = objectives.as_deref();
        self.strategy.tell(&Observation {
            configuration,
            objectives,
        });
        self.told += 1;
        true
    }

    /// The strategy's next proposal that the constraints allow.
    fn ask(
        &mut self,
        number: usize,
        observe: &mut dyn FnMut(&Event<'_>),
    ) -> Result<Option<(Configuration, Subject, Trial)>, Error> {
        let study = self.study;
        while let Some(configuration) = self.strategy.ask() {
            let key = study.space.key(&configuration);
            let graph = match study.space.build(&configuration, study.tile_shape()) {
                Ok(graph) => graph,
                // The tiles are too small for it, say. Others of the space may do.
                Err(edgefront_space::Error::Graph(error)) => {
                    let (key, reason) = (&key, error.to_string());
                    observe(&Event::Rejected { key, reason });
                    continue;
                }
                Err(error) => return Err(Error::setting(&study.path, "space", error.to_string())),
            };
            let values = study.space.values(&configuration);
            let count = |name: &str| values.get(name).and_then(Value::as_count);
            let subject = Subject {
                graph,
                channels: count("channels").unwrap_or(study.dataset.channels()),
                batch_size: count("batch_size").unwrap_or(study.options.batch_size),
            };
            let choices = study.space.choices(&configuration).into_iter();
            let choices =
                choices.map(|(name, value)| (name.to_owned(), value.map(ToString::to_string)));
            let id = TrialId {
                kind: Kind::Searched,
                number,
            };
            let trial = self.new_trial(id, key, choices.collect(), &subject)?;
            match too_large(&trial).or_else(|| broken(&study.constraints, &trial)) {
                None => return Ok(Some((configuration, subject, trial))),
                Some(reason) => observe(&Event::Rejected {
                    key: &trial.key,
                    reason,
                }),
            }
        }
        Ok(None)
    }

    fn new_trial(
        &mut self,
        id: TrialId,
        key: String,
        choices: Vec<(String, Option<String>)>,
        subject: &Subject,
    ) -> Result<Trial, Error> {
        let Study {
            recipes, dataset, ..
        } = self.study;
        let metadata = metadata(&recipes[0], subject.channels, dataset);
        let costs = self.accountant.costs(&subject.graph, &metadata)?;
        let architecture = subject.graph.key().to_string();
        Ok(Trial {
            id,
            key,
            architecture,
            choices,
            costs,
            folds: Vec::new(),
            failure: None,
        })
    }

    /// Takes a trial into the plan and the store, unless it is there, and queues what it lacks.
    fn add(
        &mut self,
        trial: Trial,
        subject: Subject,
        store: &mut dyn Store,
        observe: &mut dyn FnMut(&Event<'_>),
    ) -> Result<(), Error> {
        let id = trial.id;
        match self.trials.get(&id) {
            None => {
                store.add_trial(&trial)?;
                self.trials.insert(id, trial);
            }
            Some(stored) if stored.key == trial.key => {}
            Some(stored) => {
                return Err(Error::Changed {
                    path: self.study.directory.path().to_path_buf(),
                    key: format!("trial {id}"),
                    stored: stored.key.clone(),
                    given: trial.key,
                });
            }
        }
        let trial = &self.trials[&id];
        observe(&Event::Proposed(trial));
        if trial.failure.is_some() {
            return Ok(());
        }
        let graph = Arc::new(subject.graph);
        for (fold, split) in self.study.splits.iter().enumerate() {
            if trial.folds.iter().all(|record| record.fold != fold) {
                let channels = subject.channels;
                let batch_size = subject.batch_size.min(split.train.len());
                self.jobs.push_back(Job {
                    id,
                    fold,
                    graph: graph.clone(),
                    channels,
                    batch_size,
                });
            }
        }
        Ok(())
    }
}

/// Whether a fold of a trial is still asked for: none is that comes after one that failed.
fn is_wanted(trial: &Trial, failing: Option<&Failing>, fold: usize) -> bool {
    trial.failure.is_none() && failing.is_none_or(|failing| fold < failing.fold)
}

/// Why a trial's network is larger than any file of it could be.
fn too_large(trial: &Trial) -> Option<String> {
    // An ONNX file is one message of protobuf, which is at most 2 GiB long.
    let limit = i32::MAX as u64;
    let bytes = trial.costs.onnx_bytes;
    (bytes > limit).then(|| format!("its file would have {bytes} bytes, ONNX allows {limit}"))
}

/// The first constraint that a trial breaks, with its value.
fn broken(constraints: &[Constraint], trial: &Trial) -> Option<String> {
    constraints.iter().find_map(|constraint| {
        let value = trial.costs.measure(&constraint.measure)?;
        (!constraint.allows(value)).then(|| format!("{constraint}, it has {value:.2}"))
    })
}
