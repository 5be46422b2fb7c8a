use std::collections::BTreeSet;

use edgefront_random::Key;

use super::grouped::groups_of;
use super::{Fold, FoldOptions, Split, splits};
use crate::dataset::Tile;
use crate::error::Error;

/// Each region is the test set once: how well a model does at a place it has not seen.
///
/// The regions say how many folds there are; the number asked for and the key are not used.
pub struct LeaveOneRegionOut;

impl Fold for LeaveOneRegionOut {
    fn name(&self) -> &'static str {
        "region"
    }

    fn split(
        &self,
        tiles: &[Tile],
        _options: &FoldOptions,
        _key: Key,
    ) -> Result<Vec<Split>, Error> {
        let regions: BTreeSet<&str> = tiles.iter().map(|tile| tile.region.as_str()).collect();
        let regions: Vec<&str> = regions.into_iter().collect();
        if regions.len() < 2 {
            return Err(Error::Fold {
                fold: self.name(),
                reason: format!(
                    "there is one region only ({}); expected at least 2",
                    regions.join(", ")
                ),
            });
        }
        let fold_of: Vec<usize> = tiles
            .iter()
            .map(|tile| {
                regions
                    .binary_search(&tile.region.as_str())
                    .expect("the regions were taken from these tiles")
            })
            .collect();
        let names = regions.into_iter().map(str::to_owned).collect();
        splits(self, tiles, &fold_of, names)
    }

    /// The groups: a region is too much to be held back of a few.
    fn units(&self, tiles: &[Tile], _options: &FoldOptions) -> Result<Option<Vec<usize>>, Error> {
        Ok(groups_of(tiles))
    }
}
