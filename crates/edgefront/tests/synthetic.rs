//! What a forest on the statistics of bands can tell of synthetic tiles: less than there is.

use edgefront::latency::growing::{GrowingForest, Growth, Training};
use edgefront::random::Key;
use edgefront::tiles::fold::{Fold, FoldOptions, Stratified};
use edgefront::tiles::{Dataset, Difficulty, PrepareOptions, SynthOptions, prepare, synthesise};

/// Mean, deviation, extremes and quantiles of each channel, and the quantiles above the least.
fn statistics(dataset: &Dataset, tile: usize) -> Vec<f64> {
    let mut features = Vec::new();
    for channel in 0..dataset.channels() {
        let values = dataset.image(tile).iter().skip(channel);
        let values = values.step_by(dataset.channels()).copied();
        let mut values: Vec<f64> = values.map(f64::from).collect();
        values.sort_unstable_by(f64::total_cmp);
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares = values.iter().map(|value| (value - mean).powi(2));
        features.extend([mean, (squares.sum::<f64>() / count).sqrt()]);
        let shares = [0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0];
        let quantiles = shares.map(|share| values[(share * (count - 1.0)).round() as usize]);
        features.extend(quantiles);
        features.extend(quantiles.map(|quantile| quantile - quantiles[0]));
        features.push(mean - quantiles[0]);
    }
    features
}

/// The share of tiles that a forest tells apart which was grown on the others, in five folds.
fn told(dataset: &Dataset) -> f64 {
    let features: Vec<Vec<f64>> = (0..dataset.len())
        .map(|tile| statistics(dataset, tile))
        .collect();
    let label = |tile: usize| dataset.labels()[tile] as f64;
    // As scikit-learn's classifier: a root of the features at each fork, down to single samples.
    let growth = Growth {
        depth: 50,
        features: (features[0].len() as f64).sqrt() as usize,
    };
    let splits = Stratified.split(dataset.tiles(), &FoldOptions::new(5), Key::new(42));
    let mut right = 0;
    for split in splits.expect("both classes in each fold") {
        let known = split.train.iter();
        let known = known.map(|&tile| (features[tile].as_slice(), label(tile)));
        let mut forest = GrowingForest::new(Training::new(known), 200, growth, Key::new(7));
        let found = |tile: usize| forest.predict(&features[tile]) > 0.5;
        let found: Vec<bool> = split.test.iter().copied().map(found).collect();
        let truths = split.test.iter().map(|&tile| label(tile) > 0.5);
        right += found
            .into_iter()
            .zip(truths)
            .filter(|(a, b)| a == b)
            .count();
    }
    right as f64 / dataset.len() as f64
}

/// A forest that were blind would tell half; what it tells beyond that are plain fields, and roads
/// and streams by themselves.
#[test]
fn a_forest_on_statistics_does_not_tell_crossings() {
    let work = tempfile::tempdir().expect("a temporary folder");
    for (difficulty, range) in [
        (Difficulty::EASY, 0.65..0.88),
        (Difficulty::MEDIUM, 0.6..0.82),
        (Difficulty::HARD, 0.55..0.8),
    ] {
        let mut options = SynthOptions::new(work.path().join(difficulty.to_string()));
        (options.difficulty, options.tiles_per_region) = (difficulty, 125);
        synthesise(&options, &mut |_, _| {}).expect("tiles");
        let mut prepared = PrepareOptions::new(&options.output, work.path().join("dataset"));
        prepared.recipe.normalization = "none".into();
        prepare(&prepared, &mut |_, _| {}).expect("a dataset");
        let told = told(&Dataset::open(&prepared.output).expect("a dataset"));
        assert!(range.contains(&told), "{difficulty}: {told}");
        println!("{difficulty}: {told}");
    }
}
