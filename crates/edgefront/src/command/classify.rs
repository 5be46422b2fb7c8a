mod map;
mod tiles;

use std::fs;
use std::path::Path;
use std::thread;

use edgefront::graph::onnx::Model;
use edgefront::tiles::Size;
use edgefront::tiles::map::{Classifier, Signature};
use edgefront::tiles::raster::RasterFile;

use crate::cli::classify::ClassifyArgs;
use crate::error::Error;
use crate::runtime::classifiers;

pub fn run(args: &ClassifyArgs) -> Result<(), Error> {
    let model = Trained::open(&args.model)?;
    if let [folder] = &args.rasters[..]
        && folder.is_dir()
    {
        return tiles::folder(args, &model, folder);
    }
    let first = RasterFile::open(&args.rasters[0]).map_err(Error::Rasters)?;
    let (width, height) = (first.info().width, first.info().height);
    if (Size { width, height }) == model.signature.size {
        let bands = args.bands.as_deref().unwrap_or(model.bands());
        tiles::files(args, &model, first.info().bands == bands.len())
    } else {
        map::draw(args, &model)
    }
}

/// A model with what its metadata say of its input and output.
struct Trained<'a> {
    path: &'a Path,
    model: Model,
    signature: Signature,
}

impl<'a> Trained<'a> {
    fn open(path: &'a Path) -> Result<Self, Error> {
        let bytes = fs::read(path).map_err(Error::file(path))?;
        let model = Model::decode(&bytes).map_err(|source| Error::Model {
            path: path.to_path_buf(),
            source,
        })?;
        let (input, output) = (model.graph.input_shape(), model.graph.output_shape());
        let size = Size {
            width: input.width,
            height: input.height,
        };
        let signature =
            Signature::from_metadata(&model.metadata, size, input.channels, output.channels);
        let signature = signature.map_err(|error| content(path, &error))?;
        Ok(Self {
            path,
            model,
            signature,
        })
    }

    /// The raw bands.
    fn bands(&self) -> &[String] {
        self.signature.recipe.bands()
    }

    /// As many networks as threads are asked for, or there are cores.
    fn classifiers(&self, threads: Option<usize>) -> Result<Vec<Box<dyn Classifier>>, Error> {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        let threads = threads.unwrap_or_else(cores);
        classifiers(&self.model, threads).map_err(|error| content(self.path, &error))
    }
}

fn content(path: &Path, error: &dyn std::error::Error) -> Error {
    Error::Content {
        path: path.to_path_buf(),
        reason: error.to_string(),
    }
}
