//! What synthetic tiles must not give away.

use edgefront_tiles::{Dataset, PrepareOptions, SynthOptions, prepare, synthesise};

/// The share of tiles that the best threshold on one number tells apart.
fn best_threshold(values: &[f64], labels: &[usize]) -> f64 {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let positives = labels.iter().sum::<usize>();
    // Right answers if all below the threshold are called negative and all others positive.
    let mut right = positives;
    let mut best = right.max(labels.len() - right);
    for tile in order {
        right = if labels[tile] == 0 {
            right + 1
        } else {
            right - 1
        };
        best = best.max(right).max(labels.len() - right);
    }
    best as f64 / labels.len() as f64
}

#[test]
fn no_single_statistic_tells_the_classes_apart() {
    let work = tempfile::tempdir().unwrap();
    let mut options = SynthOptions::new(work.path().join("tiles"));
    options.tiles_per_region = 48;
    synthesise(&options, &mut |_, _| {}).unwrap();
    for normalization in ["none", "band-minmax"] {
        let mut prepared = PrepareOptions::new(&options.output, work.path().join("set"));
        prepared.recipe.normalization = normalization.into();
        prepare(&prepared, &mut |_, _| {}).unwrap();
        let dataset = Dataset::open(&prepared.output).unwrap();
        for (channel, band) in dataset.bands().iter().enumerate() {
            let (mut means, mut deviations) = (Vec::new(), Vec::new());
            for tile in 0..dataset.len() {
                let values = || {
                    (dataset.image(tile).iter())
                        .skip(channel)
                        .step_by(dataset.channels())
                        .map(|&value| f64::from(value))
                };
                let pixels = (dataset.height() * dataset.width()) as f64;
                let mean = values().sum::<f64>() / pixels;
                let squares = values().map(|v| (v - mean).powi(2)).sum::<f64>();
                means.push(mean);
                deviations.push((squares / pixels).sqrt());
            }
            for (statistic, values) in [("mean", means), ("deviation", deviations)] {
                let told = best_threshold(&values, dataset.labels());
                assert!(
                    told < 0.8,
                    "{normalization}: the {statistic} of {band} tells {told}"
                );
            }
        }
    }
}

#[test]
fn a_threshold_finds_what_is_there() {
    assert_eq!(best_threshold(&[1.0, 2.0, 3.0, 4.0], &[0, 0, 1, 1]), 1.0);
    assert_eq!(best_threshold(&[4.0, 3.0, 2.0, 1.0], &[0, 0, 1, 1]), 1.0);
    assert_eq!(best_threshold(&[1.0, 2.0, 3.0, 4.0], &[0, 1, 0, 1]), 0.75);
}
