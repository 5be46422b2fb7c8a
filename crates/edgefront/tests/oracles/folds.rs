//! The folds of scikit-learn, tile by tile.

use edgefront::random::Key;
use edgefront::tiles::Tile;
use edgefront::tiles::fold::{FoldOptions, by_name, deal};

use crate::{judge, python, text, write};

#[test]
fn scikit_learn_deals_the_same_folds() {
    let Some(python) = python("numpy, sklearn") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("dealt");
    for (tiles, classes, folds, random_state) in [
        (40, 2, 2, 0),
        (12_068, 2, 5, 42),
        (1000, 3, 7, 1),
        (5000, 9, 10, u32::MAX),
    ] {
        let mut draws = Key::new(random_state.into())
            .with("labels", classes as u64)
            .stream();
        // Later classes are rarer.
        let mut label = || draws.below(classes).min(draws.below(classes));
        let tiles: Vec<Tile> = (0..tiles).map(|number| tile(number, label())).collect();
        let options = FoldOptions {
            random_state: Some(random_state),
            ..FoldOptions::new(folds)
        };
        let rule = by_name("sklearn-stratified").expect("a rule");
        let splits = deal(rule, &tiles, &options, Key::new(0)).expect("folds");
        // A row of labels and a row of folds.
        let mut rows: Vec<f32> = tiles.iter().map(|tile| tile.label as f32).collect();
        rows.resize(2 * tiles.len(), 0.0);
        for (fold, split) in splits.iter().enumerate() {
            for &place in &split.test {
                rows[tiles.len() + place] = fold as f32;
            }
        }
        write(&file, &rows);
        let [folds, random_state] = [folds.to_string(), random_state.to_string()];
        judge(
            &python,
            "check_folds.py",
            &[text(&file), &folds, &random_state],
        );
    }
}

fn tile(number: usize, label: usize) -> Tile {
    Tile {
        id: number.to_string(),
        region: String::new(),
        group: String::new(),
        label,
        source: String::new(),
        bounds: None,
        epsg: None,
    }
}
