//! Maps against rasterio and NumPy.

use std::process::Command;

use edgefront::random::Key;
use edgefront::tiles::raster::{Raster, SampleType, Transform, write_raster};

use crate::plain::{self, SLOPE};
use crate::{judge, python, text};

const TILE: usize = 16;

/// A place in UTM with noise on a slope, and a corner without data.
fn raster(bands: usize, key: Key) -> Raster {
    let (width, height) = (207, 153);
    let mut stream = key.stream();
    let mut samples = Vec::new();
    for row in 0..height {
        for column in 0..width {
            let slope = (row + column) as f64 / (width + height) as f64;
            let missing = row < 40 && column < 50;
            samples.extend((0..bands).map(|_| {
                let noise = stream.uniform(-0.3, 0.3);
                if missing {
                    -9999.0
                } else {
                    (slope + noise) as f32
                }
            }));
        }
    }
    Raster {
        width,
        height,
        bands,
        samples,
        transform: Some(Transform {
            left: 630_000.0,
            top: 4_273_000.0,
            pixel_width: 0.6,
            pixel_height: 0.6,
        }),
        epsg: Some(26910),
        nodata: Some(-9999.0),
    }
}

#[test]
fn rasterio_reads_the_maps_that_numpy_computes() {
    let Some(python) = python("numpy, rasterio") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    let model = path("model.onnx");
    plain::write(&plain::model(&["dem", "nir"], TILE), &model);
    let (dem, nir) = (path("dem.tif"), path("nir.tif"));
    for (file, key) in [(&dem, Key::new(1)), (&nir, Key::new(2))] {
        write_raster(file, &raster(1, key), SampleType::Float32).expect("a raster");
    }
    // Windows that overlap by half and by more, cells of a step and of a pixel.
    for (overlap, step, cell) in [("0.5", 8, 8), ("0.75", 4, 4), ("0.5", 8, 1), ("0", 16, 5)] {
        let out = path("map");
        let cell = cell.to_string();
        let done = Command::new(env!("CARGO_BIN_EXE_edgefront"))
            .args(["classify", text(&model), text(&dem), text(&nir)])
            .args(["--out", text(&out), "--overlap", overlap, "--cell", &cell])
            .args(["--most-missing", "0.1"])
            .output()
            .expect("the binary runs");
        let complaints = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{complaints}");
        let [tile, step, slope] = [TILE.to_string(), step.to_string(), SLOPE.to_string()];
        let (tile, step, slope) = (tile.as_str(), step.as_str(), slope.as_str());
        let folder = text(&out);
        judge(
            &python,
            "check_map.py",
            &[text(&dem), folder, tile, step, &cell, slope],
        );
    }
}
