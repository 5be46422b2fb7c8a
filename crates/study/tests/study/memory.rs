//! Trainings that fit into the memory run, those that do not fail; nothing else changes.

use std::path::Path;

use edgefront_study::{Event, Limits, Outcome, Study};

use super::{dataset, run, study_file, trials};

/// A run with this much memory, and the most trainings that it had at a time.
fn run_within(path: &Path, workers: usize, memory: u64) -> (Outcome, usize) {
    let study = Study::open(path, None).expect("a study");
    let limits = Limits {
        workers,
        memory: Some(memory),
    };
    let (mut running, mut most) = (0usize, 0);
    let outcome = study.run(limits, &mut |event| match event {
        Event::FoldStarted { .. } => {
            running += 1;
            most = most.max(running);
        }
        Event::FoldFinished { .. } => running -= 1,
        _ => {}
    });
    (outcome.expect("a study"), most)
}

/// The bytes that a trial's failure names: needed, and available.
fn named(failure: &str) -> (u64, u64) {
    let mut numbers = failure
        .split_whitespace()
        .filter_map(|word| word.parse::<u64>().ok());
    let mut next = || numbers.next().unwrap_or_else(|| panic!("{failure}"));
    // "fold 1:" is no number, for the colon.
    (next(), next())
}

#[test]
fn as_many_run_as_fit_and_those_that_never_fit_fail() {
    let folder = dataset();
    let file = |name: &str| study_file(folder.path(), name, 3, "");
    let free = run(&file("free"), 3).expect("a study");
    assert_eq!(free.complete().len(), 3);

    // With next to nothing every trial fails, and says what it needs.
    let (none, most) = run_within(&file("none"), 3, 1000);
    assert_eq!(most, 0);
    let needed: Vec<u64> = none
        .trials
        .iter()
        .map(|trial| {
            let failure = trial.failure.as_deref().expect("a failure");
            assert!(
                failure.starts_with("fold 1: the training needs "),
                "{failure}"
            );
            let (needed, available) = named(failure);
            assert_eq!(available, 1000);
            needed
        })
        .collect();
    let (least, largest) = (needed.iter().min().unwrap(), needed.iter().max().unwrap());
    assert!(
        least < largest,
        "the networks are all alike and test nothing"
    );

    // With room for the largest alone, they come one after another.
    let (tight, most) = run_within(&file("tight"), 3, *largest);
    assert!((1..3).contains(&most), "{most}");
    assert_eq!(trials(&free), trials(&tight));

    // With a byte less, the largest fails and the others are what they were.
    let (less, _) = run_within(&file("less"), 2, largest - 1);
    for ((trial, free), needed) in less.trials.iter().zip(&free.trials).zip(&needed) {
        if needed == largest {
            assert_eq!(
                named(trial.failure.as_deref().expect("a failure")).0,
                *needed
            );
        } else {
            assert_eq!(trial, free);
        }
    }

    // With room for three, there are three.
    let (wide, most) = run_within(&file("wide"), 3, 3 * largest);
    assert_eq!(most, 3);
    assert_eq!(trials(&free), trials(&wide));
}
