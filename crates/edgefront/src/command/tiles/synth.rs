use edgefront::tiles::{SynthOptions, synthesise};

use crate::cli::tiles::SynthArgs;
use crate::error::Error;
use crate::output;
use crate::progress::Bar;

pub fn run(args: &SynthArgs) -> Result<(), Error> {
    let mut options = SynthOptions::new(&args.output);
    options.tiles_per_region = args.per_region;
    options.size = args.size;
    options.difficulty = args.difficulty;
    options.seed = args.seed;
    synthesise_tiles(&options)
}

/// Synthesises tiles with a progress bar.
pub fn synthesise_tiles(options: &SynthOptions) -> Result<(), Error> {
    let bar = Bar::items("synthesising tiles");
    synthesise(options, &mut |done, all| bar.set(done as u64, all as u64))?;
    bar.finish();
    output::message(&format!(
        "{} synthetic tiles in each of four regions, {}, in {}",
        options.tiles_per_region,
        options.difficulty,
        options.output.display()
    ));
    Ok(())
}
