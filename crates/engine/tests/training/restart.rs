//! A training that was stopped and continued is the training that never was.

use std::ops::ControlFlow;

use edgefront_engine::{
    Adam, Augment, Checkpoint, ClassWeights, Cpu, EpochEnd, Error, Optimizer, Samples, Schedule,
    Sgd, Start, TrainOptions, Trained, initial_weights, train,
};
use edgefront_random::Key;

use crate::lines::{TILE, graph, options, tiles};

/// Trains from a checkpoint or from the beginning. Gives the outcome, and a checkpoint, as bytes,
/// of each epoch that was run.
fn run(
    options: &TrainOptions,
    seed: u64,
    checkpoint: Option<Checkpoint>,
) -> Result<(Trained, Vec<Vec<u8>>), Error> {
    let (images, labels) = tiles(TILE, 90);
    let samples = Samples::new(&images, &labels, TILE, 2)?;
    let (test, learn): (Vec<usize>, Vec<usize>) = (0..90).partition(|index| index % 5 == 0);
    let graph = graph();
    let initial = initial_weights(&graph, Key::new(1));
    let start = checkpoint.map_or(Start::Weights(&initial), Start::from);
    let mut checkpoints = Vec::new();
    let trained = train(
        &Cpu::new(),
        &graph,
        start,
        &samples,
        &learn,
        &test,
        options,
        Key::new(seed),
        &mut |end| {
            checkpoints.push(end.checkpoint().to_bytes());
            ControlFlow::Continue(())
        },
    )?;
    Ok((trained, checkpoints))
}

fn checkpoint(bytes: &[u8]) -> Checkpoint {
    Checkpoint::from_bytes(bytes, &graph()).expect("a checkpoint")
}

/// Augmented, with batch norms, and a last batch that is smaller: 72 samples, or 54 and 18 to
/// validate with, in batches of 16.
#[test]
fn a_training_goes_on_in_every_bit() {
    let adamw = Optimizer::AdamW(Adam {
        weight_decay: 0.01,
        ..Adam::default()
    });
    let sgd = |momentum| {
        Optimizer::Sgd(Sgd {
            momentum,
            ..Sgd::default()
        })
    };
    let plain = TrainOptions {
        epochs: 4,
        ..options()
    };
    for options in [
        plain.clone(),
        TrainOptions {
            optimizer: adamw,
            schedule: Schedule::OneCycle,
            validation: 0.25,
            label_smoothing: 0.1,
            ..plain.clone()
        },
        TrainOptions {
            optimizer: sgd(0.9),
            learning_rate: 0.02,
            class_weights: ClassWeights::Balanced,
            ..plain.clone()
        },
        TrainOptions {
            optimizer: sgd(0.0),
            learning_rate: 0.05,
            ..plain
        },
    ] {
        let (whole, checkpoints) = run(&options, 1, None).expect("a training");
        assert_eq!(checkpoints.len(), 4);
        for (done, bytes) in (1..).zip(&checkpoints) {
            let checkpoint = checkpoint(bytes);
            assert_eq!(checkpoint.epochs(), &whole.epochs[..done]);
            let (rest, later) = run(&options, 1, Some(checkpoint)).expect("a training");
            assert_eq!(rest, whole, "from epoch {done}");
            assert_eq!(later, checkpoints[done..], "from epoch {done}");
        }
    }
}

#[test]
fn a_checkpoint_of_another_training_is_refused() {
    let options = TrainOptions {
        epochs: 2,
        ..options()
    };
    let (_, checkpoints) = run(&options, 1, None).expect("a training");
    let checkpoint = checkpoint(&checkpoints[0]);
    let other = TrainOptions {
        learning_rate: 2e-3,
        ..options.clone()
    };
    for (options, seed) in [(&options, 2), (&other, 1)] {
        let error = run(options, seed, Some(checkpoint.clone())).expect_err("another training");
        assert!(matches!(error, Error::ForeignCheckpoint), "{error}");
    }
}

/// With one sample to learn from, an epoch is one step, and two trainings of two epochs are one of
/// four if the second one starts from all that the first one ended with. Its own checkpoint then
/// leads there as well.
#[test]
fn a_network_that_is_carried_on_keeps_its_optimiser() {
    let (images, labels) = tiles(TILE, 90);
    let samples = Samples::new(&images, &labels, TILE, 2).expect("samples");
    let graph = graph();
    let run = |start: Start<'_>, epochs, seed| {
        let options = TrainOptions {
            epochs,
            schedule: Schedule::Constant,
            augment: Augment::None,
            ..TrainOptions::default()
        };
        let mut checkpoints = Vec::new();
        let key = Key::new(seed);
        let observe = &mut |end: &EpochEnd<'_>| {
            checkpoints.push(checkpoint(&end.checkpoint().to_bytes()));
            ControlFlow::Continue(())
        };
        let trained = train(
            &Cpu::new(),
            &graph,
            start,
            &samples,
            &[0],
            &[1],
            &options,
            key,
            observe,
        );
        (trained.expect("a training").last.weights, checkpoints)
    };
    let initial = initial_weights(&graph, Key::new(1));
    let (whole, _) = run(Start::Weights(&initial), 4, 1);
    let (half, checkpoints) = run(Start::Weights(&initial), 2, 2);
    let (rest, later) = run(Start::Carried(Box::new(checkpoints[1].clone())), 2, 3);
    assert_eq!(rest, whole);
    let (resumed, _) = run(Start::from(later[0].clone()), 2, 3);
    assert_eq!(resumed, whole);
    let (forgetful, _) = run(Start::Weights(&half), 2, 3);
    assert_ne!(
        forgetful, whole,
        "the optimiser's state makes no difference here"
    );
}
