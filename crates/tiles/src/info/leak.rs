//! What test tiles have in common with training tiles.

use std::collections::BTreeSet;

use edgefront_random::Key;

use crate::dataset::Tile;
use crate::fold::{Fold, FoldOptions, Split, deal};
use crate::neighbours::neighbours;

/// Of the ground of two tiles less than this share of a side is rounding.
const ROUNDING: f64 = 1e-6;

/// What a fold rule does with a dataset's tiles.
#[derive(Clone, Debug, PartialEq)]
pub struct FoldReport {
    /// The name of the rule.
    pub rule: &'static str,
    /// What its splits have on both sides, or why it cannot deal these tiles.
    pub outcome: Result<Leaks, String>,
}

/// Test tiles of all splits that have something in common with a training tile of their split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaks {
    /// How many splits there are.
    pub splits: usize,
    /// Those that cover ground which a training tile covers too, ascending.
    pub overlapping: Vec<usize>,
    /// Those whose image is that of a training tile, ascending.
    pub equal: Vec<usize>,
    /// Those that have a training tile of their group, ascending.
    pub of_one_group: Vec<usize>,
}

/// What a rule does with these tiles, of which these sets have equal images.
pub(super) fn report(
    rule: &'static dyn Fold,
    options: &FoldOptions,
    key: Key,
    tiles: &[Tile],
    duplicates: &[Vec<usize>],
) -> FoldReport {
    FoldReport {
        rule: rule.name(),
        outcome: deal(rule, tiles, options, key)
            .map(|splits| leaks(&splits, tiles, duplicates))
            .map_err(|error| error.to_string()),
    }
}

fn leaks(splits: &[Split], tiles: &[Tile], duplicates: &[Vec<usize>]) -> Leaks {
    let mut split_of = vec![0; tiles.len()];
    let mut trains = vec![vec![false; tiles.len()]; splits.len()];
    for (number, split) in splits.iter().enumerate() {
        split.test.iter().for_each(|&tile| split_of[tile] = number);
        (split.train.iter()).for_each(|&tile| trains[number][tile] = true);
    }
    let learns = |test: usize, other: usize| trains[split_of[test]][other];

    let mut overlapping = BTreeSet::new();
    neighbours(tiles, 0.0, |a, b, gap| {
        let side = |tile: usize| {
            let [left, bottom, right, top] = tiles[tile].bounds.unwrap_or_default();
            (right - left).min(top - bottom)
        };
        if -gap > ROUNDING * side(a).min(side(b)) {
            overlapping.extend(learns(a, b).then_some(a));
            overlapping.extend(learns(b, a).then_some(b));
        }
    });
    let mut equal: Vec<usize> = (duplicates.iter())
        .flat_map(|set| set.iter().filter(|&&a| set.iter().any(|&b| learns(a, b))))
        .copied()
        .collect();
    equal.sort_unstable();
    let mut of_one_group = Vec::new();
    for split in splits {
        let groups: BTreeSet<&str> = (split.train.iter())
            .map(|&tile| tiles[tile].group.as_str())
            .collect();
        let test = split.test.iter().copied();
        of_one_group.extend(test.filter(|&tile| groups.contains(tiles[tile].group.as_str())));
    }
    of_one_group.sort_unstable();
    Leaks {
        splits: splits.len(),
        overlapping: overlapping.into_iter().collect(),
        equal,
        of_one_group,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_both_sides_is_found() {
        // Tiles of 10 m: 0 and 1 overlap, 1 and 2 touch, 3 lies apart.
        let tiles: Vec<Tile> = [0.0, 6.0, 16.0, 90.0]
            .iter()
            .enumerate()
            .map(|(n, &left)| Tile {
                id: n.to_string(),
                region: String::new(),
                group: ["a", "b", "b", "c"][n].into(),
                label: 0,
                source: String::new(),
                bounds: Some([left, 0.0, left + 10.0, 10.0]),
                epsg: None,
            })
            .collect();
        let split = |test: &[usize], train: &[usize]| Split {
            name: String::new(),
            train: train.to_vec(),
            test: test.to_vec(),
        };
        let found = |splits: &[Split]| leaks(splits, &tiles, &[vec![0, 3]]);
        let apart = found(&[split(&[0, 2], &[1, 3]), split(&[1, 3], &[0, 2])]);
        assert_eq!(apart.overlapping, [0, 1]);
        assert_eq!((apart.equal, apart.of_one_group), (vec![0, 3], vec![1, 2]));
        // Without tile 1 to train on, tile 0 has nothing in common with its split.
        let buffered = found(&[split(&[0, 2], &[3]), split(&[1, 3], &[2])]);
        assert_eq!(buffered.overlapping, [0; 0]);
        assert_eq!((buffered.equal, buffered.of_one_group), (vec![0], vec![1]));
    }
}
