//! Cloud-optimised GeoTIFF files that we write against GDAL: rasterio, and rio-cogeo where it is
//! installed.

use std::path::Path;

use edgefront::tiles::raster::{CogOptions, CogWriter, GeoKeys, SampleType, Transform};

use crate::{judge, python, text, write};

#[test]
fn gdal_takes_our_files_for_cloud_optimised() {
    let Some(python) = python("numpy, rasterio") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("map.tif");
    let values = folder.path().join("values");
    for (samples, bands) in [(SampleType::Float32, 2), (SampleType::Uint8, 4)] {
        let (width, height) = (1301, 1099);
        let numbers = store(&file, width, height, bands, samples);
        write(&values, &numbers);
        let bands = bands.to_string();
        judge(
            &python,
            "check_cog.py",
            &[text(&file), text(&values), &bands],
        );
    }
}

/// Writes a file whose values are whole numbers up to 200, some of them missing.
fn store(file: &Path, width: usize, height: usize, bands: usize, samples: SampleType) -> Vec<f32> {
    let value = |n: usize| match n % 13 {
        12 => f32::NAN,
        _ => (n / 977 % 201) as f32,
    };
    let values: Vec<f32> = (0..width * height * bands).map(value).collect();
    let options = CogOptions {
        width,
        height,
        bands,
        samples,
        transform: Some(Transform {
            left: 486_000.5,
            top: 5_205_600.25,
            pixel_width: 1.0,
            pixel_height: 0.5,
        }),
        crs: GeoKeys::from_epsg(26914),
        nodata: Some(255.0),
        band_names: (0..bands).map(|n| format!("a < {n} & b")).collect(),
    };
    let mut writer = CogWriter::create(file, options).expect("a file");
    for rows in values.chunks(100 * width * bands) {
        writer.write_rows(rows).expect("rows");
    }
    writer.finish().expect("a file");
    values
}
