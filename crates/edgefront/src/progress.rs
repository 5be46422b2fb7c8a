//! Progress on standard error: bars with an estimate of the time left on a terminal, plain lines
//! elsewhere.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Duration;

use edgefront::pareto::Objective;
use edgefront::study::{Event, Kind, Trial, TrialId};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output;

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates in this file are valid")
}

/// A bar over a known amount.
pub struct Bar(ProgressBar);

impl Bar {
    /// Over things that are counted.
    pub fn items(what: &str) -> Self {
        Self::start("{msg} [{bar:30}] {pos}/{len}, {eta} left", what)
    }

    /// Over bytes.
    pub fn bytes(what: &str) -> Self {
        Self::start("{msg} [{bar:30}] {bytes}/{total_bytes}, {eta} left", what)
    }

    fn start(template: &str, what: &str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        bar.set_style(style(template));
        bar.set_message(what.to_owned());
        Self(bar)
    }

    pub fn rename(&self, what: &'static str) {
        self.0.set_message(what);
    }

    pub fn set(&self, done: u64, all: u64) {
        self.0.set_length(all);
        self.0.set_position(done);
    }

    /// Removes the bar from the terminal.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// What a running study shows.
pub struct StudyProgress {
    bars: MultiProgress,
    /// Over the epochs of all folds.
    total: ProgressBar,
    running: BTreeMap<(TrialId, usize), ProgressBar>,
    objectives: Vec<Objective>,
    folds: Vec<String>,
    trials: usize,
    /// The folds of each trial that are done.
    done: BTreeMap<TrialId, usize>,
    finished: usize,
    rejected: usize,
    /// The last that was passed over, and why.
    last_rejected: Option<String>,
    terminal: bool,
}

impl StudyProgress {
    pub fn new() -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let total = bars.add(ProgressBar::new(0));
        total.set_style(style(
            "{elapsed_precise} [{bar:40}] {pos}/{len} folds, {eta} left  {msg}",
        ));
        Self {
            bars,
            total,
            running: BTreeMap::new(),
            objectives: Vec::new(),
            folds: Vec::new(),
            trials: 0,
            done: BTreeMap::new(),
            finished: 0,
            rejected: 0,
            last_rejected: None,
            terminal: std::io::stderr().is_terminal(),
        }
    }

    pub fn on(&mut self, event: &Event<'_>) {
        match event {
            Event::Started {
                objectives,
                trials,
                folds,
                folds_done,
                workers,
                directory,
            } => {
                (self.trials, self.folds) = (*trials, folds.to_vec());
                self.objectives = objectives.to_vec();
                let folds = folds.len();
                self.total.set_length((trials * folds) as u64);
                self.total.set_position(*folds_done as u64);
                self.total.reset_eta();
                self.total.enable_steady_tick(Duration::from_millis(500));
                let place = directory.display();
                let begun = if *folds_done > 0 {
                    format!("resuming at {folds_done} of {} folds", trials * folds)
                } else {
                    let plural = if *trials == 1 { "" } else { "s" };
                    format!("{trials} trial{plural} of {folds} folds")
                };
                self.say(&format!("{place}: {begun}, {workers} at a time"));
            }
            // Those that an earlier run has ended are not announced again, but they count.
            Event::Proposed(trial) => {
                let ended = trial.failure.is_some() || trial.is_complete(self.folds.len());
                self.finished += usize::from(ended);
                self.done.insert(trial.id, trial.folds.len());
                if trial.failure.is_some() {
                    self.skip_rest(trial.id);
                }
            }
            Event::FoldStarted { id, fold } => {
                let bar = self.bars.add(ProgressBar::new(0));
                bar.set_style(style("  {msg} [{bar:20}] {pos}/{len} epochs"));
                bar.set_message(format!("{}, {}", name(*id), self.folds[*fold]));
                self.running.insert((*id, *fold), bar);
            }
            Event::Epoch {
                id,
                fold,
                epoch,
                epochs,
                record,
            } => {
                if let Some(bar) = self.running.get(&(*id, *fold)) {
                    bar.set_length(*epochs as u64);
                    bar.set_position(*epoch as u64);
                    let (trial, fold) = (name(*id), &self.folds[*fold]);
                    let accuracy = record.test_accuracy;
                    bar.set_message(format!("{trial}, {fold}: {accuracy:5.1} %"));
                }
            }
            Event::FoldFinished { id, record } => {
                self.total.inc(1);
                *self.done.entry(*id).or_default() += 1;
                self.clear(*id, record.fold);
                // On a terminal the bars say as much.
                if !self.terminal {
                    let accuracy = record.accuracy();
                    let (trial, fold) = (name(*id), &record.name);
                    self.say(&format!("{trial}, {fold}: accuracy {accuracy:.2} %"));
                }
            }
            Event::TrialFinished { trial, on_front } => {
                self.finished += 1;
                let front = if *on_front { "  on the front" } else { "" };
                let figures: Vec<String> =
                    self.objectives.iter().map(|o| figure(o, trial)).collect();
                self.say(&format!(
                    "[{}/{}] {}: {}{front}  ({})",
                    self.finished,
                    self.trials,
                    name(trial.id),
                    figures.join(", "),
                    trial.key
                ));
            }
            Event::TrialFailed { id, reason } => {
                self.finished += 1;
                for fold in 0..self.folds.len() {
                    self.clear(*id, fold);
                }
                self.skip_rest(*id);
                self.say(&format!("warning: {} failed: {reason}", name(*id)));
            }
            Event::Rejected { key, reason } => {
                self.rejected += 1;
                self.last_rejected = Some(format!("{key}: {reason}"));
                self.total
                    .set_message(format!("{} passed over", self.rejected));
            }
            Event::Exhausted { wanted, found } => {
                let last = self.last_rejected.as_ref();
                let passed_over = last.map_or_else(String::new, |last| {
                    format!("; {} were passed over, the last one: {last}", self.rejected)
                });
                self.say(&format!(
                    "warning: the space has {found} architectures that can be had and are \
                     allowed, {wanted} trials were asked for{passed_over}"
                ));
            }
            // Events to come are not for this listener.
            _ => {}
        }
    }

    /// The folds that a failed trial lacks will not be done.
    fn skip_rest(&self, id: TrialId) {
        let done = self.done.get(&id).copied().unwrap_or(0);
        self.total.inc(self.folds.len().saturating_sub(done) as u64);
    }

    fn clear(&mut self, id: TrialId, fold: usize) {
        if let Some(bar) = self.running.remove(&(id, fold)) {
            bar.finish_and_clear();
            self.bars.remove(&bar);
        }
    }

    fn say(&self, text: &str) {
        if self.terminal {
            self.bars.suspend(|| output::message(text));
        } else {
            output::message(text);
        }
    }
}

impl Drop for StudyProgress {
    fn drop(&mut self) {
        for bar in self.running.values() {
            bar.finish_and_clear();
        }
        self.total.finish_and_clear();
    }
}

/// "latency 6.74 ms".
fn figure(objective: &Objective, trial: &Trial) -> String {
    let value = trial.measure(&objective.name).unwrap_or(f64::NAN);
    // What has no unit is a share, of which four digits tell, or a count.
    let decimals = match (objective.unit.as_str(), value) {
        ("", value) if value > 1.0 => 0,
        ("", _) => 4,
        _ => 2,
    };
    let text = format!("{} {value:.decimals$} {}", objective.name, objective.unit);
    text.trim_end().to_owned()
}

fn name(id: TrialId) -> String {
    match id.kind {
        Kind::Searched => format!("trial {}", id.number),
        Kind::Baseline => format!("baseline {}", id.number),
    }
}
