//! `column-minmax` against arrays made by scikit-learn as the study does, in
//! `shared/data/golden-preprocess` beside the checkout.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use edgefront_tiles::raster::{Raster, SampleType, write_raster};
use edgefront_tiles::{Dataset, PrepareOptions, prepare};

fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(path);
    if path.exists() {
        return Some(path);
    }
    // Straight to the stream: the harness hides what a passing test prints.
    let _ = writeln!(std::io::stderr(), "skipped: {} is absent", path.display());
    None
}

/// The values of a `<f4` array whose header takes 128 bytes, as all of these do.
fn array(path: &Path) -> Vec<f32> {
    let bytes = fs::read(path).unwrap();
    assert!(String::from_utf8_lossy(&bytes[..128]).contains("'<f4'"));
    bytes[128..]
        .chunks_exact(4)
        .map(|chunk| f32::from_le_bytes(chunk.try_into().unwrap()))
        .collect()
}

fn prepared(input: &Path, output: &Path) -> Dataset {
    let mut options = PrepareOptions::new(input, output);
    options.recipe.normalization = "column-minmax".into();
    prepare(&options, &mut |_, _| {}).unwrap();
    Dataset::open(output).unwrap()
}

fn greatest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

#[test]
fn eight_real_tiles_equal_the_studys_arrays() {
    let (Some(golden), Some(trees)) = (shared("golden-preprocess"), shared("naip-trees")) else {
        return;
    };
    let work = tempfile::tempdir().unwrap();
    let names = fs::read_to_string(golden.join("tiles.txt")).unwrap();
    let mut ids = Vec::new();
    for name in names.lines().filter(|line| !line.is_empty()) {
        for kind in ["DEM", "Aer"] {
            let file = name.replace("{DEM,Aer}", kind);
            let copy = work.path().join("input").join(&file);
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(trees.join(&file), copy).unwrap();
        }
        ids.push(name.replace("{DEM,Aer}/", "").replace(".tif", ""));
    }
    let dataset = prepared(&work.path().join("input"), &work.path().join("set"));
    let found: Vec<_> = dataset.tiles().iter().map(|tile| &tile.id).collect();
    assert_eq!(found, ids.iter().collect::<Vec<_>>());
    let difference =
        greatest_difference(dataset.images(), &array(&golden.join("norm7_8tiles.npy")));
    assert!(difference == 0.0, "{difference}");
}

#[test]
fn undefined_indices_and_constant_columns_equal_the_studys() {
    let Some(golden) = shared("golden-preprocess") else {
        return;
    };
    let raw = array(&golden.join("edge_raw5.npy"));
    let work = tempfile::tempdir().unwrap();
    let raster = |bands: std::ops::Range<usize>| Raster {
        width: 100,
        height: 100,
        bands: bands.len(),
        samples: (raw.chunks_exact(5))
            .flat_map(|pixel| pixel[bands.clone()].to_vec())
            .collect(),
        transform: None,
        epsg: None,
        nodata: None,
    };
    let input = work.path().join("input");
    for class in ["F", "T"] {
        for (kind, bands) in [("DEM", 0..1), ("Aer", 1..5)] {
            let folder = input.join("edge").join(kind).join(class);
            fs::create_dir_all(&folder).unwrap();
            write_raster(&folder.join("1.tif"), &raster(bands), SampleType::Float32).unwrap();
        }
    }
    let dataset = prepared(&input, &work.path().join("set"));
    let difference = greatest_difference(dataset.image(0), &array(&golden.join("edge_norm7.npy")));
    assert!(difference == 0.0, "{difference}");
}
