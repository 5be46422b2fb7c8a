//! Which epoch is the best, and when a training ends.

use edgefront_engine::{ClassWeights, EpochReport, TrainOptions};
use edgefront_random::Key;

use crate::lines::{options, run};

fn validation_loss(report: &EpochReport) -> f64 {
    report.validation.expect("samples to validate with").loss
}

/// Rates so high that the losses go up and down.
fn restless() -> TrainOptions {
    TrainOptions {
        epochs: 12,
        learning_rate: 0.03,
        validation: 0.2,
        ..options()
    }
}

#[test]
fn the_best_epoch_has_the_least_validation_loss() {
    let trained = run(&restless(), Key::new(1)).expect("a training");
    let losses: Vec<f64> = trained.epochs.iter().map(validation_loss).collect();
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(losses[trained.best.epoch - 1], least);
    assert_eq!((trained.epochs.len(), trained.last.epoch), (12, 12));
    // Or this would test nothing.
    assert!(trained.best.epoch < 12, "{losses:?}");
    assert_ne!(trained.best.weights, trained.last.weights);
    let report = &trained.epochs[trained.best.epoch - 1];
    let predictions = &trained.best.predictions;
    let right = predictions.iter().filter(|p| p.predicted == p.label);
    assert_eq!(
        right.count() as f64 / predictions.len() as f64,
        report.test.accuracy
    );
}

/// The epochs up to the stop are those of the training without it.
#[test]
fn patience_ends_a_training_after_its_best_epoch() {
    let whole = run(&restless(), Key::new(1)).expect("a training");
    let patient = TrainOptions {
        patience: Some(2),
        ..restless()
    };
    let stopped = run(&patient, Key::new(1)).expect("a training");
    assert!(stopped.epochs.len() < 12, "{:#?}", whole.epochs);
    assert_eq!(stopped.epochs.len(), stopped.best.epoch + 2);
    assert_eq!(stopped.epochs, whole.epochs[..stopped.epochs.len()]);
}

#[test]
fn without_validation_the_last_epoch_counts() {
    let options = TrainOptions {
        validation: 0.0,
        ..restless()
    };
    let trained = run(&options, Key::new(1)).expect("a training");
    assert_eq!(trained.best, trained.last);
    assert!(trained.epochs.iter().all(|r| r.validation.is_none()));
}

/// A class that weighs more is thought more probable.
#[test]
fn class_weights_shift_the_predictions() {
    let second = |weights: [f64; 2]| -> f64 {
        let options = TrainOptions {
            class_weights: ClassWeights::List(weights.to_vec()),
            ..options()
        };
        let trained = run(&options, Key::new(1)).expect("a training");
        let predictions = trained.last.predictions.iter();
        predictions.map(|p| p.probabilities[1]).sum()
    };
    let (more, same, less) = (second([1.0, 9.0]), second([5.0, 5.0]), second([9.0, 1.0]));
    assert!(more > same && same > less, "{more}, {same}, {less}");
}

#[test]
fn settings_that_do_not_go_together_are_named() {
    for (options, expected) in [
        (
            TrainOptions {
                patience: Some(2),
                ..options()
            },
            "validation is 0, expected above 0 where there is a patience",
        ),
        (
            TrainOptions {
                patience: Some(0),
                ..restless()
            },
            "patience is 0, expected at least 1",
        ),
        (
            TrainOptions {
                validation: 1.0,
                ..options()
            },
            "validation is 1, expected at least 0 and below 1",
        ),
        (
            TrainOptions {
                class_weights: ClassWeights::List(vec![1.0; 3]),
                ..options()
            },
            "class_weights has 3 number(s), expected one for each of 2 classes",
        ),
    ] {
        let error = run(&options, Key::new(1)).expect_err(expected);
        assert_eq!(error.to_string(), expected);
    }
}
