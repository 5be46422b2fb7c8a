//! Formulas, and recipes in the metadata of models: refused, or they survive being written and make
//! channels of a tile.
#![no_main]

use edgefront_tiles::recipe::{Formula, Grid, Recipe, Scratch};
use libfuzzer_sys::fuzz_target;

const KEYS: [&str; 6] = [
    "bands",
    "normalization",
    "raw_bands",
    "formulas",
    "unscaled",
    "scalings",
];

fuzz_target!(|text: &str| {
    if let Ok(formula) = Formula::parse(text) {
        let again = Formula::parse(&formula.to_string());
        assert_eq!(again.expect("what was written is read"), formula);
    }
    let lines = text.lines().map(str::to_owned);
    let metadata: Vec<_> = KEYS.map(str::to_owned).into_iter().zip(lines).collect();
    let Ok(recipe) = Recipe::from_metadata(&metadata) else {
        return;
    };
    let written = recipe.to_metadata();
    let again = Recipe::from_metadata(&written).expect("what was written is read");
    assert_eq!(again.to_metadata(), written);
    let raw: Vec<f32> = (0..9 * recipe.bands().len())
        .map(|i| (i % 7) as f32)
        .collect();
    let mut out = Vec::new();
    recipe.apply(
        &[&raw],
        &Grid::new(3, None),
        &mut Scratch::default(),
        &mut out,
    );
    assert_eq!(out.len(), 9 * recipe.channels().len());
});
