//! Functions of terrain against GDAL and NumPy.

use std::path::Path;

use edgefront::tiles::raster::{Raster, SampleType, Transform, read_raster, write_raster};
use edgefront::tiles::recipe::{Grid, RecipeOptions, Scratch};
use edgefront::tiles::{SynthOptions, synthesise};

use crate::{judge, python, text, write};

#[test]
fn gdal_sees_the_terrain_that_formulas_see() {
    let Some(python) = python("numpy, rasterio") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut options = SynthOptions::new(folder.path().join("tiles"));
    options.tiles_per_region = 2;
    synthesise(&options, &mut |_, _| {}).expect("tiles");
    for region in ["california", "nebraska"] {
        let tiles = folder.path().join("tiles").join(region).join("DEM/T");
        let mut files = std::fs::read_dir(tiles).expect("tiles");
        let tile = files.next().expect("a tile").expect("a tile").path();
        let mut dem = read_raster(&tile).expect("a tile");
        // As it is, then with steep slopes and pixels that are no squares.
        check(&python, folder.path(), &dem);
        // Above the lowest: GDAL sums heights in single precision, which of thousands of metres
        // leaves millimetres, and on pixels of half a metre a tenth of a degree.
        let lowest = dem.samples.iter().copied().fold(f32::INFINITY, f32::min);
        (dem.samples.iter_mut()).for_each(|height| *height = 20.0 * (*height - lowest));
        dem.transform = dem.transform.map(|transform| Transform {
            pixel_width: 2.0,
            pixel_height: 0.5,
            ..transform
        });
        check(&python, folder.path(), &dem);
    }
}

fn check(python: &str, folder: &Path, dem: &Raster) {
    let (file, values) = (folder.join("dem.tif"), folder.join("values"));
    write_raster(&file, dem, SampleType::Float32).expect("a raster");
    let recipe = RecipeOptions {
        channels: Some(
            ["slope", "hillshade", "tpi", "near"]
                .map(str::to_owned)
                .into(),
        ),
        formulas: vec!["near = tpi(dem, 1)".into()],
        normalization: "none".into(),
        ..RecipeOptions::default()
    };
    let recipe = recipe.recipe(&["dem".into()]).expect("a recipe");
    let grid = Grid::new(dem.width, dem.transform.as_ref());
    let mut channels = Vec::new();
    recipe.apply(
        &[&dem.samples],
        &grid,
        &mut Scratch::default(),
        &mut channels,
    );
    write(&values, &channels);
    let scratch = folder.join("gdal.tif");
    judge(
        python,
        "check_terrain.py",
        &[text(&file), text(&values), text(&scratch)],
    );
}
