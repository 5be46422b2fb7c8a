use edgefront::tiles::{ClipOptions, Clipped, PrepareOptions, Unfit, VectorInput, clip};

use super::prepare::prepare_dataset;
use crate::cli::tiles::ClipArgs;
use crate::error::Error;
use crate::output;
use crate::progress::Bar;

pub fn run(args: &ClipArgs) -> Result<(), Error> {
    let options = options(args);
    let bar = Bar::items("cutting tiles");
    let clipped = clip(&options, &mut |done, all| bar.set(done as u64, all as u64))
        .map_err(Error::Rasters)?;
    bar.finish();
    output::message(&summary(&options, &clipped));
    if let Some(dataset) = &args.dataset {
        prepare_dataset(&PrepareOptions::new(&args.out, dataset))?;
    }
    Ok(())
}

fn options(args: &ClipArgs) -> ClipOptions {
    let mut options = ClipOptions::new(&args.out, args.rasters.options(), args.crossings.clone());
    options.region = args.region.clone();
    options.crossings.layer = args.crossings_layer.clone();
    options.crossings.crs = args.crossings_crs.clone();
    options.roads = args.roads.as_ref().map(|path| VectorInput {
        path: path.clone(),
        layer: args.roads_layer.clone(),
        crs: args.roads_crs.clone(),
    });
    options.size = args.size;
    options.negatives = args.negatives;
    options.min_distance = args.min_distance;
    options.hard_negatives = args.hard_negatives;
    options.jitter = args.jitter;
    options.merge = args.merge;
    options.block = args.block;
    options.seed = args.seed;
    options
}

/// Lines for people: what was written, and what was not.
fn summary(options: &ClipOptions, clipped: &Clipped) -> String {
    let mut lines = vec![format!(
        "{} tiles with a crossing and {} without in {} groups in {}",
        clipped.positives,
        clipped.negatives,
        clipped.groups,
        options.output.join(&options.region).display(),
    )];
    if clipped.on_roads > 0 {
        lines.push(format!(
            "{} of those without lie on roads",
            clipped.on_roads
        ));
    }
    if clipped.merged > 0 {
        lines.push(format!(
            "{} crossings lie within {} m of another one and count as that",
            clipped.merged, options.merge
        ));
    }
    if clipped.empty > 0 {
        lines.push(format!("{} features have no geometry", clipped.empty));
    }
    if let Some(first) = clipped.left_out.first() {
        let reasons = clipped.left_out.iter().map(|left| left.reason);
        lines.push(format!(
            "{} crossings make no tile: {} (the first is feature {} of {})",
            clipped.left_out.len(),
            Unfit::tally(reasons),
            first.feature,
            options.crossings.path.display(),
        ));
    }
    lines.join("\n")
}
