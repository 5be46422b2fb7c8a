//! Weights that are carried from fold to fold.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use edgefront_graph::{Tensor, onnx};
use edgefront_study::{Event, Limits, Outcome, Study};

use super::{dataset, run, study_file, trials};

fn carried(folder: &Path, name: &str) -> PathBuf {
    let more = "[folds]\ncount = 3\nfold_weights = 'carried'";
    study_file(folder, name, 2, more)
}

/// What lies in a study's folder of models.
fn models(folder: &Path, name: &str) -> Vec<String> {
    let entries = fs::read_dir(folder.join(name).join("models")).expect("models");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> = names
        .map(|name| name.into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

/// At a learning rate that changes no weight, all folds of a trial end with the weights that the
/// first one began with, or each with its own.
#[test]
fn a_fold_goes_on_where_the_one_before_it_ended() {
    let folder = dataset();
    let last_layers = |name: &str| -> Vec<Vec<Tensor>> {
        let more = format!("learning_rate = 1e-30\n[folds]\ncount = 3\nfold_weights = '{name}'");
        run(&study_file(folder.path(), name, 1, &more), 2).expect("a study");
        let path = |fold| {
            folder
                .path()
                .join(format!("{name}/models/trial-0-fold-{fold}.onnx"))
        };
        let layer = |fold| {
            let bytes = fs::read(path(fold)).expect("a model");
            let model = onnx::Model::decode(&bytes).expect("a model");
            model.weights.of(model.graph.output()).to_vec()
        };
        (0..3).map(layer).collect()
    };
    let (fresh, carried) = (last_layers("fresh"), last_layers("carried"));
    assert_eq!(fresh[0], carried[0], "the first fold is the same");
    assert_eq!((&carried[0], &carried[0]), (&carried[1], &carried[2]));
    assert!(fresh[0] != fresh[1] && fresh[1] != fresh[2]);
}

#[test]
fn folds_wait_for_each_other_and_the_result_is_the_same() {
    let folder = dataset();
    let one = run(&carried(folder.path(), "one"), 1).expect("a study");
    let study = Study::open(&carried(folder.path(), "three"), None).expect("a study");
    let mut running = Vec::new();
    let mut most = 0;
    let three = study.run(Limits::workers(3), &mut |event| match event {
        Event::FoldStarted { id, .. } => {
            running.push(*id);
            most = most.max(running.len());
            let same = running.iter().filter(|other| *other == id).count();
            assert_eq!(same, 1, "two folds of trial {id} at a time");
        }
        Event::FoldFinished { id, .. } => running.retain(|other| other != id),
        _ => {}
    });
    assert_eq!(trials(&one), trials(&three.expect("a study")));
    assert_eq!(most, 2, "two trials run side by side");
    // Nothing is left of what the folds handed on.
    let front = one.front().len();
    for name in ["one", "three"] {
        let models = models(folder.path(), name);
        assert!(
            models.iter().all(|name| name.ends_with(".onnx")),
            "{models:?}"
        );
        assert_eq!(models.len(), 3 * front);
    }
}

/// Stopped after each fold in turn, wherever the others are.
#[test]
fn a_study_that_is_stopped_goes_on_with_the_same_weights() {
    let folder = dataset();
    let whole = run(&carried(folder.path(), "whole"), 2).expect("a study");
    let path = carried(folder.path(), "stopped");
    let mut stops = 0;
    let outcome: Outcome = loop {
        let mut study = Study::open(&path, None).expect("a study");
        study.set_checkpoint_interval(Duration::ZERO);
        let run = catch_unwind(AssertUnwindSafe(|| {
            study.run(Limits::workers(2), &mut |event| {
                // Not `panic!`, which would be reported.
                if matches!(event, Event::FoldFinished { .. }) {
                    std::panic::resume_unwind(Box::new("stop"));
                }
            })
        }));
        match run {
            Ok(outcome) => break outcome.expect("a study"),
            Err(_) => stops += 1,
        }
    };
    assert_eq!(stops, 6, "one for each fold");
    assert_eq!(trials(&whole), trials(&outcome));
    assert_eq!(
        models(folder.path(), "whole"),
        models(folder.path(), "stopped")
    );
    assert!(!folder.path().join("stopped/checkpoints").exists());
}

/// What a fold handed on is damaged, or gone.
#[test]
fn weights_that_are_lost_are_named() {
    let folder = dataset();
    let path = carried(folder.path(), "study");
    let study = Study::open(&path, None).expect("a study");
    let stopped = catch_unwind(AssertUnwindSafe(|| {
        study.run(Limits::workers(1), &mut |event| {
            if matches!(event, Event::FoldFinished { .. }) {
                std::panic::resume_unwind(Box::new("stop"));
            }
        })
    }));
    assert!(stopped.is_err());
    let lost = folder.path().join("study/models/trial-0-fold-0.carried");
    let mut bytes = fs::read(&lost).expect("what the fold handed on");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&lost, bytes).expect("a damaged file");
    let error = run(&path, 1).expect_err("weights are damaged").to_string();
    let start = format!("{}: not what the fold before ended with: ", lost.display());
    assert!(error.starts_with(&start), "{error}");
    fs::remove_file(&lost).expect("the damaged file");
    let error = run(&path, 1).expect_err("weights are gone").to_string();
    assert!(error.starts_with(&lost.display().to_string()), "{error}");
}
