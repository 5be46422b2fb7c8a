//! Whole trainings: they learn, they repeat, they stop, they refuse.

use std::ops::ControlFlow;

use edgefront_engine::{
    Augment, Cpu, Error, Optimizer, Samples, Schedule, TrainOptions, Trained, evaluate,
    initial_weights, predict, train,
};
use edgefront_graph::{Graph, ResNet, Shape, Stem};
use edgefront_random::Key;

fn graph() -> Graph {
    ResNet {
        input: Shape::new(2, 12, 12),
        stem: Stem {
            kernel: 3,
            stride: 1,
            padding: 1,
            pool: Some((2, 2)),
        },
        width: 6,
        relu_after_add: false,
        classes: 2,
    }
    .build()
    .expect("a valid network")
}

/// Noise; in class 1 a bright line runs through the first band, along a row or a column.
fn tiles(count: usize) -> (Vec<f32>, Vec<usize>) {
    let mut images = Vec::new();
    let labels: Vec<usize> = (0..count).map(|sample| sample % 2).collect();
    for (sample, &label) in labels.iter().enumerate() {
        let mut stream = Key::new(9).with("tile", sample as u64).stream();
        let (line, upright) = (stream.below(12), stream.chance(0.5));
        for row in 0..12 {
            for column in 0..12 {
                let on_line = label == 1 && line == if upright { column } else { row };
                images.push((stream.unit() + if on_line { 0.8 } else { 0.0 }) as f32);
                images.push(stream.unit() as f32);
            }
        }
    }
    (images, labels)
}

fn options() -> TrainOptions {
    TrainOptions {
        epochs: 6,
        batch_size: 16,
        schedule: Schedule::Cosine,
        augment: Augment::Dihedral,
        ..TrainOptions::default()
    }
}

fn run(options: &TrainOptions, key: Key) -> Result<Trained, Error> {
    let (images, labels) = tiles(250);
    let samples = Samples::new(&images, &labels, Shape::new(2, 12, 12), 2)?;
    let (test, learn): (Vec<usize>, Vec<usize>) = (0..250).partition(|index| index % 5 == 0);
    let graph = graph();
    let initial = initial_weights(&graph, key.with("init", 0));
    let go_on = &mut |_: &_| ControlFlow::Continue(());
    train(
        &Cpu, &graph, &initial, &samples, &learn, &test, options, key, go_on,
    )
}

#[test]
fn a_network_learns_to_see_lines() {
    let trained = run(&options(), Key::new(1)).expect("a training");
    let last = trained.epochs.last().expect("six epochs");
    assert!(last.test_accuracy >= 0.9, "{:#?}", trained.epochs);
    assert!(last.train_loss < 0.5 * trained.epochs[0].train_loss);

    // What the report says is what the weights do.
    let (images, labels) = tiles(250);
    let shape = Shape::new(2, 12, 12);
    let samples = Samples::new(&images, &labels, shape, 2).expect("samples");
    let test: Vec<usize> = (0..250).step_by(5).collect();
    let evaluate = |batch_size| {
        evaluate(
            &Cpu,
            &graph(),
            &trained.weights,
            &samples,
            &test,
            batch_size,
        )
        .expect("an evaluation")
    };
    let again = evaluate(options().batch_size);
    assert_eq!(again.accuracy(), last.test_accuracy);
    assert_eq!(again.predictions, trained.predictions);
    // Batches of another size may take other algorithms, which round otherwise.
    let close = |got: &[f64], expected: &[f64]| {
        assert_eq!(got.len(), expected.len());
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-5, "{got} {expected}");
        }
    };
    for (again, prediction) in evaluate(7).predictions.iter().zip(&trained.predictions) {
        close(&again.probabilities, &prediction.probabilities);
    }
    let first = &images[..3 * shape.elements()];
    let probabilities = predict(&Cpu, &graph(), &trained.weights, first, 2).expect("predictions");
    assert_eq!(probabilities.len(), 3);
    close(&probabilities[0], &trained.predictions[0].probabilities);
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
        let handles = [1, 1].map(|seed| scope.spawn(move || run(&options, Key::new(seed))));
        handles.map(|handle| handle.join().expect("no panic").expect("a training"))
    });
    assert!(together.iter().all(|trained| *trained == first));
    assert_ne!(first, run(&options, Key::new(2)).expect("a training"));
}

#[test]
fn an_observer_may_stop() {
    let (images, labels) = tiles(40);
    let samples = Samples::new(&images, &labels, Shape::new(2, 12, 12), 2).expect("samples");
    let graph = graph();
    let weights = initial_weights(&graph, Key::new(1));
    let learn: Vec<usize> = (0..33).collect(); // a last batch of one
    let mut seen = 0;
    let trained = train(
        &Cpu,
        &graph,
        &weights,
        &samples,
        &learn,
        &[33, 34],
        &options(),
        Key::new(1),
        &mut |report| {
            seen = report.epoch;
            if seen == 2 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    )
    .expect("a training");
    assert_eq!(
        (seen, trained.epochs.len(), trained.predictions.len()),
        (2, 2, 2)
    );
}

#[test]
fn a_diverging_training_says_so() {
    let (mut images, labels) = tiles(40);
    images[5] = f32::NAN;
    let samples = Samples::new(&images, &labels, Shape::new(2, 12, 12), 2).expect("samples");
    let graph = graph();
    let weights = initial_weights(&graph, Key::new(1));
    let learn: Vec<usize> = (0..40).collect();
    let go_on = &mut |_: &_| ControlFlow::Continue(());
    let error = train(
        &Cpu,
        &graph,
        &weights,
        &samples,
        &learn,
        &[],
        &options(),
        Key::new(1),
        go_on,
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
    let Optimizer::Adam {
        beta1,
        beta2,
        epsilon,
        weight_decay,
        ..
    } = Optimizer::default();
    let options = TrainOptions {
        epochs: 1,
        batch_size: 200,
        optimizer: Optimizer::Adam {
            learning_rate: 1e30,
            beta1,
            beta2,
            epsilon,
            weight_decay,
        },
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
    let Optimizer::Adam {
        beta1,
        beta2,
        epsilon,
        weight_decay,
        ..
    } = Optimizer::default();
    let optimizer = Optimizer::Adam {
        learning_rate: -1.0,
        beta1,
        beta2,
        epsilon,
        weight_decay,
    };
    assert_eq!(
        refused(TrainOptions {
            optimizer,
            ..options()
        }),
        "learning_rate is -1, expected a positive number"
    );
}
