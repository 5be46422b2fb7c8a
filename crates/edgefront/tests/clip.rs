//! `edgefront tiles clip` as a user runs it, on a scene in two projections.

#[path = "../../tiles/tests/clip/scene.rs"]
mod scene;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use edgefront::tiles::Dataset;
use scene::Scene;

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_edgefront"))
        .args(["tiles", "clip"])
        .args(args)
        .output()
        .expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8")
}

/// Standard error of a command that must end with this code and write no data.
fn said(args: &[&str], code: i32) -> String {
    let output = run(args);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    said
}

fn path(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

#[test]
fn rasters_and_points_become_tiles_and_a_dataset() {
    let work = tempfile::tempdir().expect("a temporary folder");
    let scene = Scene::new(work.path());
    let crossings = scene.crossings(&[[150.0, 120.0], [400.0, 300.0], [9e4, 0.0]]);
    let roads = scene.roads(&[[[0.0, 200.0], [600.0, 200.0]]]);
    let options = scene.options("tiles", &crossings);
    let [tiles, dataset] = ["tiles", "dataset"].map(|name| work.path().join(name));
    let [west, east] = [0, 1].map(|n| path(&options.rasters.image.paths[n]));
    let rasters = [
        "--dem",
        path(&options.rasters.dem.paths[0]),
        "--image",
        west,
        "--image",
        east,
    ];
    let files = ["--crossings", path(&crossings), "--out", path(&tiles)];
    let base = [rasters.as_slice(), &files].concat();

    let more = [
        "--roads",
        path(&roads),
        "--hard-negatives",
        "0.5",
        "--size",
        "48",
    ];
    let more = [
        more.as_slice(),
        &["--region", "maple", "--dataset", path(&dataset)],
    ]
    .concat();
    let said_first = said(&[base.as_slice(), &more].concat(), 0);
    for line in [
        "2 tiles with a crossing and 2 without in",
        "1 of those without lie on roads",
        "1 crossings make no tile: 1 reaching beyond the elevation (the first is feature 3 of",
        "4 tiles in",
    ] {
        assert!(said_first.contains(line), "{line} is not in {said_first}");
    }
    let dataset = Dataset::open(&dataset).expect("a dataset");
    assert_eq!((dataset.len(), dataset.width()), (4, 48));
    assert_eq!(dataset.tiles()[0].region, "maple");

    // Another region beside it, without the roads.
    said(
        &[base.as_slice(), &["--size", "48", "--region", "cedar"]].concat(),
        0,
    );
    assert!(tiles.join("maple/DEM/T/2.tif").exists() && tiles.join("cedar/Aer/F/1.tif").exists());
    assert_eq!(fs::read_dir(work.path()).expect("a folder").count(), 4);
}

#[test]
fn what_is_wrong_is_said_in_a_line() {
    let work = tempfile::tempdir().expect("a temporary folder");
    let scene = Scene::new(work.path());
    let crossings = scene.crossings(&[[300.0, 200.0]]);
    let options = scene.options("tiles", &crossings);
    let tiles = work.path().join("tiles");
    let base = |crossings: &Path, more: &[&str]| -> Vec<String> {
        let [dem, image] =
            [&options.rasters.dem, &options.rasters.image].map(|input| path(&input.paths[0]));
        let args = [
            "--dem",
            dem,
            "--image",
            image,
            "--crossings",
            path(crossings),
            "--out",
        ];
        let args = [args.as_slice(), &[path(&tiles)], more].concat();
        args.into_iter().map(str::to_owned).collect()
    };
    let fails = |crossings: &Path, more: &[&str], code: i32| {
        let args = base(crossings, more);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let said = said(&args, code);
        assert!(!tiles.exists());
        said
    };
    let bare = work.path().join("bare.csv");
    fs::write(&bare, "x,y\n430300,5149800\n").expect("a temporary file");
    let found = fails(&bare, &[], 1);
    assert!(
        found.contains("bare.csv has no coordinate system"),
        "{found}"
    );
    let found = fails(&crossings, &["--negatives", "5000"], 1);
    assert!(
        found.contains("room for only") && found.contains("hint: lower"),
        "{found}"
    );
    let found = fails(&crossings, &["--crs", "EPSG:4326"], 2);
    assert!(
        found.contains("EPSG:4326, in degrees; expected a projected one"),
        "{found}"
    );
    let found = fails(&crossings, &["--crs", "EPSG:99999"], 2);
    assert!(found.contains("cannot use EPSG:99999"), "{found}");
    let found = fails(&crossings, &["--hard-negatives", "0.5"], 2);
    assert!(found.contains("--roads"), "{found}");
    let found = fails(&work.path().join("roads.shp"), &[], 1);
    assert!(
        found.contains("expected one of geojson, json, gpkg, csv, tsv"),
        "{found}"
    );
}
