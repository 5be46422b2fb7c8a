//! Whole trainings: they learn, they repeat, they stop, they go on, they refuse.

mod lines;
mod mobile;
mod restart;
mod selection;

use std::ops::ControlFlow;

use edgefront_engine::{
    ChannelScales, Cpu, Error, Optimizer, Samples, Sgd, TrainOptions, evaluate, initial_weights,
    predict, train,
};
use edgefront_random::Key;

use lines::{TILE, graph, options, run, run_on, tiles};

#[test]
fn a_network_learns_to_see_lines() {
    let trained = run(&options(), Key::new(1)).expect("a training");
    let last = trained.epochs.last().expect("six epochs");
    assert!(last.test.accuracy >= 0.9, "{:#?}", trained.epochs);
    assert!(last.train_loss < 0.5 * trained.epochs[0].train_loss);

    // What the report says is what the weights do.
    let (images, labels) = tiles(TILE, 250);
    let samples = Samples::new(&images, &labels, TILE, 2).expect("samples");
    let test: Vec<usize> = (0..250).step_by(5).collect();
    let evaluate = |batch_size| {
        evaluate(
            &Cpu::new(),
            &graph(),
            &trained.last.weights,
            &samples,
            &test,
            batch_size,
        )
        .expect("an evaluation")
    };
    let again = evaluate(options().batch_size);
    assert_eq!(again.accuracy(), last.test.accuracy);
    assert_eq!(again.predictions, trained.last.predictions);
    // Batches of another size may take other algorithms, which round otherwise.
    let close = |got: &[f64], expected: &[f64]| {
        assert_eq!(got.len(), expected.len());
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-5, "{got} {expected}");
        }
    };
    for (again, prediction) in evaluate(7)
        .predictions
        .iter()
        .zip(&trained.last.predictions)
    {
        close(&again.probabilities, &prediction.probabilities);
    }
    let first = &images[..3 * TILE.elements()];
    let probabilities =
        predict(&Cpu::new(), &graph(), &trained.last.weights, first, 2).expect("predictions");
    assert_eq!(probabilities.len(), 3);
    close(
        &probabilities[0],
        &trained.last.predictions[0].probabilities,
    );
}

#[test]
fn a_training_is_a_function_of_its_key() {
    let options = TrainOptions {
        epochs: 2,
        ..options()
    };
    let first = run(&options, Key::new(1)).expect("a training");
    assert_eq!(first, run(&options, Key::new(1)).expect("a training"));
    // Two at once: whatever else runs must not matter.
    let together = std::thread::scope(|scope| {
        let options = &options;
        let handles = [1, 1].map(|seed| scope.spawn(move || run(options, Key::new(seed))));
        handles.map(|handle| handle.join().expect("no panic").expect("a training"))
    });
    assert!(together.iter().all(|trained| *trained == first));
    assert_ne!(first, run(&options, Key::new(2)).expect("a training"));
}

#[test]
fn a_training_is_the_same_on_any_number_of_threads() {
    for optimizer in [
        Optimizer::default(),
        Optimizer::Sgd(Sgd::default()),
        Optimizer::Sgd(Sgd {
            momentum: 0.9,
            ..Sgd::default()
        }),
    ] {
        let options = TrainOptions {
            epochs: 1,
            optimizer,
            ..options()
        };
        let run = |threads| run_on(&Cpu::with_threads(threads), &graph(), &options, Key::new(1));
        let alone = run(1).expect("a training");
        for threads in [2, 3] {
            assert!(
                run(threads).expect("a training") == alone,
                "{optimizer:?}, {threads} threads"
            );
        }
    }
}

#[test]
fn an_observer_may_stop() {
    let (images, labels) = tiles(TILE, 40);
    let samples = Samples::new(&images, &labels, TILE, 2).expect("samples");
    let graph = graph();
    let weights = initial_weights(&graph, Key::new(1));
    let learn: Vec<usize> = (0..33).collect(); // a last batch of one
    let mut seen = 0;
    let trained = train(
        &Cpu::new(),
        &graph,
        &weights,
        &samples,
        &learn,
        &[33, 34],
        &options(),
        Key::new(1),
        &mut |end| {
            seen = end.report.epoch;
            if seen == 2 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    )
    .expect("a training");
    assert_eq!(
        (seen, trained.epochs.len(), trained.last.predictions.len()),
        (2, 2, 2)
    );
}

#[test]
fn a_diverging_training_says_so() {
    let (mut images, labels) = tiles(TILE, 40);
    images[5] = f32::NAN;
    let samples = Samples::new(&images, &labels, TILE, 2).expect("samples");
    let graph = graph();
    let weights = initial_weights(&graph, Key::new(1));
    let learn: Vec<usize> = (0..40).collect();
    let error = train(
        &Cpu::new(),
        &graph,
        &weights,
        &samples,
        &learn,
        &[],
        &options(),
        Key::new(1),
        &mut |_| ControlFlow::Continue(()),
    )
    .expect_err("a NaN in a tile");
    assert!(
        matches!(
            error,
            Error::NonFiniteLoss {
                epoch: 1,
                step: 1..=3
            }
        ),
        "{error}"
    );
}

/// The last step has no loss after it: what it did to the network shows in the test.
#[test]
fn a_training_that_diverges_at_its_end_says_so() {
    let options = TrainOptions {
        epochs: 1,
        batch_size: 200,
        learning_rate: 1e30,
        ..options()
    };
    let error = run(&options, Key::new(1)).expect_err("weights of 1e30");
    assert_eq!(
        error.to_string(),
        "the test loss is not finite after epoch 1"
    );
}

#[test]
fn options_that_make_no_sense_are_named() {
    let refused =
        |options: TrainOptions| run(&options, Key::new(1)).expect_err("refused").to_string();
    assert_eq!(
        refused(TrainOptions {
            epochs: 0,
            ..options()
        }),
        "epochs is 0, expected at least 1"
    );
    assert_eq!(
        refused(TrainOptions {
            learning_rate: -1.0,
            ..options()
        }),
        "learning_rate is -1, expected a positive number"
    );
}

/// Samples that are scaled as they are shown train and test like samples that were scaled before.
#[test]
fn scales_act_on_what_the_network_is_shown() {
    let (images, labels) = tiles(TILE, 40);
    let (center, factor) = (0.375, 3.0);
    let before: Vec<f32> = images.iter().map(|v| (v - center) * factor).collect();
    let scales = ChannelScales::new(&[(center, factor); TILE.channels]);
    let (learn, test): (Vec<usize>, Vec<usize>) = (0..40).partition(|index| index % 4 > 0);
    let options = TrainOptions {
        epochs: 2,
        ..options()
    };
    let weights = initial_weights(&graph(), Key::new(3));
    let run = |samples: &Samples<'_>| {
        let (cpu, key) = (Cpu::new(), Key::new(4));
        train(
            &cpu,
            &graph(),
            &weights,
            samples,
            &learn,
            &test,
            &options,
            key,
            &mut |_| ControlFlow::Continue(()),
        )
        .expect("a training")
    };
    let raw = Samples::new(&images, &labels, TILE, 2).expect("samples");
    let shown = run(&raw.scaled(&scales).expect("scales"));
    assert_eq!(
        shown,
        run(&Samples::new(&before, &labels, TILE, 2).expect("samples"))
    );
    assert_ne!(shown, run(&raw));
}
