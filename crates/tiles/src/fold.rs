//! Cross-validation: which tiles train and which test.

mod balance;
mod blocks;
mod buffer;
mod grouped;
mod mersenne_twister;
mod region;
mod sklearn_stratified;
mod stratified;

pub use blocks::Blocks;
pub use grouped::Grouped;
pub use region::LeaveOneRegionOut;
pub use sklearn_stratified::SklearnStratified;
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

    /// The settings that it takes beside the number of folds and the buffer.
    fn settings(&self) -> &'static [Setting] {
        &[]
    }

    /// The splits, which depend on nothing but the arguments. The buffer is no concern of a rule:
    /// [`deal`] sees to it.
    ///
    /// # Errors
    /// [`Error::Fold`] if the tiles cannot be dealt so: fewer than two folds, more folds than there
    /// are tiles of a class or groups, fewer than two regions, or a fold without one of the classes.
    /// Classes are named by their number.
    fn split(&self, tiles: &[Tile], options: &FoldOptions, key: Key) -> Result<Vec<Split>, Error>;

    /// The number of the unit that each tile belongs to, where the rule deals whole units: tiles
    /// that are also kept together where some training tiles are held back to validate with.
    /// `None` where it deals tile by tile.
    ///
    /// # Errors
    /// As [`Fold::split`].
    fn units(&self, _tiles: &[Tile], _options: &FoldOptions) -> Result<Option<Vec<usize>>, Error> {
        Ok(None)
    }
}

/// How tiles are to be dealt. A setting that a rule does not take must be `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct FoldOptions {
    /// Number of folds, at least 2; a rule whose folds the tiles decide passes over it.
    pub count: usize,
    /// Side of the blocks of [`Blocks`], above 0, in units of the tiles' coordinate system.
    pub block_size: Option<f64>,
    /// The seed of [`SklearnStratified`].
    pub random_state: Option<u32>,
    /// Training tiles that lie no farther than this from a test tile are left out, in units of
    /// the tiles' coordinate system; 0 leaves out none.
    pub buffer: f64,
}

impl FoldOptions {
    /// So many folds, without any other setting.
    #[must_use]
    pub fn new(count: usize) -> Self {
        Self {
            count,
            block_size: None,
            random_state: None,
            buffer: 0.0,
        }
    }
}

/// A setting that only some rules take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// [`FoldOptions::block_size`].
    BlockSize,
    /// [`FoldOptions::random_state`].
    RandomState,
}

impl Setting {
    const ALL: [Self; 2] = [Self::BlockSize, Self::RandomState];

    /// The name in study files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BlockSize => "block_size",
            Self::RandomState => "random_state",
        }
    }

    fn is_given(self, options: &FoldOptions) -> bool {
        match self {
            Self::BlockSize => options.block_size.is_some(),
            Self::RandomState => options.random_state.is_some(),
        }
    }
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

/// Deals tiles by a rule, and leaves out training tiles within the buffer of a test tile.
///
/// # Errors
/// [`Error::Fold`] if an option is given that the rule does not take or is out of its range, and
/// as [`Fold::split`]; with a buffer also if the place of a tile is unknown, or a split has no
/// training tile of some class left.
pub fn deal(
    rule: &dyn Fold,
    tiles: &[Tile],
    options: &FoldOptions,
    key: Key,
) -> Result<Vec<Split>, Error> {
    for setting in Setting::ALL {
        if setting.is_given(options) && !rule.settings().contains(&setting) {
            return Err(fault(
                rule,
                format!("{} is given, which this rule does not take", setting.name()),
            ));
        }
    }
    let mut splits = rule.split(tiles, options, key)?;
    if options.buffer != 0.0 {
        buffer::apply(rule, tiles, options.buffer, &mut splits)?;
    }
    Ok(splits)
}

