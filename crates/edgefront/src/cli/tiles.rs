use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Subcommand};
use edgefront::tiles::crs::Crs;
use edgefront::tiles::normalize;
use edgefront::tiles::recipe::{FUNCTIONS, PRESETS};
use edgefront::tiles::resample::PairOptions;
use edgefront::tiles::{Difficulty, Negatives};

/// Make datasets of labelled tiles
#[derive(Args)]
pub struct TilesArgs {
    #[command(subcommand)]
    pub command: TilesCommand,
}

#[derive(Subcommand)]
pub enum TilesCommand {
    Synth(SynthArgs),
    Clip(Box<ClipArgs>),
    Align(AlignArgs),
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

/// Cut labelled tiles out of elevation and image rasters at known crossings
///
/// Elevation and image may differ in resolution and coordinate system: both are brought onto the
/// grid of the first elevation raster at the resolution asked for, interpolated bilinearly where
/// they are coarser and averaged where they are finer. A tile is cut around each crossing (class
/// T), and as many where there is none (class F). Tiles that overlap are in one group.
///
/// Regions that were clipped into the folder before stay, but for one of the same name.
#[derive(Args)]
#[command(after_help = "Examples:
  edgefront tiles clip --dem dem.tif --image naip.tif --crossings culverts.gpkg --out tiles
  edgefront tiles clip --dem dem.tif --image quad_1.tif --image quad_2.tif \\
    --crossings points.csv --crossings-crs EPSG:26915 --region maple --out tiles \\
    --roads roads.geojson --hard-negatives 0.5 --jitter 10 --dataset dataset")]
pub struct ClipArgs {
    #[command(flatten)]
    pub rasters: PairArgs,
    /// Points, or lines that cross at their middle: GeoJSON, GeoPackage, or CSV with the columns
    /// lon and lat, x and y, or easting and northing
    #[arg(long, value_name = "FILE")]
    pub crossings: PathBuf,
    /// The folder to write: REGION/{DEM,Aer}/{F,T}/N.tif and labels.csv
    #[arg(long)]
    pub out: PathBuf,
    /// The name of the region
    #[arg(long, default_value = "region")]
    pub region: String,
    /// Prepare the tiles as a dataset in this folder, too
    #[arg(long, value_name = "FOLDER")]
    pub dataset: Option<PathBuf>,

    /// Pixels along a side of a tile
    #[arg(long, default_value_t = 100, help_heading = "Tiles")]
    pub size: usize,
    /// Shift tiles off their crossing or road by up to this many metres along each axis
    #[arg(
        long,
        default_value_t = 0.0,
        value_name = "METRES",
        help_heading = "Tiles"
    )]
    pub jitter: f64,
    /// Take crossings within this distance for one
    #[arg(
        long,
        default_value_t = 1.0,
        value_name = "METRES",
        help_heading = "Tiles"
    )]
    pub merge: f64,
    /// Side of the spatial blocks whose tiles form a group
    #[arg(
        long,
        default_value_t = 500.0,
        value_name = "METRES",
        help_heading = "Tiles"
    )]
    pub block: f64,
    /// Seed of every random draw
    #[arg(long, default_value_t = 42, help_heading = "Tiles")]
    pub seed: u64,

    /// Tiles without a crossing: a count (500), or a ratio to those with one (1.0)
    #[arg(
        long,
        default_value = "1.0",
        value_name = "COUNT|RATIO",
        help_heading = "Negatives"
    )]
    pub negatives: Negatives,
    /// Least distance of their centres from any crossing [default: the diagonal of a tile]
    #[arg(long, value_name = "METRES", help_heading = "Negatives")]
    pub min_distance: Option<f64>,
    /// Lines, on which hard negatives lie: GeoJSON or GeoPackage
    #[arg(long, value_name = "FILE", help_heading = "Negatives")]
    pub roads: Option<PathBuf>,
    /// The share of the negatives that lie on roads
    #[arg(
        long,
        default_value_t = 0.0,
        value_name = "SHARE",
        requires = "roads",
        help_heading = "Negatives"
    )]
    pub hard_negatives: f64,

    /// Instead of what the file of crossings says
    #[arg(
        long,
        value_name = "EPSG:N",
        help_heading = "Coordinate systems and layers"
    )]
    pub crossings_crs: Option<Crs>,
    /// Instead of what the file of roads says
    #[arg(
        long,
        value_name = "EPSG:N",
        help_heading = "Coordinate systems and layers"
    )]
    pub roads_crs: Option<Crs>,
    /// The layer of a GeoPackage of crossings that has several
    #[arg(
        long,
        value_name = "NAME",
        help_heading = "Coordinate systems and layers"
    )]
    pub crossings_layer: Option<String>,
    /// The layer of a GeoPackage of roads that has several
    #[arg(
        long,
        value_name = "NAME",
        help_heading = "Coordinate systems and layers"
    )]
    pub roads_layer: Option<String>,
}

