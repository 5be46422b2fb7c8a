//! What is wrong with one trial stays with that trial.

use edgefront_engine::{Backend, Cpu, Error, Network};
use edgefront_graph::{ArchitectureKey, Graph};
use edgefront_study::{Event, Kind, Limits, Study, Trial};

use super::{dataset, run, study_file, trials};

/// The processor, but for one network.
struct Faulty {
    victim: String,
    fault: fn() -> Error,
}

impl Backend for Faulty {
    fn name(&self) -> &'static str {
        "faulty"
    }

    fn prepare(&self, graph: &Graph, batch_size: usize) -> Result<Box<dyn Network>, Error> {
        let key: ArchitectureKey = graph.key();
        if key.to_string() == self.victim {
            return Err((self.fault)());
        }
        Cpu::new().prepare(graph, batch_size)
    }
}

#[test]
fn a_trial_that_panics_or_diverges_fails_alone() {
    let folder = dataset();
    let sound = run(&study_file(folder.path(), "sound", 3, ""), 1).expect("a study");
    let victim = &sound.trials[1].architecture;
    let panics: fn() -> Error = || panic!("out of range");
    let diverges: fn() -> Error = || Error::NonFiniteLoss { epoch: 1, step: 2 };
    for (name, fault, expected) in [
        ("panics", panics, "panicked: out of range"),
        (
            "diverges",
            diverges,
            "the loss is not finite in epoch 1, step 2",
        ),
    ] {
        let study = Study::open(&study_file(folder.path(), name, 3, ""), None).expect("a study");
        let backend = Faulty {
            victim: victim.clone(),
            fault,
        };
        let mut told = Vec::new();
        let outcome = study.run_on(&backend, Limits::workers(2), &mut |event| {
            if let Event::TrialFailed { id, reason } = event {
                told.push((*id, (*reason).to_owned()));
            }
        });
        let outcome = outcome.expect("the study goes on");
        let reason = format!("fold 1: {expected}");
        let failed = Trial {
            failure: Some(reason.clone()),
            folds: Vec::new(),
            ..sound.trials[1].clone()
        };
        assert_eq!(told, [(failed.id, reason)]);
        assert_eq!(outcome.trials[1], failed);
        // The others are what they are without it.
        assert_eq!(outcome.trials[0], sound.trials[0]);
        assert_eq!(outcome.trials[2], sound.trials[2]);
        assert_eq!(outcome.complete().len(), 2);
    }
}

/// Each fold diverges, and which one does so first is chance; the trial fails in the first one.
#[test]
fn a_study_that_diverges_says_so_whatever_the_number_of_workers() {
    let folder = dataset();
    let outcome = |workers: usize| {
        let more = "learning_rate = 1e30";
        let path = study_file(folder.path(), &format!("with-{workers}"), 3, more);
        run(&path, workers).expect("a study")
    };
    let one = outcome(1);
    assert!(one.complete().is_empty());
    for trial in &one.trials {
        assert_eq!(trial.id.kind, Kind::Searched);
        let failure = trial.failure.as_deref().expect("a failure");
        assert!(
            failure.starts_with("fold 1: the loss is not finite in epoch 1"),
            "{failure}"
        );
        assert!(trial.folds.is_empty());
    }
    for workers in [2, 3] {
        assert_eq!(trials(&one), trials(&outcome(workers)));
    }
}
