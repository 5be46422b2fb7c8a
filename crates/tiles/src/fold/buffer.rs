//! A gap between training and test tiles.

use super::{Fold, Split, check_classes, fault};
use crate::dataset::Tile;
use crate::error::Error;
use crate::neighbours::neighbours;

/// Leaves out the training tiles that lie no farther than this from a test tile.
///
/// Within a few hundred metres the same fields, roads and photographs go on, so that a model may
/// know a test tile from its neighbour.
pub(super) fn apply(
    rule: &dyn Fold,
    tiles: &[Tile],
    distance: f64,
    splits: &mut [Split],
) -> Result<(), Error> {
    if !(distance > 0.0 && distance.is_finite()) {
        return Err(fault(
            rule,
            format!("buffer is {distance}; expected 0 or above"),
        ));
    }
    if let Some(tile) = tiles.iter().find(|tile| tile.bounds.is_none()) {
        return Err(fault(
            rule,
            format!(
                "tile {} has no bounds; expected georeferenced tiles for a buffer",
                tile.id
            ),
        ));
    }
    let mut near = vec![Vec::new(); tiles.len()];
    neighbours(tiles, distance, |a, b, _| {
        near[a].push(b);
        near[b].push(a);
    });
    for split in splits.iter_mut() {
        let mut tested = vec![false; tiles.len()];
        for &tile in &split.test {
            tested[tile] = true;
        }
        split
            .train
            .retain(|&tile| near[tile].iter().all(|&other| !tested[other]));
    }
    check_classes(rule, tiles, splits)
}

#[cfg(test)]
mod tests {
    use super::super::tests::tile;
    use super::super::{FoldOptions, Grouped, Stratified, deal};
    use super::*;
    use edgefront_random::Key;

    #[test]
    fn training_tiles_near_test_tiles_are_left_out() {
        // Forty tiles side by side in rows of ten; those of a group, one row, touch.
        let tiles: Vec<Tile> = (0..40)
            .map(|n| Tile {
                group: format!("row{}", n / 10),
                ..tile(n, n % 2, 0, 0)
            })
            .collect();
        let options = FoldOptions {
            buffer: 9.0,
            ..FoldOptions::new(4)
        };
        let plain = deal(&Grouped, &tiles, &FoldOptions::new(4), Key::new(1)).unwrap();
        let buffered = deal(&Grouped, &tiles, &options, Key::new(1)).unwrap();
        for (plain, buffered) in plain.iter().zip(&buffered) {
            assert_eq!(plain.test, buffered.test);
            let row = plain.test[0] / 10;
            let kept: Vec<usize> = (plain.train.iter().copied())
                .filter(|&tile| (tile / 10).abs_diff(row) > 1)
                .collect();
            assert_eq!(buffered.train, kept);
        }
        // Around tiles that are dealt at random nothing is left to train on.
        let options = |buffer| FoldOptions {
            buffer,
            ..FoldOptions::new(4)
        };
        let error = deal(&Stratified, &tiles, &options(60.0), Key::new(1)).unwrap_err();
        assert!(error.to_string().contains("left to train on"), "{error}");
        let options = options(-1.0);
        let error = deal(&Grouped, &tiles, &options, Key::new(1)).unwrap_err();
        assert!(error.to_string().contains("buffer is -1"), "{error}");
    }
}
