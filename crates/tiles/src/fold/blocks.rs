use std::collections::BTreeMap;

use edgefront_random::Key;

use super::balance::{balance, unit_members};
use super::{Fold, FoldOptions, Setting, Split, check_count, fault, numbered, splits};
use crate::dataset::Tile;
use crate::error::Error;

/// The land is cut into square blocks, each of which is in one fold; folds are as alike in
/// classes and size as blocks allow.
///
/// A tile belongs to the block that its centre lies in. Tiles on both sides of a block's edge may
/// still touch: [`FoldOptions::buffer`] leaves those out. (Roberts et al., "Cross-validation
/// strategies for data with temporal, spatial, hierarchical, or phylogenetic structure",
/// Ecography 40, 2017.)
pub struct Blocks;

impl Fold for Blocks {
    fn name(&self) -> &'static str {
        "blocks"
    }

    fn settings(&self) -> &'static [Setting] {
        &[Setting::BlockSize]
    }

    fn split(&self, tiles: &[Tile], options: &FoldOptions, key: Key) -> Result<Vec<Split>, Error> {
        check_count(self, options)?;
        let folds = options.count;
        let blocks = unit_members(&self.blocks_of(tiles, options)?);
        if blocks.len() < folds {
            return Err(fault(
                self,
                format!(
                    "the tiles lie in {} blocks; expected at least one for each of {folds} folds: \
                     a smaller block_size",
                    blocks.len()
                ),
            ));
        }
        let fold_of = balance(tiles, blocks, folds, key.with("blocks", 0));
        splits(self, tiles, &fold_of, numbered(folds))
    }

    fn units(&self, tiles: &[Tile], options: &FoldOptions) -> Result<Option<Vec<usize>>, Error> {
        self.blocks_of(tiles, options).map(Some)
    }
}

/// Coordinates of two systems do not compare; where the system is unknown, those of two regions
/// may not either.
type Place<'a> = (Option<u32>, Option<&'a str>, [i64; 2]);

impl Blocks {
    /// The number of each tile's block, in the order of systems and coordinates.
    fn blocks_of(&self, tiles: &[Tile], options: &FoldOptions) -> Result<Vec<usize>, Error> {
        let Some(side) = options.block_size else {
            return Err(fault(
                self,
                "block_size is not given; expected the side of a block, in units of the tiles' \
                 coordinate system"
                    .to_owned(),
            ));
        };
        if !(side > 0.0 && side.is_finite()) {
            return Err(fault(
                self,
                format!("block_size is {side}; expected above 0"),
            ));
        }
        let places: Vec<Place<'_>> = (tiles.iter())
            .map(|tile| {
                let Some([left, bottom, right, top]) = tile.bounds else {
                    return Err(fault(
                        self,
                        format!(
                            "tile {} has no bounds; expected georeferenced tiles",
                            tile.id
                        ),
                    ));
                };
                let region = tile.epsg.is_none().then_some(tile.region.as_str());
                let block =
                    [left + right, bottom + top].map(|sum| (0.5 * sum / side).floor() as i64);
                Ok((tile.epsg, region, block))
            })
            .collect::<Result<_, _>>()?;
        let mut numbers: BTreeMap<Place<'_>, usize> =
            places.iter().map(|&place| (place, 0)).collect();
        for (order, number) in numbers.values_mut().enumerate() {
            *number = order;
        }
        Ok(places.iter().map(|place| numbers[place]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::tile;
    use super::*;

    fn options(side: f64) -> FoldOptions {
        FoldOptions {
            block_size: Some(side),
            ..FoldOptions::new(2)
        }
    }

    #[test]
    fn a_tile_belongs_to_the_block_of_its_centre() {
        // Ten tiles of 10 m side by side from 0: centres at 5, 15, ..., 95.
        let tiles: Vec<Tile> = (0..10).map(|n| tile(n, n % 2, 0, 0)).collect();
        let blocks = |side| Blocks.blocks_of(&tiles, &options(side)).unwrap();
        assert_eq!(blocks(50.0), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
        assert_eq!(blocks(32.0), [0, 0, 0, 1, 1, 1, 2, 2, 2, 2]);
        // The same coordinates in another zone, or in no system and another region, lie elsewhere.
        let mut elsewhere = tiles.clone();
        elsewhere[1].epsg = Some(26915);
        (elsewhere[2].epsg, elsewhere[3].epsg) = (None, None);
        elsewhere[3].region = "another".into();
        let blocks = Blocks.blocks_of(&elsewhere, &options(1e6)).unwrap();
        assert_eq!(blocks[..5], [2, 3, 1, 0, 2]);
    }

    #[test]
    fn what_cannot_be_cut_into_blocks_is_refused() {
        let mut tiles: Vec<Tile> = (0..10).map(|n| tile(n, n % 2, 0, 0)).collect();
        let message = |tiles: &[Tile], side| {
            let refused = Blocks.split(tiles, &options(side), Key::new(1));
            refused.unwrap_err().to_string()
        };
        assert!(message(&tiles, 0.0).contains("block_size is 0; expected above 0"));
        assert!(message(&tiles, f64::NAN).contains("block_size is NaN"));
        assert!(message(&tiles, 1e4).contains("the tiles lie in 1 blocks"));
        tiles[3].bounds = None;
        assert!(message(&tiles, 50.0).contains("tile 3 has no bounds"));
    }
}
