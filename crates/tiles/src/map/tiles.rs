use std::path::PathBuf;

use super::classifier::{BATCH, Classifier};
use super::ordered::in_order;
use super::signature::Signature;
use super::stack::Stack;
use super::worker::Worker;
use crate::error::Error;
use crate::recipe::Grid;

/// The rasters of a tile, as large as a model's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileFiles {
    /// The files, pixel upon pixel.
    pub paths: Vec<PathBuf>,
    /// The names of their bands together, in their order; none if they are those of the model.
    pub bands: Option<Vec<String>>,
}

/// Runs a model over tiles: the probabilities of each one's classes, none where more than
/// `most_missing` of its pixels miss a value, as a share.
///
/// There are as many threads as classifiers, which are all of the same network; the answers do not
/// depend on their number. `progress` is called with the number of tiles done and of all.
///
/// # Errors
/// Those of [`Stack::open`] and [`Error::RasterRead`] for the first tile that cannot be read,
/// [`Error::ModelSize`] for one that is not as large as the model's input, and those of the
/// classifiers.
pub fn classify_tiles(
    tiles: &[TileFiles],
    model: &Signature,
    most_missing: f64,
    classifiers: Vec<Box<dyn Classifier + '_>>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Vec<Option<Vec<f32>>>, Error> {
    let mut workers = Worker::team(classifiers, model, most_missing);
    let mut all = Vec::with_capacity(tiles.len());
    progress(0, tiles.len());
    let work = |worker: &mut Worker<'_>, batch: &[TileFiles]| {
        worker.run(batch.len(), |tile, raw| read(&batch[tile], model, raw))
    };
    let batches = tiles.chunks(BATCH).map(Ok);
    in_order(&mut workers, batches, work, |probabilities| {
        for tile in probabilities?.chunks_exact(model.classes.len()) {
            all.push((!tile[0].is_nan()).then(|| tile.to_vec()));
        }
        progress(all.len(), tiles.len());
        Ok(())
    })?;
    Ok(all)
}

/// The bands that the model wants of a tile, into `raw`.
fn read(tile: &TileFiles, model: &Signature, raw: &mut Vec<f32>) -> Result<Grid, Error> {
    let wanted = model.recipe.bands();
    let stack = Stack::open(&tile.paths, tile.bands.as_deref(), wanted)?;
    if stack.size() != model.size {
        return Err(Error::ModelSize {
            path: stack.path().to_path_buf(),
            found: stack.size(),
            expected: model.size,
        });
    }
    *raw = stack.read_rows(0, model.size.height)?;
    Ok(Grid::new(model.size.width, stack.transform().as_ref()))
}
