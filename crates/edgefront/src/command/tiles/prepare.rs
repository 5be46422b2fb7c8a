use edgefront::tiles::{PrepareOptions, Prepared, prepare};
use serde_json::json;

use crate::cli::tiles::PrepareArgs;
use crate::error::Error;
use crate::output;
use crate::progress::Bar;

pub fn run(args: &PrepareArgs) -> Result<(), Error> {
    let mut options = PrepareOptions::new(&args.input, &args.out);
    options.recipe.channels = channels(&args.channels);
    options.recipe.formulas.clone_from(&args.formula);
    options.recipe.unscaled.clone_from(&args.unscaled);
    if let Some(name) = &args.normalize {
        options.recipe.normalization.clone_from(name);
        options.ready_normalization.clone_from(name);
    }
    options.layout.clone_from(&args.layout);
    options.bands.clone_from(&args.bands);
    options.skip_bad = args.skip_bad;
    let prepared = prepare_dataset(&options)?;
    if args.json {
        output::json(&to_json(&prepared));
    }
    Ok(())
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

/// Prepares a dataset with a progress bar, and says what was left out.
pub fn prepare_dataset(options: &PrepareOptions) -> Result<Prepared, Error> {
    let bar = Bar::items("preparing tiles");
    let prepared = prepare(options, &mut |done, all| bar.set(done as u64, all as u64))?;
    bar.finish();
    let (tiles, output) = (prepared.tiles, options.output.display());
    let left_out = match prepared.skipped.len() {
        0 => String::new(),
        count => {
            output::message(&prepared.faults.to_string());
            format!(", {count} left out (listed in dataset.toml)")
        }
    };
    for (region, class) in &prepared.one_class {
        output::message(&format!(
            "region {region} holds tiles of class {class} only"
        ));
    }
    output::message(&format!("{tiles} tiles in {output}{left_out}"));
    Ok(prepared)
}

fn to_json(prepared: &Prepared) -> serde_json::Value {
    let skipped = prepared.skipped.iter();
    let skipped = skipped.map(|tile| {
        let (id, region, fault, message) = (&tile.id, &tile.region, &tile.kind, &tile.reason);
        json!({ "id": id, "region": region, "fault": fault, "message": message })
    });
    let faults = prepared.faults.kinds.iter().map(|kind| {
        let regions = kind.regions.iter().map(
            |(region, faulty, tiles)| json!({ "region": region, "faulty": faulty, "tiles": tiles }),
        );
        json!({ "fault": kind.kind, "tiles": kind.tiles, "regions": regions.collect::<Vec<_>>() })
    });
    json!({
        "tiles": prepared.tiles,
        "layout": prepared.layout,
        "skipped": skipped.collect::<Vec<_>>(),
        "faults": faults.collect::<Vec<_>>(),
    })
}
