//! Rasters of one place: a map and points.

use std::path::Path;

use edgefront::tiles::Error as TilesError;
use edgefront::tiles::map::{self, Coordinates, Drawn, MapOptions, Stack};

use super::Trained;
use crate::cli::classify::ClassifyArgs;
use crate::error::Error;
use crate::output;
use crate::progress::Bar;

pub fn draw(args: &ClassifyArgs, model: &Trained<'_>) -> Result<(), Error> {
    let Some(out) = &args.out else {
        return Err(Error::Usage(
            "no `--out`, expected the folder that the map is written to".to_owned(),
        ));
    };
    let signature = &model.signature;
    let stack =
        Stack::open(&args.rasters, args.bands.as_deref(), model.bands()).map_err(Error::Rasters)?;
    if !args.any_pixel_size {
        signature.check_pixels(&stack).map_err(Error::Rasters)?;
    }
    let options = MapOptions {
        overlap: args.overlap,
        cell: args.cell,
        threshold: args.threshold,
        radius: args.radius,
        most_missing: args.most_missing,
        ..MapOptions::new(classes(&args.class, &signature.classes)?)
    };
    let networks = model.classifiers(args.threads)?;
    for (path, bands) in stack.reads(model.bands()) {
        output::message(&format!("{}: {}", path.display(), bands.join(", ")));
    }
    let bar = Bar::items("classifying windows");
    let mut progress = |done, all| bar.set(done as u64, all as u64);
    let drawn = map::draw(&stack, signature, &options, networks, out, &mut progress)
        .map_err(Error::Rasters)?;
    bar.finish();
    tell(&drawn, out);
    Ok(())
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
        place.ok_or_else(|| {
            Error::Rasters(TilesError::UnknownName {
                kind: "class",
                name: name.clone(),
                known: all.join(", "),
            })
        })
    };
    named.iter().map(place).collect()
}

fn tell(drawn: &Drawn, out: &Path) {
    match drawn.coordinates {
        Coordinates::Wgs84 => {}
        Coordinates::Raster(epsg) => output::message(&format!(
            "warning: the points are in EPSG:{epsg}, as the file says: how it lies to WGS 84 is \
             not known here"
        )),
        Coordinates::Unknown => output::message(
            "warning: no raster names a coordinate system by its EPSG code: the points are in \
             theirs, whatever it is",
        ),
    }
    let left_out = match drawn.left_out {
        0 => String::new(),
        count => format!(", {count} of them left out for missing values"),
    };
    let (windows, found, out) = (drawn.windows, drawn.detections.len(), out.display());
    output::message(&format!(
        "{windows} windows{left_out}, {found} detections in {out}"
    ));
}
