//! Tiles as large as the model's give a table.

use std::fs;
use std::path::{Path, PathBuf};

use edgefront::tiles::raster::{Raster, SampleType, write_raster};

use crate::plain::{self, SLOPE};
use crate::{done, failed, path};

/// Writes a tile whose first band is one value.
fn tile(file: &Path, bands: usize, value: f32) -> PathBuf {
    fs::create_dir_all(file.parent().expect("a folder")).expect("a temporary folder");
    let raster = Raster {
        width: 16,
        height: 16,
        bands,
        samples: [value]
            .into_iter()
            .chain(vec![0.0; bands - 1])
            .collect::<Vec<_>>()
            .repeat(256),
        transform: None,
        epsg: None,
        nodata: Some(-1.0),
    };
    write_raster(file, &raster, SampleType::Float32).expect("a tile");
    file.to_path_buf()
}

fn model(folder: &Path, bands: &[&str]) -> PathBuf {
    let file = folder.join("model.onnx");
    plain::write(&plain::model(bands, 16), &file);
    file
}

fn logistic(value: f32) -> f64 {
    1.0 / (1.0 + f64::from(-SLOPE * (value - 0.5)).exp())
}

/// Rows of a table: its header, then name, predicted class and probability of `T`.
fn rows(table: &str) -> Vec<Vec<String>> {
    let split = |line: &str| line.split(',').map(str::to_owned).collect();
    table.lines().map(split).collect()
}

#[test]
fn each_file_is_a_tile() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let model = model(folder.path(), &["dem", "nir"]);
    // A tile more than a batch, one of which misses every value.
    let value = |n: usize| if n == 7 { -1.0 } else { n as f32 / 16.0 };
    let files: Vec<PathBuf> = (0..17)
        .map(|n| {
            let mut raster = tile(&folder.path().join(format!("{n}.tif")), 2, value(n));
            if n == 7 {
                // Both bands hold what stands for no data.
                let samples = vec![-1.0; 512];
                let empty = Raster {
                    width: 16,
                    height: 16,
                    bands: 2,
                    samples,
                    transform: None,
                    epsg: None,
                    nodata: Some(-1.0),
                };
                raster = folder.path().join("7.tif");
                write_raster(&raster, &empty, SampleType::Float32).expect("a tile");
            }
            raster
        })
        .collect();
    let mut args = vec![path(&model)];
    args.extend(files.iter().map(|file| path(file)));
    let (table, said) = done(&args);
    let rows = rows(&table);
    assert_eq!(
        rows[0],
        ["tile", "predicted", "probability_F", "probability_T"]
    );
    assert_eq!(rows.len(), 18);
    for (n, row) in rows[1..].iter().enumerate() {
        assert_eq!(row[0], path(&files[n]));
        if n == 7 {
            assert_eq!(row[1..], ["", "", ""]);
            continue;
        }
        assert_eq!(row[1], if n > 8 { "T" } else { "F" });
        let probability: f64 = row[3].parse().expect("a number");
        assert!((probability - logistic(value(n))).abs() < 2e-6, "{row:?}");
    }
    assert!(
        said.contains("16 tiles classified, 1 left out for missing values"),
        "{said}"
    );

    // A file is written whole, and on one thread the same.
    let out = folder.path().join("predictions.csv");
    args.extend(["--threads", "1", "--out", path(&out)]);
    assert!(done(&args).0.is_empty());
    assert_eq!(fs::read_to_string(&out).expect("a table"), table);
}

#[test]
fn files_that_hold_the_bands_together_are_one_tile() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let model = model(folder.path(), &["dem", "r", "g", "b", "nir"]);
    let dem = tile(&folder.path().join("dem.tif"), 1, 0.75);
    let aerial = tile(&folder.path().join("aerial.tif"), 4, 0.0);
    let (table, _) = done(&[path(&model), path(&dem), path(&aerial)]);
    assert_eq!(rows(&table).len(), 2);
    assert!(rows(&table)[1][3].starts_with("0.95"), "{table}");
}

#[test]
fn a_folder_of_labelled_tiles_gives_the_accuracy() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let model = model(folder.path(), &["dem", "r", "g", "b", "nir"]);
    let tiles = folder.path().join("tiles");
    for (name, class, value) in [
        ("1", "T", 0.9),
        ("2", "T", 0.2),
        ("3", "F", 0.1),
        ("4", "F", 0.3),
    ] {
        tile(
            &tiles.join(format!("plains/DEM/{class}/{name}.tif")),
            1,
            value,
        );
        tile(
            &tiles.join(format!("plains/Aer/{class}/{name}.tif")),
            4,
            0.0,
        );
    }
    let (table, said) = done(&[path(&model), path(&tiles)]);
    let rows = rows(&table);
    assert_eq!(rows[0][..3], ["tile", "label", "predicted"]);
    let classes: Vec<_> = rows[1..]
        .iter()
        .map(|row| (&row[1][..], &row[2][..]))
        .collect();
    assert_eq!(classes, [("F", "F"), ("F", "F"), ("T", "T"), ("T", "F")]);
    assert!(
        said.contains("4 tiles classified, 3 of them rightly (75.00 %)"),
        "{said}"
    );
}

#[test]
fn tiles_of_another_size_are_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let model = model(folder.path(), &["dem"]);
    let good = tile(&folder.path().join("good.tif"), 1, 0.5);
    let other = folder.path().join("other.tif");
    let raster = Raster {
        width: 20,
        height: 20,
        bands: 1,
        samples: vec![0.0; 400],
        transform: None,
        epsg: None,
        nodata: None,
    };
    write_raster(&other, &raster, SampleType::Float32).expect("a tile");
    let message = failed(&[path(&model), path(&good), path(&other)], 1);
    assert!(message.contains("other.tif is 20x20 pixels"), "{message}");
    assert!(message.contains("expected 16x16"), "{message}");
    // What is larger is a place, whose map needs a folder.
    let message = failed(&[path(&model), path(&other)], 2);
    assert!(message.contains("`--out`"), "{message}");
}
