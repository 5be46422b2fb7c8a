//! How long a recipe takes for a tile: `cargo bench -p edgefront-tiles --bench recipe`.
//!
//! Tiles of 100x100 with five raw bands in two rasters, on one thread, without reading files.

use std::time::Instant;

use edgefront_tiles::Error;
use edgefront_tiles::recipe::{Grid, RecipeOptions, Scratch};

const SIZE: usize = 100;
const TILES: usize = 200;
const REPEATS: usize = 15;

fn main() -> Result<(), Error> {
    let bands = ["dem", "r", "g", "b", "nir"].map(str::to_owned);
    let dem: Vec<f32> = (0..SIZE * SIZE)
        .map(|i| 400.0 + (i % SIZE) as f32 * 0.02 + (i / SIZE) as f32 * 0.01)
        .collect();
    let aerial: Vec<f32> = (0..SIZE * SIZE * 4)
        .map(|i| (i * 7919 % 256) as f32)
        .collect();
    let study = "dem,r,g,b,nir,ndwi,ndvi";
    for (channels, normalization) in [
        (study, "none"),
        (study, "band-minmax"),
        (study, "column-minmax"),
        (study, "band-zscore"),
        ("dem,slope", "none"),
        ("dem,hillshade", "none"),
        ("dem,tpi", "none"),
    ] {
        let options = RecipeOptions {
            channels: Some(channels.split(',').map(str::to_owned).collect()),
            normalization: normalization.to_owned(),
            ..RecipeOptions::default()
        };
        let recipe = options.recipe(&bands)?;
        let (mut scratch, mut out) = (Scratch::default(), Vec::new());
        let grid = Grid::new(SIZE, None);
        let mut times: Vec<f64> = (0..REPEATS)
            .map(|_| {
                let start = Instant::now();
                for _ in 0..TILES {
                    recipe.apply(&[&dem, &aerial], &grid, &mut scratch, &mut out);
                }
                start.elapsed().as_secs_f64() / TILES as f64 * 1e6
            })
            .collect();
        times.sort_by(f64::total_cmp);
        let (median, least) = (times[REPEATS / 2], times[0]);
        println!("{channels:<24} {normalization:<14} {median:6.1} us a tile (least {least:.1})");
    }
    Ok(())
}
