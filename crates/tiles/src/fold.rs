//! Cross-validation: which tiles train and which test.

mod grouped;
mod region;
mod stratified;

pub use grouped::Grouped;
pub use region::LeaveOneRegionOut;
pub use stratified::Stratified;

use edgefront_random::Key;

use crate::dataset::Tile;
use crate::error::Error;

/// A rule that deals tiles into folds.
///
/// Every tile is a test tile of exactly one split and a training tile of all others, and both sets
/// of every split hold all classes. A new rule is one file with an implementation and one line in
/// [`registry`].
pub trait Fold: Sync {
    /// The name in study files.
    fn name(&self) -> &'static str;

    /// The splits, which depend on nothing but the arguments.
    ///
    /// # Errors
    /// [`Error::Fold`] if the tiles cannot be dealt so: fewer than two folds, more folds than there
    /// are tiles of a class or groups, fewer than two regions, or a fold without one of the classes.
    /// Classes are named by their number.
    fn split(&self, tiles: &[Tile], folds: usize, key: Key) -> Result<Vec<Split>, Error>;
}

/// One division of the tiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// What the test tiles are, such as `fold 1` or `Illinois`.
    pub name: String,
    /// Places of the training tiles, ascending.
    pub train: Vec<usize>,
    /// Places of the test tiles, ascending.
    pub test: Vec<usize>,
}

/// All rules.
#[must_use]
pub fn registry() -> &'static [&'static dyn Fold] {
    &[&Stratified, &Grouped, &LeaveOneRegionOut]
}

/// The rule of this name.
///
/// # Errors
/// [`Error::UnknownName`] lists the names there are.
pub fn by_name(name: &str) -> Result<&'static dyn Fold, Error> {
    registry()
        .iter()
        .copied()
        .find(|fold| fold.name() == name)
        .ok_or_else(|| Error::UnknownName {
            kind: "fold rule",
            name: name.to_owned(),
            known: registry()
                .iter()
                .map(|fold| fold.name())
                .collect::<Vec<_>>()
                .join(", "),
        })
}

fn check_count(rule: &dyn Fold, folds: usize) -> Result<(), Error> {
    if folds >= 2 {
        return Ok(());
    }
    Err(Error::Fold {
        fold: rule.name(),
        reason: format!("{folds} folds; expected at least 2"),
    })
}

/// The splits in which the tiles of `fold_of` equal to `n` are the test tiles of `names[n]`.
fn splits(
    rule: &dyn Fold,
    tiles: &[Tile],
    fold_of: &[usize],
    names: Vec<String>,
) -> Result<Vec<Split>, Error> {
    let classes = class_count(tiles);
    names
        .into_iter()
        .enumerate()
        .map(|(fold, name)| {
            let (test, train): (Vec<usize>, Vec<usize>) =
                (0..tiles.len()).partition(|&tile| fold_of[tile] == fold);
            let missing = |members: &[usize]| {
                let counts = counts_by_class(tiles, members, classes);
                counts.iter().position(|&count| count == 0)
            };
            let fault = |reason| Error::Fold {
                fold: rule.name(),
                reason,
            };
            if let Some(class) = missing(&train) {
                let reason = format!("without {name} no tile of class {class} is left to train on");
                return Err(fault(reason));
            }
            if let Some(class) = missing(&test) {
                let reason = format!(
                    "{name} holds no tile of class {class} to test on; expected every class in it"
                );
                return Err(fault(reason));
            }
            Ok(Split { name, train, test })
        })
        .collect()
}

fn numbered(folds: usize) -> Vec<String> {
    (1..=folds).map(|fold| format!("fold {fold}")).collect()
}

fn class_count(tiles: &[Tile]) -> usize {
    tiles.iter().map(|tile| tile.label + 1).max().unwrap_or(0)
}

