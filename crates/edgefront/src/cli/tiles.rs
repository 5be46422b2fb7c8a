use std::path::PathBuf;

use clap::{Args, Subcommand};
use edgefront::tiles::Difficulty;

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
  edgefront tiles synth tiles --per-region 200 --seed 1
  edgefront tiles synth tiles --per-region 3017 --difficulty hard

Of real crossings, `medium` has the relief and the errors. The harder, the lower embankments and
the shallower channels, the noisier the elevation, the more trees, and the more negatives with a
stream along a road that it does not cross.")]
pub struct SynthArgs {
    /// The folder to write: REGION/{DEM,Aer}/{F,T}/N.tif
    pub output: PathBuf,
    /// Tiles in each of the four regions, half of them crossings
    #[arg(long, default_value_t = 100)]
    pub per_region: usize,
    /// Pixels of 1 m along a side
    #[arg(long, default_value_t = 100)]
    pub size: usize,
    /// easy, medium, hard, or a number from 0 to 1
    #[arg(long, default_value_t)]
    pub difficulty: Difficulty,
    /// Seed of every random draw
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
}

/// Turn folders of GeoTIFF tiles into a dataset folder
///
/// Reads REGION/{DEM,Aer}/{F,T}/N.tif or the drainage-crossing study's own folders. Labels come
/// from the folders' names.
#[derive(Args)]
#[command(after_help = "Examples:
  edgefront tiles prepare tiles --out dataset
  edgefront tiles prepare tiles --out dataset --channels 5 --normalize column-minmax")]
pub struct PrepareArgs {
    /// The folder with the tiles
    pub input: PathBuf,
    /// The dataset folder to write
    #[arg(long)]
    pub out: PathBuf,
    /// 5 (elevation, R, G, B, NIR) or 7 (with NDWI and NDVI)
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u8).range(5..=7))]
    pub channels: u8,
    /// How each band of a tile is scaled: band-minmax, column-minmax or none
    #[arg(long, default_value = "band-minmax")]
    pub normalize: String,
    /// Leave out tiles that cannot be used, and list them
    #[arg(long)]
    pub skip_bad: bool,
}

/// Say what a dataset holds, and what in it is suspect
///
/// Verdicts first: values that are not finite, blank, constant, clipped and equal tiles, regions in
/// another unit, rare classes, sizes of pixels, and what test tiles have in common with training
/// tiles under each fold rule.
#[derive(Args)]
#[command(after_help = "Examples:
  edgefront tiles info dataset
  edgefront tiles info dataset --json --verify
  edgefront tiles info dataset --sheet sheet.png --per-class 2
  edgefront tiles info dataset --fold blocks --block-size 1000 --buffer 200")]
pub struct InfoArgs {
    /// The dataset folder
    pub dataset: PathBuf,
    /// Print JSON, with all tiles of each verdict
    #[arg(long)]
    pub json: bool,
    /// Compare the files with their recorded SHA-256 sums first
    #[arg(long)]
    pub verify: bool,
    /// Draw channels of tiles side by side, a row for each class of each region
    #[arg(long, value_name = "FILE.png")]
    pub sheet: Option<PathBuf>,
    /// Tiles of each class in each region on the sheet
    #[arg(long, default_value_t = 1, requires = "sheet")]
    pub per_class: usize,
    /// A fold rule to judge; repeat for several [default: stratified, grouped, region]
    #[arg(long, value_name = "RULE")]
    pub fold: Vec<String>,
    /// Number of folds
    #[arg(long, default_value_t = 5)]
    pub folds: usize,
    /// Side of the blocks of `blocks`, in units of the tiles' coordinate system
    #[arg(long, requires = "fold")]
    pub block_size: Option<f64>,
    /// Training tiles no farther than this from a test tile are left out
    #[arg(long, default_value_t = 0.0)]
    pub buffer: f64,
    /// Seed of the folds, as in a study file
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
}
