//! From a folder or table of rasters to a dataset folder.

mod assemble;
mod faults;
mod in_order;
mod sink;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

pub use faults::{FaultCount, FaultCounts, Skipped};

use crate::error::Error;
use crate::layout::{self, Layout, Scan, TileSource};
use crate::normalize;
use crate::recipe::{Recipe, RecipeOptions, Scratch};
use in_order::in_order;
use sink::Sink;

/// What to prepare, and how.
#[derive(Clone, Debug)]
pub struct PrepareOptions {
    /// A folder or table in one of the layouts of [`layout::registry`].
    pub input: PathBuf,
    /// The name of the layout. `None`: the one that the folder looks like.
    pub layout: Option<String>,
    /// The names of the bands of each image, for layouts that have none for them.
    pub bands: Option<Vec<String>>,
    /// The dataset folder to write. An existing dataset is replaced; anything else is kept, and
    /// so is a dataset with other files in its folder.
    pub output: PathBuf,
    /// The channels and their normalisation.
    pub recipe: RecipeOptions,
    /// What finished channels are normalised by, such as the study's arrays: they are kept as they
    /// are, and `recipe` does not count.
    pub ready_normalization: String,
    /// Leave out tiles that cannot be used instead of failing. If they are of several sizes, the
    /// most frequent stays.
    pub skip_bad: bool,
    /// Threads that read tiles; the output does not depend on it. At least 1.
    pub threads: usize,
}

impl PrepareOptions {
    /// The raw bands, each scaled over the tile, with the water and the vegetation index; on all
    /// cores, failing at a bad tile.
    #[must_use]
    pub fn new(input: impl Into<PathBuf>, output: impl Into<PathBuf>) -> Self {
        Self {
            input: input.into(),
            layout: None,
            bands: None,
            output: output.into(),
            recipe: RecipeOptions::default(),
            ready_normalization: "column-minmax".to_owned(),
            skip_bad: false,
            threads: thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// What [`prepare()`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The number of tiles written.
    pub tiles: usize,
    /// The name of the layout that found them.
    pub layout: &'static str,
    /// Regions with tiles of one class only, and that class: a fold that tests on one of them says
    /// little.
    pub one_class: Vec<(String, String)>,
    /// The tiles left out, with the reasons. Empty unless asked for.
    pub skipped: Vec<Skipped>,
    /// The same, counted.
    pub faults: FaultCounts,
}

/// Reads all tiles of a folder or table, checks and normalises them, and writes the dataset folder.
///
/// The same input gives the same bytes, whatever the number of threads. `progress` is called
/// with the number of tiles done and the number of all.
///
/// # Errors
/// All errors of [`layout::detect`] and [`layout::scan`]; for a bad tile unless `skip_bad`, those
/// that have a [`Error::fault`], and [`Error::BadTiles`] if there is more than one;
/// [`Error::NoTiles`] if skipping leaves a class without a tile; [`Error::OutputTaken`] or
/// [`Error::Io`] for the output.
pub fn prepare(
    options: &PrepareOptions,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Prepared, Error> {
    if options.threads == 0 {
        return Err(Error::Option {
            option: "threads",
            found: "0".into(),
            expected: "at least 1",
        });
    }
    let layout = match &options.layout {
        Some(name) => layout::by_name(name)?,
        None => layout::detect(&options.input)?,
    };
    let mut reference = None;
    loop {
        // Sinks write to the same place: none outlives its turn.
        let scan = layout::scan(layout, &options.input, options.bands.as_deref())?;
        let recipe = recipe(options, layout, &scan.tiles[0])?;
        let sink = Sink::new(options, layout, &recipe, &scan.tiles).with_reference(reference);
        let sink = fill(sink, scan, progress)?;
        reference = sink.better_reference();
        if reference.is_none() {
            return sink.finish();
        }
    }
}

/// Reads the tiles into the sink.
fn fill<'a>(
    mut sink: Sink<'a>,
    scan: Scan,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Sink<'a>, Error> {
    for fault in scan.faults {
        sink.take_fault(fault)?;
    }
    let assembly = sink.assembly();
    let (threads, all) = (sink.threads(), scan.tiles.len());
    let failed = AtomicBool::new(sink.has_failed());
    progress(0, all);
    in_order(
        &scan.tiles,
        threads,
        Desk::default,
        |desk, source| {
            let only_check = failed.load(Relaxed);
            assembly.assemble(source, only_check, &mut desk.scratch, &mut desk.values)
        },
        |desk, source, tile| {
            let sum = sink.take(source, tile, &desk.values)?;
            failed.store(sink.has_failed(), Relaxed);
            Ok(sum)
        },
        |desk, sum| {
            if let Some(sum) = sum {
                sum.update(&desk.values);
            }
        },
        |done| progress(done, all),
    )?;
    Ok(sink)
}

/// The memory of a thread, kept from tile to tile.
#[derive(Default)]
struct Desk {
    scratch: Scratch,
    /// The channels of the tile.
    values: Vec<f32>,
}

/// What makes the channels of tiles like this one.
fn recipe(
    options: &PrepareOptions,
    layout: &dyn Layout,
    tile: &TileSource,
) -> Result<Recipe, Error> {
    let bands: Vec<String> = tile.bands().map(str::to_owned).collect();
    if !layout.is_ready() {
        return options.recipe.recipe(&bands);
    }
    let normalization = normalize::by_name(&options.ready_normalization)?;
    Recipe::of_names(&bands, normalization)
}
