use std::collections::BTreeMap;

use edgefront_random::Key;

use super::balance::{balance, unit_members};
use super::{Fold, FoldOptions, Split, check_count, fault, numbered, splits};
use crate::dataset::Tile;
use crate::error::Error;

/// No group is in two folds; folds are balanced in classes and size as well as groups
/// allow.
pub struct Grouped;

impl Fold for Grouped {
    fn name(&self) -> &'static str {
        "grouped"
    }

    fn split(&self, tiles: &[Tile], options: &FoldOptions, key: Key) -> Result<Vec<Split>, Error> {
        check_count(self, options)?;
        let folds = options.count;
        let Some(groups) = groups_of(tiles) else {
            return Err(fault(
                self,
                "each tile is its own group, so there is nothing to keep together; expected \
                 groups, such as the column source of labels.csv"
                    .to_owned(),
            ));
        };
        let groups = unit_members(&groups);
        if groups.len() < folds {
            return Err(fault(
                self,
                format!(
                    "{} groups; expected at least one for each of {folds} folds",
                    groups.len()
                ),
            ));
        }
        let fold_of = balance(tiles, groups, folds, key.with("groups", 0));
        splits(self, tiles, &fold_of, numbered(folds))
    }

    fn units(&self, tiles: &[Tile], _options: &FoldOptions) -> Result<Option<Vec<usize>>, Error> {
        Ok(groups_of(tiles))
    }
}

/// The number of each tile's group, in the order of the groups' names; `None` if no two tiles
/// share one.
pub(super) fn groups_of(tiles: &[Tile]) -> Option<Vec<usize>> {
    let mut numbers: BTreeMap<&str, usize> =
        tiles.iter().map(|tile| (tile.group.as_str(), 0)).collect();
    for (place, number) in numbers.values_mut().enumerate() {
        *number = place;
    }
    (numbers.len() < tiles.len()).then(|| {
        tiles
            .iter()
            .map(|tile| numbers[tile.group.as_str()])
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::tile;
    use super::*;
    use crate::fold::counts_by_class;

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
        for split in Grouped
            .split(&tiles, &FoldOptions::new(5), Key::new(3))
            .unwrap()
        {
            let counts = counts_by_class(&tiles, &split.test, 2);
            assert!(counts.iter().all(|&n| (36..=44).contains(&n)), "{counts:?}");
        }
    }
}
