use edgefront::tiles::{PrepareOptions, prepare};

use crate::cli::tiles::PrepareArgs;
use crate::error::Error;
use crate::output;
use crate::progress::Bar;

pub fn run(args: &PrepareArgs) -> Result<(), Error> {
    let mut options = PrepareOptions::new(&args.input, &args.out);
    let names = ["dem", "r", "g", "b", "nir", "ndwi", "ndvi"];
    let count = usize::from(args.channels);
    options.recipe.channels = Some(names[..count].iter().map(|&name| name.into()).collect());
    options.recipe.normalization = args.normalize.clone();
    options.skip_bad = args.skip_bad;
    prepare_dataset(&options)
}

/// Prepares a dataset with a progress bar.
pub fn prepare_dataset(options: &PrepareOptions) -> Result<(), Error> {
    let bar = Bar::items("preparing tiles");
    let prepared = prepare(options, &mut |done, all| bar.set(done as u64, all as u64))?;
    bar.finish();
    for skipped in &prepared.skipped {
        output::message(&format!("left out {}: {}", skipped.id, skipped.reason));
    }
    let left_out = match prepared.skipped.len() {
        0 => String::new(),
        count => format!(", {count} left out"),
    };
    let (tiles, output) = (prepared.tiles, options.output.display());
    output::message(&format!("{tiles} tiles in {output}{left_out}"));
    Ok(())
}
