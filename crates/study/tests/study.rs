//! Whole studies on small synthetic tiles.

use std::fs;
use std::path::{Path, PathBuf};

use edgefront_study::{Error, Event, Outcome, Study};
use edgefront_tiles::{PrepareOptions, SynthOptions, prepare, synthesise};

/// A folder with a dataset of 32 tiles of 32 x 32.
fn dataset() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tiles = folder.path().join("tiles");
    let mut options = SynthOptions::new(&tiles);
    (options.tiles_per_region, options.size) = (8, 32);
    synthesise(&options, &mut |_, _| {}).expect("tiles");
    let options = PrepareOptions::new(&tiles, folder.path().join("dataset"));
    prepare(&options, &mut |_, _| {}).expect("a dataset");
    folder
}

fn study_file(folder: &Path, name: &str, trials: usize, more: &str) -> PathBuf {
    let path = folder.join(format!("{name}.toml"));
    let text = format!(
        "dataset = 'dataset'
         [space]
         preset = 'resnet18-drainage'
         [space.restrict]
         width = [32]
         stride = [2]
         batch_size = [8]
         [search]
         trials = {trials}
         baseline = false
         constraints = ['macs <= 2e7']
         [folds]
         count = 2
         [training]
         epochs = 2
         {more}"
    );
    fs::write(&path, text).expect("a study file");
    path
}

fn run(path: &Path, workers: usize) -> Result<Outcome, Error> {
    Study::open(path, None)?.run(workers, &mut |_| {})
}

/// What two runs must agree on: everything but where they were kept and how many were asked for.
fn trials(outcome: &Outcome) -> String {
    format!("{:?}", outcome.trials)
}

#[test]
fn the_result_depends_neither_on_workers_nor_on_stops() {
    let folder = dataset();
    let one = run(&study_file(folder.path(), "one", 4, ""), 1).expect("a study");
    assert_eq!(one.complete().len(), 4);
    let three = run(&study_file(folder.path(), "three", 4, ""), 3).expect("a study");
    assert_eq!(trials(&one), trials(&three));
    // First two trials, then the file asks for four.
    run(&study_file(folder.path(), "more", 2, ""), 2).expect("a study");
    let more = run(&study_file(folder.path(), "more", 4, ""), 2).expect("a study");
    assert_eq!(trials(&one), trials(&more));
    // The networks of the front are there, those of the others are not.
    let models = fs::read_dir(folder.path().join("one/models"))
        .expect("models")
        .count();
    assert_eq!(models, 2 * one.front().len());
}

#[test]
fn constraints_hold_and_keys_differ() {
    let folder = dataset();
    let path = study_file(folder.path(), "study", 3, "");
    let study = Study::open(&path, None).expect("a study");
    let mut rejected = 0;
    let outcome = study
        .run(2, &mut |event| {
            rejected += usize::from(matches!(event, Event::Rejected { .. }));
        })
        .expect("a study");
    assert!(
        outcome
            .trials
            .iter()
            .all(|trial| trial.costs.macs <= 20_000_000)
    );
    assert!(
        rejected > 0,
        "the constraint rejects nothing and tests nothing"
    );
    let mut keys: Vec<_> = outcome.trials.iter().map(|trial| &trial.key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3);
}

#[test]
fn a_trial_that_diverges_fails_alone() {
    let folder = dataset();
    let path = study_file(folder.path(), "study", 2, "learning_rate = 1e30");
    let outcome = run(&path, 2).expect("a study");
    assert_eq!(outcome.trials.len(), 2);
    assert!(outcome.complete().is_empty());
    let failure = outcome.trials[0].failure.as_deref().expect("a failure");
    assert!(failure.contains("loss"), "{failure}");
}

#[test]
fn other_settings_are_refused() {
    let folder = dataset();
    run(&study_file(folder.path(), "study", 1, ""), 1).expect("a study");
    let path = study_file(folder.path(), "study", 1, "augment = 'none'");
    let error = run(&path, 1).expect_err("another study").to_string();
    assert!(
        error.contains("training.augment = \"dihedral\", now it is \"none\""),
        "{error}"
    );
}

#[test]
fn a_second_process_is_refused() {
    let folder = dataset();
    let path = study_file(folder.path(), "study", 1, "");
    let study = Study::open(&path, None).expect("a study");
    let mut refused = None;
    study
        .run(1, &mut |event| {
            if let Event::Started { .. } = event {
                refused = run(&path, 1).err();
            }
        })
        .expect("a study");
    assert!(matches!(refused, Some(Error::Busy(_))), "{refused:?}");
}

#[test]
fn settings_that_cannot_be_are_named() {
    let folder = dataset();
    for (more, expected) in [
        ("batch_size = 0", "batch_size"),
        ("learning_rate = -1.0", "learning_rate"),
        ("[latency]\ndevices = ['pixel']", "pixel"),
        ("[latency]\ndevices = []", "latency.devices"),
    ] {
        let path = study_file(folder.path(), "study", 1, more);
        let error = run(&path, 1).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    }
}
