//! Tiles are cut out of scenes whose values are functions of the place, so that each pixel of a
//! tile tells whether it lies where it says.

mod scene;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use edgefront_tiles::crs::{Crs, Point, Transformer};
use edgefront_tiles::raster::{Raster, SampleType, read_raster, write_raster};
use edgefront_tiles::resample::RasterInput;
use edgefront_tiles::{
    ClipOptions, Dataset, Negatives, PrepareOptions, Unfit, VectorInput, clip, layout, prepare,
};
use proptest::prelude::*;
use scene::{SIZE, Scene, UTM};

type Row = BTreeMap<String, String>;

fn rows(root: &Path) -> Vec<Row> {
    let mut table = csv::Reader::from_path(root.join("labels.csv")).unwrap();
    table.deserialize().map(Result::unwrap).collect()
}

fn centre(row: &Row) -> [f64; 2] {
    ["x", "y"].map(|name| row[name].parse().unwrap())
}

fn tile(root: &Path, row: &Row, rasters: &str) -> Raster {
    let folder = root.join(&row["region"]).join(rasters).join(&row["label"]);
    read_raster(&folder.join(format!("{}.tif", row["name"]))).unwrap()
}

/// Every byte of a folder, by the path in it.
fn bytes(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

#[test]
fn tiles_lie_around_their_crossings_with_the_values_of_the_place() {
    let work = tempfile::tempdir().unwrap();
    let scene = Scene::new(work.path());
    let crossings = scene.crossings(&[[150.2, 120.7], [400.5, 300.5], [250.0, 330.9]]);
    let mut options = scene.options("tiles", &crossings);
    options.size = 64;
    let clipped = clip(&options, &mut |done, all| assert!(done <= all)).unwrap();
    assert_eq!((clipped.positives, clipped.negatives), (3, 3));
    assert!(clipped.left_out.is_empty());

    let places = [[150.2, 120.7], [400.5, 300.5], [250.0, 330.9]].map(scene::place);
    for row in rows(&options.output) {
        let [dem, image] = ["DEM", "Aer"].map(|rasters| tile(&options.output, &row, rasters));
        assert_eq!(
            (dem.width, dem.height, dem.bands, image.bands),
            (64, 64, 1, 4)
        );
        assert_eq!((dem.transform, dem.epsg), (image.transform, image.epsg));
        assert_eq!(dem.epsg, Some(UTM));
        let t = dem.transform.unwrap();
        let [x, y] = centre(&row);
        assert!((t.left + 32.0 - x).abs() < 1e-6 && (t.top - 32.0 - y).abs() < 1e-6);
        if row["label"] == "T" {
            let feature: usize = row["feature"].parse().unwrap();
            let place = places[feature - 1];
            // Half a pixel of the grid, and what the file rounds.
            assert!((place.x - x).abs() < 0.51 && (place.y - y).abs() < 0.51);
        } else {
            for place in places {
                let distance = (place.x - x).hypot(place.y - y);
                assert!(distance >= 64.0 * 1.41, "{distance} m");
            }
        }
        for (n, pixel) in image.samples.chunks_exact(4).enumerate() {
            let at = Point {
                x: t.left + (n % 64) as f64 + 0.5,
                y: t.top - (n / 64) as f64 - 0.5,
            };
            assert_eq!(dem.samples[n], scene::elevation(at) as f32);
            for (value, expected) in pixel.iter().zip(scene::colour(at)) {
                // Bytes, twice rounded.
                assert!(
                    (f64::from(*value) - expected).abs() < 1.1,
                    "{value} for {expected}"
                );
            }
        }
    }
}

#[test]
fn prepare_reads_what_was_clipped() {
    let work = tempfile::tempdir().unwrap();
    let scene = Scene::new(work.path());
    // The first two overlap, the third lies in another block.
    let crossings = scene.crossings(&[[100.0, 100.0], [130.0, 110.0], [450.0, 320.0]]);
    let mut options = scene.options("tiles", &crossings);
    options.size = 64;
    options.block = 200.0;
    let clipped = clip(&options, &mut |_, _| {}).unwrap();
    let rows = rows(&options.output);
    let groups: BTreeSet<&str> = rows.iter().map(|row| row["source"].as_str()).collect();
    assert_eq!(groups.len(), clipped.groups);
    let group = |feature: &str| {
        let row = rows.iter().find(|row| row["feature"] == feature).unwrap();
        row["source"].as_str()
    };
    assert_eq!(group("1"), group("2"));
    assert_ne!(group("1"), group("3"));

    let prepared = PrepareOptions::new(&options.output, work.path().join("dataset"));
    assert_eq!(prepare(&prepared, &mut |_, _| {}).unwrap().tiles, 6);
    let dataset = Dataset::open(&prepared.output).unwrap();
    assert_eq!(dataset.classes(), ["F", "T"]);
    let of_dataset: BTreeSet<&str> = dataset.tiles().iter().map(|t| t.group.as_str()).collect();
    assert_eq!(of_dataset, groups);
}

#[test]
fn the_threads_change_nothing_and_the_seed_does() {
    let work = tempfile::tempdir().unwrap();
    let scene = Scene::new(work.path());
    let crossings = scene.crossings(&[[150.0, 120.0], [400.0, 300.0]]);
    let roads = scene.roads(&[[[0.0, 200.0], [600.0, 200.0]]]);
    let of = |name: &str, seed: u64, threads: usize| {
        let mut options = scene.options(name, &crossings);
        options.size = 40;
        options.roads = Some(VectorInput::from(&roads));
        options.hard_negatives = 0.5;
        options.jitter = 5.0;
        options.negatives = Negatives::Count(8);
        (options.seed, options.threads) = (seed, threads);
        let clipped = clip(&options, &mut |_, _| {}).unwrap();
        assert_eq!((clipped.negatives, clipped.on_roads), (8, 4));
        bytes(&options.output)
    };
    let first = of("a", 1, 1);
    assert_eq!(first.len(), 2 * 10 + 1);
    assert_eq!(first, of("b", 1, 3));
    assert_ne!(first, of("c", 2, 1));
}

#[test]
fn hard_negatives_lie_on_roads() {
    let work = tempfile::tempdir().unwrap();
    let scene = Scene::new(work.path());
    let crossings = scene.crossings(&[[150.0, 200.0]]);
    let roads = scene.roads(&[[[0.0, 200.0], [600.0, 200.0]], [[9e4, 0.0], [9e4, 9.0]]]);
    let mut options = scene.options("tiles", &crossings);
    options.size = 40;
    options.roads = Some(VectorInput::from(&roads));
    options.hard_negatives = 1.0;
    options.negatives = Negatives::Count(6);
    clip(&options, &mut |_, _| {}).unwrap();
    let rows = rows(&options.output);
    let on_roads: Vec<_> = rows.iter().filter(|row| row["kind"] == "road").collect();
    assert_eq!(on_roads.len(), 6);
    for row in on_roads {
        let road = scene::place([0.0, 200.0]);
        assert!((centre(row)[1] - road.y).abs() <= 0.51, "{row:?}");
    }
}

#[test]
fn regions_are_added_and_replaced() {
    let work = tempfile::tempdir().unwrap();
    let scene = Scene::new(work.path());
    let crossings = scene.crossings(&[[150.0, 120.0], [400.0, 300.0]]);
    let mut options = scene.options("tiles", &crossings);
    options.size = 40;
    let regions = || {
        let layout = layout::detect(&options.output).unwrap();
        assert_eq!(layout.name(), "region-folders");
        let tiles = layout::scan(layout, &options.output, None).unwrap().tiles;
        let names = tiles.iter().map(|tile| tile.region.clone());
        let mut counts = BTreeMap::new();
        names.for_each(|name| *counts.entry(name).or_insert(0) += 1);
        counts.into_iter().collect::<Vec<_>>()
    };
    let expected = |pairs: &[(&str, i32)]| -> Vec<(String, i32)> {
        pairs
            .iter()
            .map(|&(name, n)| (name.to_owned(), n))
            .collect()
    };
    for region in ["east", "west"] {
        clip(
            &ClipOptions {
                region: region.to_owned(),
                ..options.clone()
            },
            &mut |_, _| {},
        )
        .unwrap();
    }
    assert_eq!(regions(), expected(&[("east", 4), ("west", 4)]));
    let east = std::fs::read(options.output.join("east/DEM/T/1.tif")).unwrap();
    let again = ClipOptions {
        region: "west".to_owned(),
        negatives: Negatives::Count(3),
        ..options.clone()
    };
    clip(&again, &mut |_, _| {}).unwrap();
    assert_eq!(regions(), expected(&[("east", 4), ("west", 5)]));
    assert_eq!(
        std::fs::read(options.output.join("east/DEM/T/1.tif")).unwrap(),
        east
    );

    // What is not ours stays.
    std::fs::write(options.output.join("thesis.txt"), "").unwrap();
    let message = clip(&again, &mut |_, _| {}).unwrap_err().to_string();
    assert!(message.contains("exists already"), "{message}");
    assert!(options.output.join("thesis.txt").exists());
}

#[test]
fn crossings_that_make_no_tile_are_counted() {
    let work = tempfile::tempdir().unwrap();
    let scene = Scene::new(work.path());
    let crossings = scene.crossings(&[
        [150.0, 120.0],
        [150.3, 120.3], // as good as the first
        [10.0, 120.0],  // reaches over the edge
        [9e4, 120.0],   // far away
        [500.0, 60.0],  // in the hole of the image
        [560.0, 360.0], // in the hole of the elevation
    ]);
    let mut options = scene.options("tiles", &crossings);
    options.size = 40;
    let clipped = clip(&options, &mut |_, _| {}).unwrap();
    assert_eq!((clipped.positives, clipped.merged), (1, 1));
    let reasons: Vec<_> = clipped
        .left_out
        .iter()
        .map(|l| (l.feature, l.reason))
        .collect();
    assert_eq!(
        reasons,
        [
            (3, Unfit::BeyondElevation),
            (4, Unfit::BeyondElevation),
            (5, Unfit::ImageMissing),
            (6, Unfit::ElevationMissing),
        ]
    );
    let tally = Unfit::tally(clipped.left_out.iter().map(|l| l.reason));
    assert!(
        tally.starts_with("2 reaching beyond the elevation, 1 with"),
        "{tally}"
    );

    options.crossings = VectorInput::from(scene.crossings(&[[9e4, 120.0], [1.0, 1.0]]));
    let message = clip(&options, &mut |_, _| {}).unwrap_err().to_string();
    assert!(message.contains("none of the 2 crossings"), "{message}");
    assert!(
        message.contains("2 reaching beyond the elevation"),
        "{message}"
    );
    assert!(message.contains("the first lies at x 520000"), "{message}");
}

#[test]
fn what_cannot_be_clipped_is_an_error_that_says_why() {
    let work = tempfile::tempdir().unwrap();
    let scene = Scene::new(work.path());
    let crossings = scene.crossings(&[[300.0, 200.0]]);
    let mut options = scene.options("tiles", &crossings);
    options.size = 64;
    let message = |options: &ClipOptions| {
        let message = clip(options, &mut |_, _| {}).unwrap_err().to_string();
        assert!(!options.output.exists());
        message
    };

    let mut crowded = options.clone();
    crowded.negatives = Negatives::Count(1000);
    let found = message(&crowded);
    assert!(found.starts_with("room for only"), "{found}");
    assert!(found.contains("of 1000 negatives") && found.contains("too near a crossing"));

    let mut swapped = options.clone();
    std::mem::swap(&mut swapped.rasters.dem, &mut swapped.rasters.image);
    let found = message(&swapped);
    assert!(
        found.contains("has 4 bands; expected one, the elevation"),
        "{found}"
    );

    let mut apart = options.clone();
    apart.rasters.image.crs = Some(Crs::from_epsg(26916).unwrap());
    let found = message(&apart);
    assert!(found.contains("do not overlap"), "{found}");

    let mut bare = read_raster(&options.rasters.dem.paths[0]).unwrap();
    bare.epsg = None;
    let path = work.path().join("bare.tif");
    write_raster(&path, &bare, SampleType::Float32).unwrap();
    options.rasters.dem = RasterInput::from_iter([&path]);
    let found = message(&options);
    assert!(found.contains("bare.tif has no EPSG code"), "{found}");
    options.rasters.dem.crs = Some(Crs::from_epsg(UTM).unwrap());
    clip(&options, &mut |_, _| {}).unwrap();
}

#[test]
fn tiles_can_have_a_system_and_a_resolution_of_their_own() {
    let work = tempfile::tempdir().unwrap();
    let scene = Scene::new(work.path());
    let crossings = scene.crossings(&[[300.0, 200.0]]);
    let mut options = scene.options("tiles", &crossings);
    options.rasters.crs = Some(Crs::from_epsg(5070).unwrap());
    (options.size, options.rasters.resolution) = (32, 2.0);
    clip(&options, &mut |_, _| {}).unwrap();
    let back = Transformer::new(
        &Crs::from_epsg(5070).unwrap(),
        &Crs::from_epsg(UTM).unwrap(),
    )
    .unwrap();
    for row in rows(&options.output) {
        let dem = tile(&options.output, &row, "DEM");
        let t = dem.transform.unwrap();
        assert_eq!((dem.epsg, t.pixel_width), (Some(5070), 2.0));
        for (n, &value) in dem.samples.iter().enumerate() {
            let at = Point {
                x: t.left + 2.0 * ((n % 32) as f64 + 0.5),
                y: t.top - 2.0 * ((n / 32) as f64 + 0.5),
            };
            let expected = scene::elevation(back.apply(at).unwrap());
            // The area average of a plane is off by part of a pixel of the source.
            assert!(
                (f64::from(value) - expected).abs() < 0.05,
                "{value} for {expected}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn negatives_keep_their_distances(
        places in prop::collection::vec(
            (50.0..SIZE[0] as f64 - 150.0, 90.0..SIZE[1] as f64 - 90.0), 1..6),
        min_distance in 0.0..150.0f64,
        size in 16usize..48,
        seed in 0u64..1000,
    ) {
        let work = tempfile::tempdir().unwrap();
        let scene = Scene::new(work.path());
        let places: Vec<[f64; 2]> = places.into_iter().map(|(x, y)| [x, y]).collect();
        let mut options = scene.options("tiles", &scene.crossings(&places));
        (options.size, options.seed) = (size, seed);
        options.min_distance = Some(min_distance);
        options.negatives = Negatives::Count(4);
        clip(&options, &mut |_, _| {}).unwrap();
        let rows = rows(&options.output);
        let negatives: Vec<[f64; 2]> =
            rows.iter().filter(|row| row["label"] == "F").map(centre).collect();
        prop_assert_eq!(negatives.len(), 4);
        let side = size as f64;
        for (n, &[x, y]) in negatives.iter().enumerate() {
            for &place in &places {
                let place = scene::place(place);
                let [dx, dy] = [place.x - x, place.y - y].map(f64::abs);
                prop_assert!(dx.hypot(dy) >= min_distance - 0.01);
                prop_assert!(dx.max(dy) >= 0.5 * side - 0.01, "a crossing lies in the tile");
            }
            for &[other_x, other_y] in &negatives[..n] {
                let apart = (other_x - x).abs().max((other_y - y).abs());
                prop_assert!(apart >= side - 1e-6, "two negatives overlap");
            }
        }
    }
}
