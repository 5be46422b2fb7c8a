//! From the times of sampled kernels to a forest, as nn-Meter's builder goes.

use edgefront_random::Key;

use super::configuration::Configuration;
use super::growing::{GrowingForest, Training};
use super::predictors::{KernelPredictor, Settings};
use super::sampling::{around, prior};
use crate::kernel::Kernel;
use crate::nn_meter::features;

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
/// Kernels with a larger tensor do not run: 128 MiB in single precision, the largest buffer that
/// every Vulkan device has to take.
const LARGEST: f64 = 33_554_432.0;

/// A configuration with its features and its time.
struct Sample {
    configuration: Configuration,
    features: Vec<f64>,
    milliseconds: f64,
}

/// The forest of a predictor on a device whose kernels take the given times; `None` where it knows
/// none of them.
pub(crate) fn build(
    predictor: &KernelPredictor,
    settings: Settings,
    key: Key,
    time: &dyn Fn(&Kernel) -> Option<f64>,
) -> Option<GrowingForest> {
    let family = predictor.family;
    let sample = |configuration: Configuration| {
        let kernel = configuration.kernel(predictor.op, family);
        let tensors = [
            kernel.input_elements,
            kernel.output_elements,
            kernel.weights,
        ];
        if tensors.iter().any(|&elements| elements > LARGEST) {
            return None;
        }
        let milliseconds = time(&kernel).filter(|time| *time <= SLOWEST)?;
        let (_, features) = features(&kernel)?;
        Some(Sample {
            configuration,
            features,
            milliseconds,
        })
    };
    let configurations = prior(family, predictor.samples, key);
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
    let Settings { trees, growth } = settings;
    Some(GrowingForest::new(training(&samples), trees, growth, key))
}

fn training<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> Training {
    let of = |sample: &'a Sample| (sample.features.as_slice(), sample.milliseconds);
    Training::new(samples.into_iter().map(of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulation::predictors::Processor;

    #[test]
    fn a_forest_repeats_the_times_that_it_was_built_from() {
        let (predictor, settings) = Processor::Cpu.predictor("conv-bn-relu").unwrap();
        let time = |kernel: &Kernel| Some(0.1 + kernel.macs / 1e7);
        let mut forest = build(predictor, settings, Key::new(0), &time).unwrap();
        for (map, channels, window) in [(56, 64, 3), (28, 128, 3), (14, 256, 1), (112, 32, 5)] {
            let configuration = Configuration::windowed(map, channels, window, 1);
            let kernel = configuration.kernel(predictor.op, predictor.family);
            let (_, features) = features(&kernel).unwrap();
            let ratio = forest.predict(&features) / time(&kernel).unwrap();
            assert!(
                (0.8..1.25).contains(&ratio),
                "{map} {channels} {window}: {ratio}"
            );
        }
    }

    #[test]
    fn without_times_there_is_no_forest() {
        let (predictor, settings) = Processor::Gpu.predictor("relu").unwrap();
        assert!(build(predictor, settings, Key::new(0), &|_| None).is_none());
        assert!(build(predictor, settings, Key::new(0), &|_| Some(1e9)).is_none());
    }
}
