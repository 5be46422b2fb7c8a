//! From the times of sampled kernels to a forest, as nn-Meter's builder goes.

use edgefront_random::Key;

use super::configuration::Configuration;
use super::features::features;
use super::growing::{GrowingForest, Training};
use super::sampling::{around, prior};
use super::settings::{Settings, prior_samples};
use crate::kernel::{Family, Kernel};

/// How often sampling goes on around what was predicted badly.
const ROUNDS: u64 = 2;
/// The relative error beyond which a prediction is bad.
const BAD: f64 = 0.1;
/// How many configurations are then drawn around it.
const AROUND: usize = 20;
/// The share of the samples that the predictions of a round are tried on.
const TESTED: f64 = 0.2;
/// Trees that look for bad predictions: they need not be as many as the forest has.
const SCOUTS: usize = 24;
/// Kernels that take longer are not timed, in milliseconds: nn-Meter gives a kernel 300 s for its
/// 60 runs.
const SLOWEST: f64 = 5_000.0;

/// A configuration with its features and its time.
struct Sample {
    configuration: Configuration,
    features: Vec<f64>,
    milliseconds: f64,
}

/// The forest of a family on a device whose kernels take the given times; `None` where none of them
/// is known.
pub(crate) fn build(
    family: Family,
    settings: Settings,
    key: Key,
    time: &dyn Fn(&Kernel) -> Option<f64>,
) -> Option<GrowingForest> {
    let sample = |configuration: Configuration| {
        let kernel = configuration.kernel(family);
        let milliseconds = time(&kernel).filter(|time| *time <= SLOWEST)?;
        let features = features(&kernel)?;
        Some(Sample {
            configuration,
            features,
            milliseconds,
        })
    };
    let configurations = prior(family, prior_samples(family), key);
    let mut samples: Vec<Sample> = configurations.into_iter().filter_map(sample).collect();
    for round in 0..ROUNDS {
        let key = key.with("round", round);
        let mut stream = key.with("split", 0).stream();
        let (test, train): (Vec<&Sample>, Vec<&Sample>) =
            samples.iter().partition(|_| stream.chance(TESTED));
        if train.is_empty() {
            return None;
        }
        let mut scouts = GrowingForest::new(training(train), SCOUTS, settings.growth, key);
        let bad = test.into_iter().filter(|sample| {
            let error = scouts.predict(&sample.features) - sample.milliseconds;
            error.abs() > BAD * sample.milliseconds
        });
        let more: Vec<Sample> = (bad.enumerate())
            .flat_map(|(index, sample)| {
                let key = key.with("around", index as u64);
                around(&sample.configuration, family, AROUND, key)
            })
            .filter_map(sample)
            .collect();
        samples.extend(more);
    }
    let (trees, growth) = (settings.trees, settings.growth);
    let training = training(&samples);
    Some(GrowingForest::new(training, trees, growth, key))
}

fn training<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> Training {
    let of = |sample: &'a Sample| (sample.features.as_slice(), sample.milliseconds);
    Training::new(samples.into_iter().map(of))
}
