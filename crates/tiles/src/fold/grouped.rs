use std::cmp::Reverse;
use std::collections::BTreeMap;

use edgefront_random::Key;

use super::{Fold, Split, check_count, class_count, counts_by_class, numbered, splits};
use crate::dataset::Tile;
use crate::error::Error;

/// No group is in two folds; folds are balanced in classes and size as well as groups allow.
///
/// The largest group goes first. Each goes to the fold where it adds least to the sum over folds
/// and classes of the squared share of the class, which is least when all folds are alike; among
/// equals to the smallest fold. (The greedy rule of scikit-learn's `StratifiedGroupKFold`, with
/// a sum of squares for its standard deviation.)
pub struct Grouped;

impl Fold for Grouped {
    fn name(&self) -> &'static str {
        "grouped"
    }

    fn split(&self, tiles: &[Tile], folds: usize, key: Key) -> Result<Vec<Split>, Error> {
        check_count(self, folds)?;
        let groups = self.groups(tiles, folds, key)?;
        let classes = class_count(tiles);
        let all: Vec<usize> = (0..tiles.len()).collect();
        let totals = counts_by_class(tiles, &all, classes);
        let mut filled = vec![vec![0usize; classes]; folds];
        let mut fold_of = vec![0; tiles.len()];
        for group in groups {
            let added = counts_by_class(tiles, &group, classes);
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
            for tile in group {
                fold_of[tile] = best;
            }
        }
        splits(self, tiles, &fold_of, numbered(folds))
    }
}

impl Grouped {
    /// The tiles of each group, the largest group first, equal ones in random order.
    fn groups(&self, tiles: &[Tile], folds: usize, key: Key) -> Result<Vec<Vec<usize>>, Error> {
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, tile) in tiles.iter().enumerate() {
            by_name.entry(&tile.group).or_default().push(place);
        }
        let fail = |reason| {
            Err(Error::Fold {
                fold: self.name(),
                reason,
            })
        };
        if by_name.len() == tiles.len() {
            return fail(
                "each tile is its own group, so there is nothing to keep together; expected \
                 groups, such as the column source of labels.csv"
                    .to_owned(),
            );
        }
        if by_name.len() < folds {
            return fail(format!(
                "{} groups; expected at least one for each of {folds} folds",
                by_name.len()
            ));
        }
        let mut groups: Vec<_> = by_name.into_values().collect();
        key.with("groups", 0).stream().shuffle(&mut groups);
        groups.sort_by_key(|group| Reverse(group.len()));
        Ok(groups)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::tile;
    use super::*;

    #[test]
    fn classes_are_balanced_over_folds() {
        // Forty groups of ten tiles, each mostly of one class.
        let tiles: Vec<_> = (0..400)
            .map(|n| {
                tile(
                    n,
                    usize::from((n / 10) % 2 == 0) ^ usize::from(n % 10 == 0),
                    n / 10,
                    0,
                )
            })
            .collect();
        for split in Grouped.split(&tiles, 5, Key::new(3)).unwrap() {
            let counts = counts_by_class(&tiles, &split.test, 2);
            assert!(counts.iter().all(|&n| (36..=44).contains(&n)), "{counts:?}");
        }
    }
}
