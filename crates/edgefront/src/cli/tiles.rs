use std::path::PathBuf;

use clap::{Args, Subcommand};

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

/// Turn folders or a table of tiles into a dataset folder
///
/// Layouts, found out by the names of folders and files: region-folders
/// (REGION/{DEM,Aer}/CLASS/N.tif), drainage-study (that study's own folders), class-folders
/// ([REGION/]CLASS/N.tif or .png), study-arrays (whole_data.npy and whole_label.npy), and manifest:
/// a table TILES.csv with the columns id, label, region and group if known, and one for each kind of
/// raster, called after its bands (dem, r+g+b+nir). Classes come from names.
#[derive(Args)]
#[command(after_help = "Examples:
  edgefront tiles prepare tiles --out dataset
  edgefront tiles prepare tiles.csv --out dataset --skip-bad
  edgefront tiles prepare photographs --bands r,g,b,alpha --out dataset
  edgefront tiles prepare tiles --out dataset --channels 5 --normalize column-minmax")]
pub struct PrepareArgs {
    /// The folder or table with the tiles
    pub input: PathBuf,
    /// The dataset folder to write
    #[arg(long)]
    pub out: PathBuf,
    /// 5 (elevation, R, G, B, NIR) or 7 (with NDWI and NDVI)
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u8).range(5..=7))]
    pub channels: u8,
    /// How each band of a tile is scaled: band-minmax (unless another is given), column-minmax or
    /// none. For study-arrays, how it has been scaled (column-minmax unless another is given)
    #[arg(long)]
    pub normalize: Option<String>,
    /// The layout of the tiles, if it is not to be found out
    #[arg(long)]
    pub layout: Option<String>,
    /// The names of the bands of images in class-folders
    #[arg(long, value_delimiter = ',')]
    pub bands: Option<Vec<String>>,
    /// Leave out tiles that cannot be used, and count them
    #[arg(long)]
    pub skip_bad: bool,
    /// Print JSON: the tiles that were left out, with the reasons
    #[arg(long)]
    pub json: bool,
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
