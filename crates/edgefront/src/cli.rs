//! What the command line looks like; what it does is in `command/`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use edgefront::pareto::Objective;
use edgefront::study::ModelFormat;

/// Finds small CNN classifiers for resource-limited devices: searches architectures, trains them
/// on raster tiles, predicts their latency, and gives back the Pareto front.
#[derive(Parser)]
#[command(version, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    Demo(DemoArgs),
    Tiles(TilesArgs),
    Space(SpaceArgs),
    Search(SearchArgs),
    Latency(LatencyArgs),
    Device(DeviceArgs),
    Pareto(ParetoArgs),
    Report(ReportArgs),
    Export(ExportArgs),
}

/// Show the whole way on synthetic tiles, from rasters to the report, in minutes
///
/// Synthesises GeoTIFF tiles of drainage crossings, prepares them, runs a small study, and writes
/// its report and models. Killed and started again, it goes on where it stopped.
#[derive(Args)]
#[command(after_help = "Examples:
  edgefront demo
  edgefront demo --dir /tmp/demo --trials 16 --epochs 8")]
pub struct DemoArgs {
    /// Where everything is written
    #[arg(long, default_value = "edgefront-demo")]
    pub dir: PathBuf,
    /// Tiles in each of the four regions
    #[arg(long, default_value_t = 80)]
    pub tiles: usize,
    /// Architectures to train
    #[arg(long, default_value_t = 8)]
    pub trials: usize,
    /// Passes over the training tiles
    #[arg(long, default_value_t = 5)]
    pub epochs: usize,
    /// Seed of every random draw
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// Trainings at a time [default: one per core]
    #[arg(long)]
    pub workers: Option<usize>,
}

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

/// Look at search spaces
#[derive(Args)]
pub struct SpaceArgs {
    #[command(subcommand)]
    pub command: SpaceCommand,
}

#[derive(Subcommand)]
pub enum SpaceCommand {
    Show(SpaceShowArgs),
}

/// Count a space, with and without aliases, and list its parameters
#[derive(Args)]
#[command(after_help = "Examples:
  edgefront space show --preset resnet18-drainage
  edgefront space show my-space.toml --json")]
pub struct SpaceShowArgs {
    /// A space's file
    #[arg(required_unless_present = "preset", conflicts_with = "preset")]
    pub file: Option<PathBuf>,
    /// A space that comes with the program
    #[arg(long)]
    pub preset: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Run or resume a study
///
/// Everything is kept in the study's directory; killed and started again, the study goes on where
/// it stopped and ends with the same result, whatever the number of workers.
#[derive(Args)]
#[command(after_help = "Examples:
  edgefront search study.toml
  edgefront search study.toml --workers 4 --out runs/first")]
pub struct SearchArgs {
    /// The study file
    pub study: PathBuf,
    /// Trainings at a time [default: one per core]
    #[arg(long)]
    pub workers: Option<usize>,
    /// Where the study is kept [default: as the study file says]
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// Predict how long a network takes on a device
#[derive(Args)]
#[command(after_help = "Examples:
  edgefront latency model.onnx
  edgefront latency model.onnx --device myriadvpu --kernels
  edgefront latency graph.json --json")]
pub struct LatencyArgs {
    /// An ONNX model, or a graph in nn-Meter's JSON
    pub model: PathBuf,
    /// A device; repeat for several [default: all]
    #[arg(long)]
    pub device: Vec<String>,
    /// Show each kernel with its share of the time
    #[arg(long)]
    pub kernels: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Look at devices, and fit them to measurements
#[derive(Args)]
pub struct DeviceArgs {
    #[command(subcommand)]
    pub command: DeviceCommand,
}

#[derive(Subcommand)]
pub enum DeviceCommand {
    List(DeviceListArgs),
    Show(DeviceShowArgs),
    Fit(DeviceFitArgs),
}

/// List the devices with their error on networks held out of their fit
#[derive(Args)]
pub struct DeviceListArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Show a device: its error by family of networks, and its coefficients
#[derive(Args)]
#[command(after_help = "Example:
  edgefront device show myriadvpu")]
pub struct DeviceShowArgs {
    /// The device's name
    pub name: String,
}

/// Fit the four devices to a file of measured networks
#[derive(Args)]
#[command(after_help = "Example:
  edgefront device fit measured-latency.train.jsonl.zst --out devices")]
pub struct DeviceFitArgs {
    /// One JSON object a line: id, family, graph in nn-Meter's layout, milliseconds per device
    pub measurements: PathBuf,
    /// The folder for the devices' files
    #[arg(long)]
    pub out: PathBuf,
}

/// Find the Pareto front of a file of results
#[derive(Args)]
#[command(after_help = "Example:
  edgefront pareto results.csv --objective accuracy:max --objective latency:min:0.5 --json")]
pub struct ParetoArgs {
    /// A CSV file with a header
    pub file: PathBuf,
    /// A column to judge by: NAME:max or NAME:min, with a tolerance NAME:min:0.5; repeat
    #[arg(long = "objective", required = true)]
    pub objectives: Vec<Objective>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Write a study's report: tables, figures, and one HTML page that works offline
#[derive(Args)]
#[command(after_help = "Example:
  edgefront report study.toml --out report")]
pub struct ReportArgs {
    /// The study file, or the study's directory
    pub study: PathBuf,
    /// The folder to write [default: report/ in the study's directory]
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// Write the front's trained networks as ONNX or safetensors, batch norm folded
#[derive(Args)]
#[command(after_help = "Examples:
  edgefront export study.toml --out models
  edgefront export study.toml --trial 7 --fold 1 --out models
  edgefront export study.toml --format safetensors --out weights")]
pub struct ExportArgs {
    /// The study file, or the study's directory
    pub study: PathBuf,
    /// A member of the front; repeat for several [default: the whole front]
    #[arg(long)]
    pub trial: Vec<usize>,
    /// The fold whose weights are written, from 1 [default: the one with the best test accuracy]
    #[arg(long)]
    pub fold: Option<usize>,
    /// onnx: the network and its weights; safetensors: the weights alone, by PyTorch's names
    #[arg(long, default_value = "onnx", value_parser = model_format())]
    pub format: ModelFormat,
    /// The folder to write
    #[arg(long)]
    pub out: PathBuf,
}

fn model_format() -> impl TypedValueParser<Value = ModelFormat> {
    PossibleValuesParser::new(ModelFormat::ALL.map(ModelFormat::name)).map(|name| {
        let mut formats = ModelFormat::ALL.into_iter();
        let known = formats.find(|format| format.name() == name);
        known.expect("the parser lets no other name pass")
    })
}
