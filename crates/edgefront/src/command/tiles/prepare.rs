use edgefront::tiles::recipe::RecipeOptions;
use edgefront::tiles::{PrepareOptions, prepare};

use crate::cli::tiles::PrepareArgs;
use crate::error::Error;
use crate::output;
use crate::progress::Bar;

pub fn run(args: &PrepareArgs) -> Result<(), Error> {
    let mut options = PrepareOptions::new(&args.input, &args.out);
    options.recipe = RecipeOptions {
        channels: channels(&args.channels),
        formulas: args.formula.clone(),
        unscaled: args.unscaled.clone(),
        normalization: args.normalize.clone(),
    };
    options.skip_bad = args.skip_bad;
    prepare_dataset(&options)
}

/// The channels of the drainage-crossing study.
const STUDY_CHANNELS: [&str; 7] = ["dem", "r", "g", "b", "nir", "ndwi", "ndvi"];

/// The channels asked for, none for the default.
fn channels(given: &[String]) -> Option<Vec<String>> {
    match given {
        [] => None,
        [count] if count == "5" || count == "7" => {
            let count = if count == "5" { 5 } else { 7 };
            Some(
                STUDY_CHANNELS[..count]
                    .iter()
                    .map(|&name| name.into())
                    .collect(),
            )
        }
        names => Some(names.to_vec()),
    }
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
