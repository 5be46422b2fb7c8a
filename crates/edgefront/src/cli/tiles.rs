use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Subcommand};
use edgefront::tiles::normalize;
use edgefront::tiles::recipe::{FUNCTIONS, PRESETS};

/// Make datasets of labelled tiles
#[derive(Args)]
pub struct TilesArgs {
    #[command(subcommand)]
    pub command: TilesCommand,
}

#[derive(Subcommand)]
pub enum TilesCommand {
    Synth(SynthArgs),
    Prepare(PrepareArgs),
    Info(InfoArgs),
}

/// Synthesise GeoTIFF tiles of drainage crossings
#[derive(Args)]
#[command(after_help = "Example:
  edgefront tiles synth tiles --per-region 200 --seed 1")]
pub struct SynthArgs {
    /// The folder to write: REGION/{DEM,Aer}/{F,T}/N.tif
    pub output: PathBuf,
    /// Tiles in each of the four regions, half of them crossings
    #[arg(long, default_value_t = 100)]
    pub per_region: usize,
    /// Seed of every random draw
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
}

/// Turn folders of GeoTIFF tiles into a dataset folder
///
/// Reads REGION/{DEM,Aer}/{F,T}/N.tif or the drainage-crossing study's own folders. Labels come
/// from the folders' names.
#[derive(Args)]
#[command(after_help = PREPARE_EXAMPLES, after_long_help = prepare_help())]
pub struct PrepareArgs {
    /// The folder with the tiles
    pub input: PathBuf,
    /// The dataset folder to write
    #[arg(long)]
    pub out: PathBuf,
    /// The channels in their order: names of bands, presets and formulas; or 5 for
    /// dem,r,g,b,nir, 7 for those with ndwi,ndvi [default: all bands, ndwi and ndvi if their bands
    /// are there, all formulas]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub channels: Vec<String>,
    /// A channel of one's own, computed from raw bands
    #[arg(long, value_name = "NAME = EXPRESSION")]
    pub formula: Vec<String>,
    /// Channels that are not normalised, beside ndwi and ndvi
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub unscaled: Vec<String>,
    /// How channels are brought to a common scale
    #[arg(long, default_value = normalize::registry()[0].name(), value_parser = normalizations())]
    pub normalize: String,
    /// Leave out tiles that cannot be used, and list them
    #[arg(long)]
    pub skip_bad: bool,
}

/// Say what a dataset holds, and what in it is suspect
#[derive(Args)]
#[command(after_help = "Example:
  edgefront tiles info dataset --json")]
pub struct InfoArgs {
    /// The dataset folder
    pub dataset: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

const PREPARE_EXAMPLES: &str = "Examples:
  edgefront tiles prepare tiles --out dataset
  edgefront tiles prepare tiles --out dataset --channels 5 --normalize column-minmax
  edgefront tiles prepare tiles --out dataset --channels dem,slope,tpi,ndvi
  edgefront tiles prepare tiles --out dataset --formula \"relief = dem - tpi(dem, 10)\"
  edgefront tiles prepare tiles --out dataset --formula \"ndre = (nir-g)/(nir+g)\" --unscaled ndre";

fn normalizations() -> PossibleValuesParser {
    let all = normalize::registry().iter();
    all.map(|n| PossibleValue::new(n.name()).help(n.description()))
        .collect::<Vec<_>>()
        .into()
}

/// The examples, and what formulas may be made of.
fn prepare_help() -> String {
    let presets = PRESETS.iter().map(|preset| {
        (
            preset.name,
            format!("{}: {}", preset.formula, preset.description),
        )
    });
    let functions = FUNCTIONS
        .iter()
        .map(|function| (function.usage, function.description.to_owned()));
    format!(
        "Presets:\n{}\nFormulas have numbers, names of bands, + - * / ^, parentheses and these \
         functions, which see one tile only. A pixel without a value (0/0) is filled from its \
         neighbours.\n{}\n{PREPARE_EXAMPLES}",
        list(presets),
        list(functions)
    )
}

fn list(entries: impl Iterator<Item = (&'static str, String)>) -> String {
    entries
        .map(|(name, text)| format!("  {name:<16} {text}\n"))
        .collect()
}
