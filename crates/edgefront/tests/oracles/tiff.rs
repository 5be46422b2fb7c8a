//! The synthetic tiles against rasterio.

use std::path::Path;

use edgefront::tiles::raster::read_raster;
use edgefront::tiles::{SynthOptions, synthesise};

use crate::{judge, python, text, write};

#[test]
fn rasterio_reads_the_tiles_that_we_write() {
    let Some(python) = python("numpy, rasterio") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tiles = folder.path().join("tiles");
    let mut options = SynthOptions::new(&tiles);
    options.tiles_per_region = 2;
    synthesise(&options, &mut |_, _| {}).expect("tiles");
    let values = folder.path().join("values");
    for region in ["california", "illinois", "nebraska", "north_dakota"] {
        for (raster, bands) in [("DEM", "1"), ("Aer", "4")] {
            let folder = tiles.join(region).join(raster).join("T");
            let mut files = std::fs::read_dir(&folder).expect("tiles");
            let file = files.next().expect("a tile").expect("a tile").path();
            check(&python, &file, bands, &values);
        }
    }
}

fn check(python: &str, file: &Path, bands: &str, values: &Path) {
    let raster = read_raster(file).expect("a tile");
    write(values, &raster.samples);
    let epsg = raster
        .epsg
        .expect("a tile has a coordinate system")
        .to_string();
    let transform = raster.transform.expect("a tile has a place");
    let corner = format!("{},{}", transform.left, transform.top);
    judge(
        python,
        "check_tiff.py",
        &[text(file), text(values), bands, &epsg, &corner],
    );
}
