use edgefront_random::Key;

use super::{Fold, FoldOptions, Split, check_count, class_count, numbered, splits};
use crate::dataset::Tile;
use crate::error::Error;

/// Each fold holds the same share of each class, to within one tile.
///
/// Tiles are dealt at random without regard to where they lie: tiles next to each other land on
/// both sides, so accuracy is optimistic for places not seen.
pub struct Stratified;

impl Fold for Stratified {
    fn name(&self) -> &'static str {
        "stratified"
    }

    fn split(&self, tiles: &[Tile], options: &FoldOptions, key: Key) -> Result<Vec<Split>, Error> {
        check_count(self, options)?;
        let folds = options.count;
        let mut fold_of = vec![0; tiles.len()];
        // The next class goes on where the last one stopped, so that sizes differ by one at most.
        let mut next = 0;
        for class in 0..class_count(tiles) {
            let mut members: Vec<usize> = (0..tiles.len())
                .filter(|&tile| tiles[tile].label == class)
                .collect();
            if members.len() < folds {
                return Err(Error::Fold {
                    fold: self.name(),
                    reason: format!(
                        "class {class} has {} tiles; expected at least one for each of {folds} folds",
                        members.len()
                    ),
                });
            }
            key.with("class", class as u64)
                .stream()
                .shuffle(&mut members);
            for tile in members {
                fold_of[tile] = next % folds;
                next += 1;
            }
        }
        splits(self, tiles, &fold_of, numbered(folds))
    }
}
