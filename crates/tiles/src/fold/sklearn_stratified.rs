use super::mersenne_twister::MersenneTwister;
use super::{Fold, FoldOptions, Setting, Split, check_count, class_count, numbered, splits};
use crate::dataset::Tile;
use crate::error::Error;
use edgefront_random::Key;

/// What scikit-learn's `StratifiedKFold(count, shuffle=True, random_state=...)` deals, tile by
/// tile: for comparison with studies that used it.
///
/// The classes are numbered in the order in which the tiles first show them. The tiles, sorted by
/// class, are dealt in turn to say how many of each class a fold gets; then each class shuffles
/// its own list of folds with one generator, NumPy's `RandomState`. (Checked against scikit-learn
/// 1.9; the rule has been the same since 0.22.) The tiles must be in the order that the study had
/// them in. [`FoldOptions::random_state`] decides, and the key has no say.
pub struct SklearnStratified;

/// What the drainage-crossing study, and half of the world, passes as `random_state`.
const RANDOM_STATE: u32 = 42;

impl Fold for SklearnStratified {
    fn name(&self) -> &'static str {
        "sklearn-stratified"
    }

    fn settings(&self) -> &'static [Setting] {
        &[Setting::RandomState]
    }

    fn split(&self, tiles: &[Tile], options: &FoldOptions, _key: Key) -> Result<Vec<Split>, Error> {
        check_count(self, options)?;
        let seed = options.random_state.unwrap_or(RANDOM_STATE);
        let fold_of = deal(tiles, options.count, seed);
        splits(self, tiles, &fold_of, numbered(options.count))
    }
}

/// The fold of each tile.
fn deal(tiles: &[Tile], folds: usize, seed: u32) -> Vec<usize> {
    let mut generator = MersenneTwister::new(seed);
    let mut fold_of = vec![0; tiles.len()];
    let mut before = 0;
    for class in classes_as_met(tiles) {
        let members: Vec<usize> = (0..tiles.len())
            .filter(|&tile| tiles[tile].label == class)
            .collect();
        // Place n of the tiles sorted by class counts for fold n mod `folds`; the list of the
        // class names its folds in ascending order.
        let mut shares = vec![0usize; folds];
        for place in before..before + members.len() {
            shares[place % folds] += 1;
        }
        before += members.len();
        let mut dealt: Vec<usize> = (shares.iter().enumerate())
            .flat_map(|(fold, &share)| std::iter::repeat_n(fold, share))
            .collect();
        generator.shuffle(&mut dealt);
        for (tile, fold) in members.into_iter().zip(dealt) {
            fold_of[tile] = fold;
        }
    }
    fold_of
}

/// The classes that occur, in the order of their first tiles.
fn classes_as_met(tiles: &[Tile]) -> Vec<usize> {
    let mut seen = vec![false; class_count(tiles)];
    (tiles.iter().map(|tile| tile.label))
        .filter(|&label| !std::mem::replace(&mut seen[label], true))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::tile;
    use super::*;

    /// Made by `fixtures/sklearn_folds.py`: what scikit-learn deals, run-length encoded.
    const CASES: &str = include_str!("../../fixtures/sklearn_folds.csv");

    /// The 64-bit FNV-1a sum of numbers below 256.
    fn fingerprint(numbers: &[usize]) -> u64 {
        numbers.iter().fold(0xcbf2_9ce4_8422_2325, |sum, &number| {
            (sum ^ number as u64).wrapping_mul(0x0100_0000_01b3)
        })
    }

    #[test]
    fn the_folds_are_those_of_scikit_learn() {
        let mut cases = 0;
        for line in CASES.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let number = |field: usize| fields[field].parse::<u64>().unwrap();
            let size = |field: usize| number(field) as usize;
            let (classes, stride, modulus) = (size(1), size(2), size(3));
            let label = |n: usize| classes - 1 - (n * stride % modulus).isqrt() % classes;
            let tiles: Vec<Tile> = (0..size(0)).map(|n| tile(n, label(n), n, 0)).collect();
            let dealt = deal(&tiles, size(4), number(5) as u32);
            let head: String = dealt[..12].iter().map(ToString::to_string).collect();
            assert_eq!(head, fields[6], "{line}");
            assert_eq!(fingerprint(&dealt), number(7), "{line}");
            cases += 1;
        }
        assert!(cases >= 30, "{cases} cases");
    }
}
