use std::fs;
use std::path::Path;
use std::thread;

use edgefront::graph::onnx::Model;
use edgefront::tiles::map::{Coordinates, Drawn, MapOptions, Signature, Stack, draw};
use edgefront::tiles::{self, Size};

use crate::cli::classify::ClassifyArgs;
use crate::error::Error;
use crate::output;
use crate::progress::Bar;
use crate::runtime::classifiers;

pub fn run(args: &ClassifyArgs) -> Result<(), Error> {
    let (model, signature) = open_model(&args.model)?;
    let stack = Stack::open(
        &args.rasters,
        args.bands.as_deref(),
        signature.recipe.bands(),
    )?;
    let options = MapOptions {
        overlap: args.overlap,
        cell: args.cell,
        threshold: args.threshold,
        radius: args.radius,
        most_missing: args.most_missing,
        ..MapOptions::new(classes(&args.class, &signature.classes)?)
    };
    let threads = args.threads.unwrap_or_else(cores);
    let networks = classifiers(&model, threads).map_err(|error| Error::Content {
        path: args.model.clone(),
        reason: error.to_string(),
    })?;
    let bar = Bar::items("classifying windows");
    let mut progress = |done, all| bar.set(done as u64, all as u64);
    let drawn = draw(
        &stack,
        &signature,
        &options,
        networks,
        &args.out,
        &mut progress,
    )?;
    bar.finish();
    tell(&drawn, &args.out);
    Ok(())
}

/// A model with what its metadata say of its input and output.
fn open_model(path: &Path) -> Result<(Model, Signature), Error> {
    let bytes = fs::read(path).map_err(Error::file(path))?;
    let model = Model::decode(&bytes).map_err(|source| Error::Model {
        path: path.to_path_buf(),
        source,
    })?;
    let input = model.graph.input_shape();
    let size = Size {
        width: input.width,
        height: input.height,
    };
    let outputs = model.graph.output_shape().channels;
    let signature = Signature::from_metadata(&model.metadata, size, input.channels, outputs);
    let signature = signature.map_err(|error| Error::Content {
        path: path.to_path_buf(),
        reason: error.to_string(),
    })?;
    Ok((model, signature))
}

/// The places of the named classes among all; of two classes the second is what is sought.
fn classes(named: &[String], all: &[String]) -> Result<Vec<usize>, Error> {
    if named.is_empty() {
        return Ok(match all.len() {
            2 => vec![1],
            count => (0..count).collect(),
        });
    }
    let place = |name: &String| {
        let place = all.iter().position(|class| class == name);
        place.ok_or_else(|| tiles::Error::UnknownName {
            kind: "class",
            name: name.clone(),
            known: all.join(", "),
        })
    };
    Ok(named.iter().map(place).collect::<Result<_, _>>()?)
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn tell(drawn: &Drawn, out: &Path) {
    match drawn.coordinates {
        Coordinates::Wgs84 => {}
        Coordinates::Raster(epsg) => output::message(&format!(
            "warning: the points are in EPSG:{epsg}, as the file says: its way to WGS 84 is not \
             known here"
        )),
        Coordinates::Unknown => output::message(
            "warning: no raster names its coordinate system: map and points have theirs, unnamed",
        ),
    }
    let Drawn {
        windows,
        left_out,
        detections,
        ..
    } = drawn;
    let left_out = match left_out {
        0 => String::new(),
        count => format!(", {count} of them left out for missing values"),
    };
    let (found, out) = (detections.len(), out.display());
    output::message(&format!(
        "{windows} windows{left_out}, {found} detections in {out}"
    ));
}
