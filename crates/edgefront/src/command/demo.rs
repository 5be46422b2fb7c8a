use std::fs;
use std::path::Path;

use edgefront::study::{Directory, ModelFormat, Study};
use edgefront::tiles::{Dataset, PrepareOptions, SynthOptions};

use super::{export, report, search, tiles};
use crate::cli::DemoArgs;
use crate::error::Error;
use crate::{output, results};

pub fn run(args: &DemoArgs) -> Result<(), Error> {
    output::message(
        "This is a small setting to show the whole way in minutes: few tiles, synthetic, few\n\
         epochs, few architectures. Its accuracies say nothing about real drainage crossings.",
    );
    fs::create_dir_all(&args.dir).map_err(Error::file(&args.dir))?;
    prepare(args)?;
    let study_file = args.dir.join("study.toml");
    fs::write(&study_file, study_toml(args)).map_err(Error::file(&study_file))?;
    let study = Study::open(&study_file, None)?;
    let outcome = search::search(&study, args.workers, None)?;
    report::write(&outcome, &args.dir.join("report"))?;
    let directory: &Directory = study.directory();
    let models = args.dir.join("models");
    let format = ModelFormat::Onnx;
    let table = export::write(directory, &outcome, &outcome.front(), None, format, &models)?;
    output::data(&results::front_table(&outcome)?);
    output::data(&format!("\n{}", table.to_text()));
    Ok(())
}

/// Synthesises and prepares the tiles, unless an earlier run has.
fn prepare(args: &DemoArgs) -> Result<(), Error> {
    let (rasters, dataset) = (args.dir.join("tiles"), args.dir.join("dataset"));
    if !dataset.join("dataset.toml").exists() {
        let mut options = SynthOptions::new(&rasters);
        options.tiles_per_region = args.tiles;
        options.seed = args.seed;
        tiles::synth::synthesise_tiles(&options)?;
        tiles::prepare::prepare_dataset(&PrepareOptions::new(&rasters, &dataset))?;
    }
    check(&dataset, args)
}

/// An earlier run must have had as many tiles; the study itself sees to the rest.
fn check(dataset: &Path, args: &DemoArgs) -> Result<(), Error> {
    let found = Dataset::open(dataset)?.len();
    let expected = 4 * args.tiles;
    if found == expected {
        return Ok(());
    }
    let dir = args.dir.display();
    Err(Error::Usage(format!(
        "{dir} holds a demo of {found} tiles, {expected} are asked for; choose another --dir"
    )))
}

fn study_toml(args: &DemoArgs) -> String {
    let DemoArgs {
        trials,
        epochs,
        seed,
        ..
    } = args;
    format!(
        "# A small setting, to show the whole way in minutes.
dataset = \"dataset\"
seed = {seed}

[space]
preset = \"resnet18-drainage\"

[space.restrict]
channels = [7]
batch_size = [16]

[search]
strategy = \"random\"
trials = {trials}
constraints = [\"latency <= 30\"]

[training]
epochs = {epochs}

[folds]
method = \"stratified\"
count = 2
"
    )
}
