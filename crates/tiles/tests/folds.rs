//! The fold rules on the real tiles of `shared/data/naip-trees` beside the checkout.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use edgefront_random::Key;
use edgefront_tiles::fold::{FoldOptions, Split, by_name};
use edgefront_tiles::{Dataset, PrepareOptions, Tile, prepare};

/// The tiles of these places, by a property of theirs.
fn distinct<'a>(
    tiles: &'a [Tile],
    members: &[usize],
    property: impl Fn(&'a Tile) -> &'a str,
) -> BTreeSet<&'a str> {
    members
        .iter()
        .map(|&place| property(&tiles[place]))
        .collect()
}

/// Test tiles of each class.
fn counts(tiles: &[Tile], split: &Split) -> [usize; 2] {
    let of = |label| {
        split
            .test
            .iter()
            .filter(|&&t| tiles[t].label == label)
            .count()
    };
    [of(0), of(1)]
}

#[test]
fn real_tiles_are_dealt_as_the_rules_say() {
    let input = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/naip-trees");
    if !input.exists() {
        // Straight to the stream: the harness hides what a passing test prints.
        let _ = writeln!(std::io::stderr(), "skipped: {} is absent", input.display());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("dataset");
    prepare(&PrepareOptions::new(input, &output), &mut |_, _| {}).unwrap();
    let dataset = Dataset::open(&output).unwrap();
    let tiles = dataset.tiles();
    let deal = |rule: &str, folds| {
        let splits = by_name(rule)
            .unwrap()
            .split(tiles, &FoldOptions::new(folds), Key::new(42));
        splits.unwrap_or_else(|error| panic!("{error}"))
    };

    for folds in [2, 5, 10] {
        let splits = deal("stratified", folds);
        assert_eq!(splits.len(), folds);
        for class in 0..2 {
            let counts: Vec<_> = splits.iter().map(|s| counts(tiles, s)[class]).collect();
            let spread = counts.iter().max().unwrap() - counts.iter().min().unwrap();
            assert!(spread <= 1, "{counts:?}");
        }
    }

    // A group is a photograph, from which several tiles were cut.
    let everywhere: Vec<usize> = (0..tiles.len()).collect();
    let photographs = distinct(tiles, &everywhere, |tile| &tile.group);
    assert!(photographs.len() < tiles.len() / 2, "{}", photographs.len());
    let splits = deal("grouped", 5);
    for split in &splits {
        let train = distinct(tiles, &split.train, |tile| &tile.group);
        let test = distinct(tiles, &split.test, |tile| &tile.group);
        assert!(train.is_disjoint(&test));
        assert_eq!(train.len() + test.len(), photographs.len());
        // Whole photographs cannot be dealt as evenly as tiles, but nearly.
        for (class, count) in counts(tiles, split).into_iter().enumerate() {
            let all = tiles.iter().filter(|tile| tile.label == class).count();
            let share = count as f64 / all as f64;
            assert!((0.17..0.23).contains(&share), "class {class}: {share}");
        }
    }

    let splits = deal("region", 0);
    let names: Vec<_> = splits.iter().map(|split| split.name.as_str()).collect();
    assert_eq!(
        names,
        ["claremont", "long_beach", "palm_springs", "riverside"]
    );
    for split in &splits {
        let test = distinct(tiles, &split.test, |tile| &tile.region);
        assert_eq!(test, BTreeSet::from([split.name.as_str()]));
        let train = distinct(tiles, &split.train, |tile| &tile.region);
        assert!(train.len() == 3 && train.is_disjoint(&test));
    }
}
