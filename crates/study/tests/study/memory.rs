//! Trainings that fit into the memory run, and the study ends at one that does not; nothing else
//! changes.

use std::path::Path;

use edgefront_study::{Error, Event, Limits, Outcome, Study};

use super::{dataset, run, study_file, trials};

/// A run with this much memory, and the most trainings that it had at a time.
fn run_within(path: &Path, workers: usize, memory: u64) -> (Result<Outcome, Error>, usize) {
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
    (outcome, most)
}

/// The bytes that a training needs which does not fit.
fn shortage(outcome: &Result<Outcome, Error>, memory: u64) -> u64 {
    let Err(error) = outcome else {
        panic!("everything fits into {memory} bytes");
    };
    assert!(error.to_string().contains(" needs "), "{error}");
    match *error {
        Error::Memory {
            needed, available, ..
        } => {
            assert_eq!(available, memory);
            needed
        }
        _ => panic!("{error}"),
    }
}

#[test]
fn as_many_run_as_fit_and_the_result_is_the_same() {
    let folder = dataset();
    let file = |name: &str| study_file(folder.path(), name, 3, "");
    let free = run(&file("free"), 3).expect("a study");
    assert_eq!(free.complete().len(), 3);

    // From next to nothing, each time as much as the training needs that did not fit: those that
    // fit are trained, one after another, and nothing fails.
    let tight = file("tight");
    let (mut memory, mut shortages) = (1000, Vec::new());
    let result = loop {
        let (outcome, most) = run_within(&tight, 3, memory);
        if let Ok(outcome) = outcome {
            break outcome;
        }
        assert!(most < 3, "{most}");
        memory = shortage(&outcome, memory);
        shortages.push(memory);
    };
    assert!(
        shortages.is_sorted() && !shortages.is_empty(),
        "{shortages:?}"
    );
    assert_eq!(trials(&free), trials(&result));

    // With a byte less than the largest needs, the study ends there.
    let (less, _) = run_within(&file("less"), 2, memory - 1);
    assert_eq!(shortage(&less, memory - 1), memory);

    // With room for three, there are three.
    let (wide, most) = run_within(&file("wide"), 3, 3 * memory);
    assert_eq!(most, 3);
    assert_eq!(trials(&free), trials(&wide.expect("a study")));
}
