//! Synthetic terrain with drainage crossings, as folders of GeoTIFF tiles.

mod aerial;
mod channel;
mod cover;
mod curve;
mod difficulty;
mod grid;
mod noise;
mod region;
mod road;
mod scene;
mod terrain;

use std::path::{Path, PathBuf};
use std::thread;

use edgefront_random::Key;

use crate::aside::Aside;
use crate::error::Error;
use crate::parallel;
use crate::raster::{Raster, SampleType, Transform, write_raster};
pub use difficulty::Difficulty;
use region::{REGIONS, Region, Survey};
use scene::{Kind, Scene};

/// What to synthesise.
#[derive(Clone, Debug)]
pub struct SynthOptions {
    /// The folder to write. It must not exist, or be empty.
    pub output: PathBuf,
    /// Tiles in each of the four regions, half of them crossings. 2 to 100000.
    pub tiles_per_region: usize,
    /// The same seed gives the same tiles.
    pub seed: u64,
    /// Pixels of 1 m along a side, 32 to 4096.
    pub size: usize,
    /// How hard the crossings are to tell.
    pub difficulty: Difficulty,
    /// Threads that work; the output does not depend on it. At least 1.
    pub threads: usize,
}

impl SynthOptions {
    /// 60 tiles of 100 x 100 m per region, of medium difficulty, on all cores.
    #[must_use]
    pub fn new(output: impl Into<PathBuf>) -> Self {
        Self {
            output: output.into(),
            tiles_per_region: 60,
            seed: 42,
            size: 100,
            difficulty: Difficulty::default(),
            threads: thread::available_parallelism().map_or(1, usize::from),
        }
    }

    fn check(&self) -> Result<(), Error> {
        let fail = |option, found: usize, expected| {
            Err(Error::Option {
                option,
                found: found.to_string(),
                expected,
            })
        };
        // Rows of 50 tiles: at the usual size the last then lies 240 km south of the first.
        if !(2..=100_000).contains(&self.tiles_per_region) {
            return fail("tiles per region", self.tiles_per_region, "2 to 100000");
        }
        if !(32..=4096).contains(&self.size) {
            return fail("size", self.size, "32 to 4096 pixels");
        }
        if self.threads == 0 {
            return fail("threads", 0, "at least 1");
        }
        Ok(())
    }
}

/// Tiles that are cut from one survey and form a group.
const TILES_PER_SURVEY: usize = 6;
/// Tiles that lie side by side in a row of a region.
const TILES_PER_ROW: usize = 50;
/// Tiles written before progress is told.
const BATCH: usize = 32;

/// A tile to be made.
#[derive(Clone, Copy, Debug)]
struct Order {
    region: &'static Region,
    /// From 0 within the region.
    number: usize,
    kind: Kind,
}

impl Order {
    /// The orders of a region. Every other tile is a crossing, so that each survey holds both
    /// classes.
    fn of_region(
        region: &'static Region,
        count: usize,
        difficulty: Difficulty,
    ) -> impl Iterator<Item = Self> {
        (0..count).map(move |number| Self {
            region,
            number,
            kind: if number % 2 == 1 {
                Kind::Crossing
            } else {
                difficulty.negative(number / 2)
            },
        })
    }

    fn name(&self) -> usize {
        self.number + 1
    }

    fn survey(&self) -> usize {
        self.number / TILES_PER_SURVEY
    }

    fn path(&self, root: &Path, rasters: &str) -> PathBuf {
        root.join(self.region.name)
            .join(rasters)
            .join(self.kind.class())
            .join(format!("{}.tif", self.name()))
    }
}