fn counts_by_class(tiles: &[Tile], members: &[usize], classes: usize) -> Vec<usize> {
    let mut counts = vec![0; classes];
    for &tile in members {
        counts[tiles[tile].label] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(in crate::fold) fn tile(number: usize, label: usize, group: usize, region: usize) -> Tile {
        Tile {
            id: number.to_string(),
            region: format!("region{region}"),
            group: format!("group{group}"),
            label,
            source: String::new(),
            bounds: None,
            epsg: None,
        }
    }

    /// Tiles of two classes in up to eight groups of four regions.
    fn tiles() -> impl Strategy<Value = Vec<Tile>> {
        prop::collection::vec((0usize..2, 0usize..8), 24..120).prop_map(|rows| {
            rows.into_iter()
                .enumerate()
                .map(|(number, (label, group))| tile(number, label, group, group % 4))
                .collect()
        })
    }

    proptest! {
        #[test]
        fn every_tile_is_tested_once(tiles in tiles(), folds in 2usize..5, seed: u64) {
            for rule in registry() {
                let Ok(splits) = rule.split(&tiles, folds, Key::new(seed)) else { continue };
                let mut tested = vec![0; tiles.len()];
                for split in &splits {
                    prop_assert!(!split.test.is_empty(), "{}", rule.name());
                    for &tile in &split.test {
                        tested[tile] += 1;
                        prop_assert!(split.train.binary_search(&tile).is_err());
                    }
                    prop_assert_eq!(split.train.len() + split.test.len(), tiles.len());
                    prop_assert!(split.train.is_sorted() && split.test.is_sorted());
                }
                prop_assert!(tested.iter().all(|&count| count == 1), "{}", rule.name());
                prop_assert_eq!(&splits, &rule.split(&tiles, folds, Key::new(seed)).unwrap());
            }
        }

        #[test]
        fn classes_are_spread_evenly(tiles in tiles(), folds in 2usize..5, seed: u64) {
            let Ok(splits) = Stratified.split(&tiles, folds, Key::new(seed)) else {
                return Ok(());
            };
            for class in 0..2 {
                let counts: Vec<_> = (splits.iter())
                    .map(|split| counts_by_class(&tiles, &split.test, 2)[class])
                    .collect();
                prop_assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1);
            }
            let sizes: Vec<_> = splits.iter().map(|split| split.test.len()).collect();
            prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
        }

        #[test]
        fn groups_and_regions_stay_whole(tiles in tiles(), folds in 2usize..5, seed: u64) {
            if let Ok(splits) = Grouped.split(&tiles, folds, Key::new(seed)) {
                prop_assert_eq!(splits.len(), folds);
                for split in splits {
                    for &test in &split.test {
                        prop_assert!(split.train.iter().all(|&t| tiles[t].group != tiles[test].group));
                    }
                }
            }
            if let Ok(splits) = LeaveOneRegionOut.split(&tiles, folds, Key::new(seed)) {
                for split in splits {
                    prop_assert!(split.test.iter().all(|&t| tiles[t].region == split.name));
                    prop_assert!(split.train.iter().all(|&t| tiles[t].region != split.name));
                }
            }
        }
    }

    #[test]
    fn the_key_decides_who_is_tested_when() {
        let tiles: Vec<_> = (0..60).map(|n| tile(n, n % 2, n / 3, n / 15)).collect();
        let a = Stratified.split(&tiles, 5, Key::new(1)).unwrap();
        let b = Stratified.split(&tiles, 5, Key::new(2)).unwrap();
        assert_ne!(a, b);
    }

    #[test]
    fn impossible_folds_are_errors() {
        let twenty = |tile: &dyn Fn(usize) -> Tile| (0..20).map(tile).collect::<Vec<_>>();
        let plain = twenty(&|n| tile(n, n % 2, n, 0));
        // Each region has one class: whichever is left out, its class is gone.
        let pairs = twenty(&|n| tile(n, n % 2, n / 2, n % 2));
        let lone = twenty(&|n| tile(n, usize::from(n == 7), n / 4, n / 10));
        for (rule, folds, tiles, expected) in [
            ("stratified", 1, &plain, "1 folds; expected at least 2"),
            (
                "stratified",
                11,
                &plain,
                "class 0 has 10 tiles; expected at least one for each of 11 folds",
            ),
            ("stratified", 2, &lone, "class 1 has 1 tiles"),
            ("grouped", 0, &pairs, "0 folds; expected at least 2"),
            ("grouped", 5, &plain, "each tile is its own group"),
            (
                "grouped",
                11,
                &pairs,
                "10 groups; expected at least one for each of 11 folds",
            ),
            (
                "grouped",
                2,
                &lone,
                "no tile of class 1 is left to train on",
            ),
            ("region", 2, &plain, "one region only (region0)"),
            (
                "region",
                2,
                &pairs,
                "without region0 no tile of class 0 is left to train on",
            ),
        ] {
            let error = by_name(rule)
                .unwrap()
                .split(tiles, folds, Key::new(0))
                .unwrap_err()
                .to_string();
            assert!(error.contains(expected), "{error}");
        }
        assert!(by_name("random").is_err());
    }

    #[test]
    fn a_region_with_one_class_cannot_be_tested() {
        // Three regions of ten, the last without class 0.
        let tiles: Vec<_> = (0..30)
            .map(|n| tile(n, if n < 20 { n % 2 } else { 1 }, n, n / 10))
            .collect();
        let error = LeaveOneRegionOut.split(&tiles, 0, Key::new(0)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "region folds: region2 holds no tile of class 0 to test on; expected every class in it"
        );
    }
}
