//! Tiles with equal images.

use std::collections::BTreeMap;

use super::scan::TileScan;
use crate::dataset::Dataset;

/// Sets of two and more tiles whose images are equal bit by bit, each ascending, in the order of
/// their first tiles.
pub(super) fn duplicates(dataset: &Dataset, scans: &[TileScan]) -> Vec<Vec<usize>> {
    let mut by_sum: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (tile, scan) in scans.iter().enumerate() {
        by_sum.entry(scan.sum).or_default().push(tile);
    }
    let are_equal = |a: usize, b: usize| {
        let bits = |tile| dataset.image(tile).iter().map(|value| value.to_bits());
        bits(a).eq(bits(b))
    };
    let mut sets: Vec<Vec<usize>> = Vec::new();
    for alike in by_sum.into_values().filter(|alike| alike.len() > 1) {
        // Tiles whose sums agree by chance are in sets of their own.
        let mut of_sum: Vec<Vec<usize>> = Vec::new();
        for tile in alike {
            match of_sum.iter_mut().find(|set| are_equal(set[0], tile)) {
                Some(set) => set.push(tile),
                None => of_sum.push(vec![tile]),
            }
        }
        sets.extend(of_sum.into_iter().filter(|set| set.len() > 1));
    }
    sets.sort_unstable();
    sets
}