/// Writes `REGION/{DEM,Aer}/{F,T}/NUMBER.tif` and `labels.csv` for four regions.
///
/// Elevation is one band of 32-bit floats in metres, the photograph four bands (red, green,
/// blue, near infrared) of bytes; both carry the region's UTM zone and their place. Class `T`
/// are crossings: a channel meets a road's embankment on both sides. Class `F` are
/// roads without a channel, channels without a road, channels beside a road, and plain fields, in
/// shares that the difficulty decides. `labels.csv` names the survey that a tile is cut from as its `source`, for grouped
/// folds, and the `kind` of its scene.
///
/// The folder appears under its name when it is complete. The same options give the same bytes
/// whatever the number of threads. `progress` is called with the number of tiles done and the
/// number of all.
///
/// # Errors
/// [`Error::Option`] for an option outside its range; [`Error::OutputTaken`] if the output
/// exists and is not an empty folder; [`Error::Io`] or [`Error::RasterWrite`] if it cannot be
/// written.
pub fn synthesise(
    options: &SynthOptions,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<(), Error> {
    options.check()?;
    let aside = Aside::create(&options.output, |_| false, "a new name or an empty folder")?;
    let orders: Vec<Order> = REGIONS
        .iter()
        .flat_map(|region| Order::of_region(region, options.tiles_per_region, options.difficulty))
        .collect();
    for region in &REGIONS {
        for rasters in ["DEM", "Aer"] {
            for class in ["F", "T"] {
                let folder = aside.path().join(region.name).join(rasters).join(class);
                std::fs::create_dir_all(&folder).map_err(Error::io("create folder", &folder))?;
            }
        }
    }
    let mut done = 0;
    progress(0, orders.len());
    for batch in orders.chunks(BATCH) {
        let write = |order: &Order| write_tile(order, options, aside.path());
        parallel::map(batch, options.threads, write)
            .into_iter()
            .collect::<Result<(), Error>>()?;
        done += batch.len();
        progress(done, orders.len());
    }
    write_labels(&aside.path().join("labels.csv"), &orders)?;
    aside.publish()
}

fn write_tile(order: &Order, options: &SynthOptions, root: &Path) -> Result<(), Error> {
    let &Order { region, kind, .. } = order;
    let size = options.size;
    let key = Key::new(options.seed).with(region.name, 0);
    let survey_key = key.with("survey", order.survey() as u64);
    let survey = Survey::draw(region, &mut survey_key.stream());
    let key = key.with("tile", order.number as u64);

    let scene = Scene::draw(kind, region, &survey, options.difficulty, size, key);
    let sites = scene.sites();
    let elevation = scene.elevation(&sites);
    let aerial = aerial::photograph(&scene, &sites, &elevation, region, &survey, key);

    // Tiles do not touch: a gap of a fifth keeps the same ground out of two tiles.
    let pitch = 1.2 * size as f64;
    let raster = |bands, samples| Raster {
        width: size,
        height: size,
        bands,
        samples,
        transform: Some(Transform {
            left: region.origin[0] + pitch * (order.number % TILES_PER_ROW) as f64,
            top: region.origin[1] - pitch * (order.number / TILES_PER_ROW) as f64,
            pixel_width: 1.0,
            pixel_height: 1.0,
        }),
        epsg: Some(region.epsg),
        nodata: None,
    };
    let elevation = elevation.values().iter().map(|&height| height as f32);
    write_raster(
        &order.path(root, "DEM"),
        &raster(1, elevation.collect()),
        SampleType::Float32,
    )?;
    write_raster(
        &order.path(root, "Aer"),
        &raster(4, aerial),
        SampleType::Uint8,
    )
}

fn write_labels(path: &Path, orders: &[Order]) -> Result<(), Error> {
    let fail = |e: csv::Error| Error::LabelTable {
        table: path.to_path_buf(),
        reason: e.to_string(),
    };
    let mut table = csv::Writer::from_path(path).map_err(fail)?;
    table
        .write_record(["name", "region", "label", "kind", "source"])
        .map_err(fail)?;
    for order in orders {
        let region = order.region.name;
        table
            .write_record([
                &order.name().to_string(),
                region,
                order.kind.class(),
                order.kind.name(),
                &format!("{region}_survey_{}", order.survey() + 1),
            ])
            .map_err(fail)?;
    }
    table.flush().map_err(Error::io("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout;
    use crate::raster::read_raster;

    fn options(output: PathBuf) -> SynthOptions {
        SynthOptions {
            tiles_per_region: 8,
            size: 40,
            threads: 2,
            ..SynthOptions::new(output)
        }
    }

    #[test]
    fn tiles_are_in_a_known_layout_with_places_and_groups() {
        let work = tempfile::tempdir().unwrap();
        let options = options(work.path().join("tiles"));
        let mut last = (0, 0);
        synthesise(&options, &mut |done, all| last = (done, all)).unwrap();
        assert_eq!(last, (32, 32));
        let layout = layout::detect(&options.output).unwrap();
        let tiles = layout::scan(layout, &options.output, None).unwrap().tiles;
        assert_eq!((layout.name(), tiles.len()), ("region-folders", 32));
        assert_eq!(tiles.iter().filter(|tile| tile.class == "T").count(), 16);
        assert_eq!(tiles[0].group, "california_survey_1");
        for tile in &tiles {
            let [dem, aerial] = [0, 1].map(|n| read_raster(&tile.rasters[n].path).unwrap());
            assert_eq!(
                (dem.width, dem.height, dem.bands, aerial.bands),
                (40, 40, 1, 4)
            );
            assert_eq!((dem.transform, dem.epsg), (aerial.transform, aerial.epsg));
            assert!(matches!(dem.epsg, Some(26910..=26916)));
            assert_eq!(dem.missing(), [0]);
        }
    }

    #[test]
    fn the_seed_decides_and_the_threads_do_not() {
        let work = tempfile::tempdir().unwrap();
        let bytes = |name: &str, seed: u64, threads: usize| {
            let options = SynthOptions {
                seed,
                threads,
                ..options(work.path().join(name))
            };
            synthesise(&options, &mut |_, _| {}).unwrap();
            ["DEM", "Aer"].map(|kind| {
                std::fs::read(options.output.join(format!("nebraska/{kind}/T/6.tif"))).unwrap()
            })
        };
        let first = bytes("a", 1, 1);
        assert_eq!(first, bytes("b", 1, 3));
        assert_ne!(first, bytes("c", 2, 1));
    }

    #[test]
    fn outputs_in_use_and_options_out_of_range_are_errors() {
        let work = tempfile::tempdir().unwrap();
        std::fs::write(work.path().join("thesis.txt"), "").unwrap();
        let taken = synthesise(&options(work.path().to_path_buf()), &mut |_, _| {});
        assert!(matches!(taken, Err(Error::OutputTaken { .. })));
        let small = SynthOptions {
            size: 8,
            ..options(work.path().join("tiles"))
        };
        let message = synthesise(&small, &mut |_, _| {}).unwrap_err().to_string();
        assert!(message.contains("size is 8"), "{message}");
        for count in [1, 100_001, usize::MAX] {
            let mut options = options(work.path().join("tiles"));
            options.tiles_per_region = count;
            let message = synthesise(&options, &mut |_, _| {})
                .unwrap_err()
                .to_string();
            assert!(message.contains(&format!("is {count}")), "{message}");
        }
    }
}
