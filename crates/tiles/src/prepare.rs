//! From a folder of rasters to a dataset folder.

mod assemble;
mod sink;

use std::path::PathBuf;
use std::thread;

use crate::error::Error;
use crate::layout::{self, TileSource};
use crate::recipe::{Recipe, RecipeOptions, Scratch};
use assemble::{Assembled, assemble, raw_bands};
use sink::Sink;

/// What to prepare, and how.
#[derive(Clone, Debug)]
pub struct PrepareOptions {
    /// A folder in one of the layouts of [`layout::registry`].
    pub input: PathBuf,
    /// The dataset folder to write. An existing dataset is replaced; anything else is kept, and
    /// so is a dataset with other files in its folder.
    pub output: PathBuf,
    /// The channels and their normalisation.
    pub recipe: RecipeOptions,
    /// Leave out tiles that cannot be used instead of failing at the first.
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
            output: output.into(),
            recipe: RecipeOptions::default(),
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
    /// The tiles left out, with the reasons. Empty unless asked for.
    pub skipped: Vec<Skipped>,
}

/// A tile that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The tile.
    pub id: String,
    /// The error that it would have been.
    pub reason: String,
}

/// Tiles that each thread reads before the results are written.
const BATCH_PER_THREAD: usize = 32;

/// Reads all tiles of a folder, checks and normalises them, and writes the dataset folder.
///
/// The same input gives the same bytes, whatever the number of threads. `progress` is called
/// with the number of tiles done and the number of all.
///
/// # Errors
/// All errors of [`layout::scan`]; for a bad tile unless `skip_bad`, those that
/// [`Error::is_of_one_tile`] tells; [`Error::NoTiles`] if skipping leaves a class without a
/// tile; [`Error::OutputTaken`] or [`Error::Io`] for the output.
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
    let (layout, sources) = layout::scan(&options.input)?;
    let recipe = options.recipe.recipe(&raw_bands(&sources[0]))?;
    let mut sink = Sink::new(options, recipe.channel_names(), layout::classes(&sources));
    let mut done = 0;
    progress(0, sources.len());
    for batch in sources.chunks(BATCH_PER_THREAD * options.threads) {
        for (source, tile) in batch
            .iter()
            .zip(read_batch(batch, &recipe, options.threads))
        {
            sink.take(source, tile)?;
        }
        done += batch.len();
        progress(done, sources.len());
    }
    sink.finish(layout.name())
}

/// The results in the order of the batch.
fn read_batch(
    batch: &[TileSource],
    recipe: &Recipe,
    threads: usize,
) -> Vec<Result<Assembled, Error>> {
    let share = batch.len().div_ceil(threads);
    thread::scope(|scope| {
        let workers: Vec<_> = batch
            .chunks(share)
            .map(|part| {
                scope.spawn(move || {
                    let mut scratch = Scratch::default();
                    let assembled = part.iter().map(|s| assemble(s, recipe, &mut scratch));
                    assembled.collect::<Vec<_>>()
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| match worker.join() {
                Ok(results) => results,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    })
}
