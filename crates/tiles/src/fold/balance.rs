//! Whole units, such as groups or blocks, dealt into folds that are alike.

use std::cmp::Reverse;

use edgefront_random::Key;

use super::{class_count, counts_by_class};
use crate::dataset::Tile;

/// The tiles of each unit, from the number of each tile's unit. Every number below the greatest
/// must occur.
pub(super) fn unit_members(unit_of: &[usize]) -> Vec<Vec<usize>> {
    let count = unit_of.iter().map(|unit| unit + 1).max().unwrap_or(0);
    let mut members = vec![Vec::new(); count];
    for (tile, &unit) in unit_of.iter().enumerate() {
        members[unit].push(tile);
    }
    members
}

/// The fold of each tile, so that no unit is in two folds and folds are as alike in classes and
/// size as units allow.
///
/// The largest unit goes first, equal ones in random order. Each goes to the fold where it adds
/// least to the sum over folds and classes of the squared share of the class, which is least when
/// all folds are alike; among equals to the smallest fold. (The greedy rule of scikit-learn's
/// `StratifiedGroupKFold`, with a sum of squares for its standard deviation.)
pub(super) fn balance(
    tiles: &[Tile],
    mut units: Vec<Vec<usize>>,
    folds: usize,
    key: Key,
) -> Vec<usize> {
    key.stream().shuffle(&mut units);
    units.sort_by_key(|unit| Reverse(unit.len()));
    let classes = class_count(tiles);
    let all: Vec<usize> = (0..tiles.len()).collect();
    let totals = counts_by_class(tiles, &all, classes);
    let mut filled = vec![vec![0usize; classes]; folds];
    let mut fold_of = vec![0; tiles.len()];
    for unit in units {
        let added = counts_by_class(tiles, &unit, classes);
        // (n + a)^2 - n^2 = 2na + a^2, of which only na differs between folds.
        let cost = |fold: usize| -> f64 {
            (0..classes)
                .filter(|&class| totals[class] > 0)
                .map(|class| {
                    let product = filled[fold][class] as f64 * added[class] as f64;
                    product / (totals[class] as f64).powi(2)
                })
                .sum()
        };
        let size = |fold: usize| filled[fold].iter().sum::<usize>();
        let best = (0..folds)
            .min_by(|&a, &b| cost(a).total_cmp(&cost(b)).then(size(a).cmp(&size(b))))
            .expect("there are at least two folds");
        for (count, added) in filled[best].iter_mut().zip(added) {
            *count += added;
        }
        for tile in unit {
            fold_of[tile] = best;
        }
    }
    fold_of
}