/// Elevation and image rasters, and the grid that they are brought onto
#[derive(Args)]
pub struct PairArgs {
    /// An elevation raster; several make a mosaic in which the earlier ones count
    #[arg(long, required = true, value_name = "RASTER")]
    pub dem: Vec<PathBuf>,
    /// An image raster (r, g, b, nir); several make a mosaic in which the earlier ones count
    #[arg(long, required = true, value_name = "RASTER")]
    pub image: Vec<PathBuf>,
    /// Metres along a side of a pixel
    #[arg(long, default_value_t = 1.0, value_name = "METRES")]
    pub resolution: f64,
    /// The system of the output, a projected one [default: that of the first elevation raster]
    #[arg(
        long,
        value_name = "EPSG:N",
        help_heading = "Coordinate systems and layers"
    )]
    pub crs: Option<Crs>,
    /// Instead of what the elevation rasters say
    #[arg(
        long,
        value_name = "EPSG:N",
        help_heading = "Coordinate systems and layers"
    )]
    pub dem_crs: Option<Crs>,
    /// Instead of what the images say
    #[arg(
        long,
        value_name = "EPSG:N",
        help_heading = "Coordinate systems and layers"
    )]
    pub image_crs: Option<Crs>,
}

impl PairArgs {
    pub fn options(&self) -> PairOptions {
        let mut options = PairOptions::new(&self.dem, &self.image);
        options.dem.crs = self.dem_crs.clone();
        options.image.crs = self.image_crs.clone();
        options.crs = self.crs.clone();
        options.resolution = self.resolution;
        options
    }
}

/// Bring elevation and image rasters onto one grid, pixel upon pixel
///
/// Writes FOLDER/dem.tif and FOLDER/image.tif, cloud-optimised, over the ground of which there are
/// both: what `edgefront classify` is to run over, with the resolution and the system of the tiles
/// that the model was trained on. Rasters may be larger than memory.
#[derive(Args)]
#[command(after_help = "Example:
  edgefront tiles align --dem dem.tif --image quad_1.tif --image quad_2.tif --out aligned")]
pub struct AlignArgs {
    #[command(flatten)]
    pub rasters: PairArgs,
    /// The folder to write
    #[arg(long)]
    pub out: PathBuf,
}

/// Turn folders or a table of tiles into a dataset folder
///
/// Layouts, found out by the names of folders and files: region-folders
/// (REGION/{DEM,Aer}/CLASS/N.tif), drainage-study (that study's own folders), class-folders
/// ([REGION/]CLASS/N.tif or .png), study-arrays (that study's two .npy files), and manifest: a table
/// TILES.csv with the columns id, label, region and group if known, and one for each kind of raster,
/// called after its bands (dem, r+g+b+nir). Classes come from names.
#[derive(Args)]
#[command(after_help = PREPARE_EXAMPLES, after_long_help = prepare_help())]
pub struct PrepareArgs {
    /// The folder or table with the tiles
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
    /// How channels are brought to a common scale [default: band-minmax]. For study-arrays, how they
    /// have been [default: column-minmax]
    #[arg(long, value_parser = normalizations())]
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

const PREPARE_EXAMPLES: &str = "Examples:
  edgefront tiles prepare tiles --out dataset
  edgefront tiles prepare tiles.csv --out dataset --skip-bad
  edgefront tiles prepare photographs --bands r,g,b,alpha --out dataset
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