/// All rules.
#[must_use]
pub fn registry() -> &'static [&'static dyn Fold] {
    &[
        &Stratified,
        &SklearnStratified,
        &Grouped,
        &LeaveOneRegionOut,
        &Blocks,
    ]
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

fn fault(rule: &dyn Fold, reason: String) -> Error {
    Error::Fold {
        fold: rule.name(),
        reason,
    }
}

fn check_count(rule: &dyn Fold, options: &FoldOptions) -> Result<(), Error> {
    match options.count {
        0 | 1 => Err(fault(
            rule,
            format!("{} folds; expected at least 2", options.count),
        )),
        _ => Ok(()),
    }
}

/// The splits in which the tiles of `fold_of` equal to `n` are the test tiles of `names[n]`.
fn splits(
    rule: &dyn Fold,
    tiles: &[Tile],
    fold_of: &[usize],
    names: Vec<String>,
) -> Result<Vec<Split>, Error> {
    let splits: Vec<Split> = (names.into_iter().enumerate())
        .map(|(fold, name)| {
            let (test, train) = (0..tiles.len()).partition(|&tile| fold_of[tile] == fold);
            Split { name, train, test }
        })
        .collect();
    check_classes(rule, tiles, &splits)?;
    Ok(splits)
}

/// Every split must have each class to train on and to test on.
fn check_classes(rule: &dyn Fold, tiles: &[Tile], splits: &[Split]) -> Result<(), Error> {
    let classes = class_count(tiles);
    let missing = |members: &[usize]| {
        let counts = counts_by_class(tiles, members, classes);
        counts.iter().position(|&count| count == 0)
    };
    for Split { name, train, test } in splits {
        if let Some(class) = missing(train) {
            return Err(fault(
                rule,
                format!("without {name} no tile of class {class} is left to train on"),
            ));
        }
        if let Some(class) = missing(test) {
            return Err(fault(
                rule,
                format!(
                    "{name} holds no tile of class {class} to test on; expected every class in it"
                ),
            ));
        }
    }
    Ok(())
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
            // Tiles of a group lie side by side, groups 500 m apart.
            bounds: Some({
                let left = 500.0 * group as f64 + 10.0 * (number % 10) as f64;
                let bottom = 10.0 * (number / 10) as f64;
                [left, bottom, left + 10.0, bottom + 10.0]
            }),
            epsg: Some(26914),
        }
    }

    /// As many folds, and what else the rule needs.
    fn options(rule: &dyn Fold, count: usize) -> FoldOptions {
        let mut options = FoldOptions::new(count);
        if rule.settings().contains(&Setting::BlockSize) {
            options.block_size = Some(500.0);
        }
        options
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
                let Ok(splits) = rule.split(&tiles, &options(*rule, folds), Key::new(seed)) else { continue };
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
                prop_assert_eq!(&splits, &rule.split(&tiles, &options(*rule, folds), Key::new(seed)).unwrap());
            }
        }

        #[test]
        fn classes_are_spread_evenly(tiles in tiles(), folds in 2usize..5, seed: u64) {
            let Ok(splits) = Stratified.split(&tiles, &FoldOptions::new(folds), Key::new(seed)) else {
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
            if let Ok(splits) = Grouped.split(&tiles, &FoldOptions::new(folds), Key::new(seed)) {
                prop_assert_eq!(splits.len(), folds);
                for split in splits {
                    for &test in &split.test {
                        prop_assert!(split.train.iter().all(|&t| tiles[t].group != tiles[test].group));
                    }
                }
            }
            if let Ok(splits) = LeaveOneRegionOut.split(&tiles, &FoldOptions::new(folds), Key::new(seed)) {
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
        let a = Stratified
            .split(&tiles, &FoldOptions::new(5), Key::new(1))
            .unwrap();
        let b = Stratified
            .split(&tiles, &FoldOptions::new(5), Key::new(2))
            .unwrap();
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
            ("blocks", 2, &pairs, "block_size is not given"),
        ] {
            let error = by_name(rule)
                .unwrap()
                .split(tiles, &FoldOptions::new(folds), Key::new(0))
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
        let error = LeaveOneRegionOut
            .split(&tiles, &FoldOptions::new(0), Key::new(0))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "region folds: region2 holds no tile of class 0 to test on; expected every class in it"
        );
    }
}
