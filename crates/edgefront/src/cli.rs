//! What the command line looks like; what it does is in `command/`.

pub mod classify;
pub mod tiles;

use std::num::{NonZeroU16, NonZeroUsize};
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use edgefront::latency::Method;
use edgefront::pareto::Objective;
use edgefront::study::ModelFormat;

use self::classify::ClassifyArgs;
use self::tiles::TilesArgs;
use crate::runtime::RuntimeName;

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
    Measure(MeasureArgs),
    Device(DeviceArgs),
    Pareto(ParetoArgs),
    Report(ReportArgs),
    Export(ExportArgs),
    Classify(ClassifyArgs),
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
/// Trains the networks that the study file asks for and keeps everything in the study's directory.
/// Killed and started again, the study goes on where it stopped. The result is the same for any
/// number of workers and any number of stops.
#[derive(Args)]
#[command(after_help = SEARCH_HELP)]
pub struct SearchArgs {
    /// The study file
    pub study: PathBuf,
    /// Trainings at a time, each on one core [default: one per core]
    #[arg(long)]
    pub workers: Option<usize>,
    /// Memory for all trainings together, as 4G or 800M [default: what the system has left]
    #[arg(long, value_parser = bytes)]
    pub memory: Option<u64>,
    /// Where the study is kept [default: as the study file says]
    #[arg(long)]
    pub out: Option<PathBuf>,
}

const SEARCH_HELP: &str = "\
Examples:
  edgefront search study.toml
  edgefront search study.toml --workers 4 --out runs/first
  edgefront search study.toml --memory 4G

Trainings:
  A trial is one network, trained once for each fold. The unit of work is one fold of one trial, on
  one core; each worker takes the next one in the order of trials and folds. So the folds of a
  trial run side by side, and the last trial, or the only one, keeps as many cores busy as it has
  folds.

Folds, in the study file:
  [folds]
  method = \"stratified\"     each fold has the same share of each class
         | \"grouped\"        no group of tiles (column `group` of tiles.csv) is in two folds
         | \"region\"         each region is left out once
         | \"blocks\"         no square block of land, block_size = 1000 wide in units of the
                            tiles' coordinate system, is in two folds
         | \"sklearn-stratified\"  tile by tile what scikit-learn's StratifiedKFold deals with
                            shuffle=True and random_state = 42, the default
  count = 5                 for `region` as many as there are regions
  buffer = 0                training tiles no farther than this from a test tile are left out of
                            that fold, in units of the tiles' coordinate system
  fold_weights = \"fresh\"    each fold starts from weights of its own
               | \"carried\"  each fold starts from what the one before it ended with, and waits
                            for it. This leaks the test tiles into the training; it is there to
                            reproduce studies that did so, with a warning

Memory:
  What a training takes is predicted before it starts. As many run at a time as fit into the memory
  that is left: of the machine and of the control group (container, job) that the program runs in,
  less a tenth. --memory sets another amount; the suffixes K, M, G and T are powers of 1024. The
  result does not depend on it: where a training does not fit even alone, the search ends and says
  what it needs, and goes on once it is started again with more.

Failures:
  A trial fails, with its reason, if its loss ceases to be finite, its training needs more memory
  than the machine has at all, or its training ends in a fault of the program. The study goes on without it.";

/// Predict how long a network takes on a device
#[derive(Args)]
#[command(after_help = "Examples:
  edgefront latency model.onnx
  edgefront latency model.onnx --device myriadvpu --kernels
  edgefront latency model.onnx --input-shape 1x3x224x224
  edgefront latency model.onnx --predictor nn-meter
  edgefront latency graph.json --json")]
pub struct LatencyArgs {
    /// An ONNX model, or a graph in nn-Meter's JSON
    pub model: PathBuf,
    /// A device, or the path of its file; repeat for several [default: all that are built in]
    #[arg(long)]
    pub device: Vec<String>,
    /// The shape of the model's input, or of the one named, where the file leaves it open
    #[arg(long, value_name = "[INPUT=]1x3x224x224")]
    pub input_shape: Vec<InputShape>,
    /// How the devices predict
    #[arg(long, value_enum, default_value_t)]
    pub predictor: PredictorName,
    /// Show each kernel with its share of the time
    #[arg(long)]
    pub kernels: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// How the built-in devices predict
#[derive(Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum PredictorName {
    /// Fitted to measured networks
    #[default]
    Measured,
    /// What nn-Meter would say: its pipeline, emulated
    NnMeter,
}

impl From<PredictorName> for Method {
    fn from(name: PredictorName) -> Self {
        match name {
            PredictorName::Measured => Self::Measured,
            PredictorName::NnMeter => Self::NnMeter,
        }
    }
}

/// The shape of an input of an ONNX model.
#[derive(Clone)]
pub struct InputShape {
    /// The input's name; `None` for the only one.
    pub input: Option<String>,
    /// The dimensions, the batch first.
    pub dimensions: Vec<usize>,
}

impl FromStr for InputShape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (input, shape) = match text.rsplit_once('=') {
            Some((input, shape)) => (Some(input.to_owned()), shape),
            None => (None, text),
        };
        let dimension = |part: &str| part.parse().ok().filter(|&dimension| dimension > 0);
        let dimensions: Option<Vec<usize>> = shape.split('x').map(dimension).collect();
        let dimensions =
            dimensions.ok_or("expected whole numbers from 1 with `x` between them, 1x3x224x224")?;
        Ok(Self { input, dimensions })
    }
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
    Emulate(DeviceEmulateArgs),
    Import(DeviceImportArgs),
    Calibrate(CalibrateArgs),
    Verify(VerifyArgs),
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
#[command(after_help = "Examples:
  edgefront device show myriadvpu
  edgefront device show myriadvpu --rules > fusion_rules.json")]
pub struct DeviceShowArgs {
    /// The device's name, or the file of an imported one
    pub name: String,
    /// Print the fusion rules alone, in the format of nn-Meter's `fusion_rules.json`
    #[arg(long)]
    pub rules: bool,
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

/// Fit what nn-Meter would say of the built-in devices to its published predictions
///
/// Writes one file a device: by how much nn-Meter's times of kernels differ from the device's own,
/// and how far the emulation is off on families of networks that were left out.
#[derive(Args)]
#[command(after_help = "Example:
  edgefront device emulate reference-graphs.jsonl --out corrections")]
pub struct DeviceEmulateArgs {
    /// One JSON object a line: id, graph in nn-Meter's layout, its predictions by device
    pub references: PathBuf,
    /// The folder for the files
    #[arg(long)]
    pub out: PathBuf,
}

/// Import a predictor of nn-Meter
///
/// Reads a folder with `fusion_rules.json`, `meta.yaml` and scikit-learn's pickled random forests.
/// The pickles are only ever read as data: one that asks for anything to be run is refused.
#[derive(Args)]
#[command(after_help = "Examples:
  edgefront device import predictors/cortexA76cpu_tflite21
  edgefront latency model.onnx --device cortexA76cpu_tflite21")]
pub struct DeviceImportArgs {
    /// The folder of the predictor
    pub folder: PathBuf,
    /// The device's name [default: the one in meta.yaml]
    #[arg(long)]
    pub name: Option<String>,
    /// The file to write [default: one of the user's devices, NAME.forests]
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// What runs networks on this machine
#[derive(Args)]
pub struct HostArgs {
    /// What runs the networks
    #[arg(long, value_enum, default_value = "engine")]
    pub runtime: RuntimeName,
    /// The library of ONNX Runtime, 1.17 or newer, such as capi/libonnxruntime.so.1.27.0 in the
    /// Python package [default: the one that `ORT_DYLIB_PATH` names]
    #[arg(long, value_name = "PATH")]
    pub onnxruntime: Option<PathBuf>,
    /// Threads that share the work of a network
    #[arg(long, default_value = "1")]
    pub threads: NonZeroUsize,
}

/// Measure how long a model takes on this machine
///
/// The sizes of its inputs must be known, but for the first, which is the batch. The engine runs the
/// operators of a search's networks, with their weights in the file; ONNX Runtime runs any model.
#[derive(Args)]
#[command(after_help = "Examples:
  edgefront measure model.onnx
  edgefront measure model.onnx --runtime onnxruntime --onnxruntime libonnxruntime.so --batch 8
  edgefront measure model.onnx --threads 2 --repeats 200 --json")]
pub struct MeasureArgs {
    /// An ONNX model
    pub model: PathBuf,
    #[command(flatten)]
    pub host: HostArgs,
    /// Images in a run
    #[arg(long, default_value = "1")]
    pub batch: NonZeroU16,
    /// Runs that count
    #[arg(long, default_value_t = 50, value_parser = at_least_one)]
    pub repeats: usize,
    /// Runs before them that do not
    #[arg(long, default_value_t = 10)]
    pub warm_up: usize,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Make a device of this machine: measure kernels and networks, and fit its model
///
/// Everything is measured again and again, a moment each, until the time is spent. Killed and
/// started again, it goes on where it stopped. The device is written to the folder that
/// `EDGEFRONT_DEVICES` names, else to edgefront/devices in `XDG_DATA_HOME` or ~/.local/share.
#[derive(Args)]
#[command(after_help = "Examples:
  edgefront device calibrate my-board --minutes 15
  edgefront device verify my-board")]
pub struct CalibrateArgs {
    /// The device's name: letters, digits, `-`, `_` and `.`
    pub name: String,
    #[command(flatten)]
    pub host: HostArgs,
    /// Time to measure in, that of earlier runs included; the first pass is always finished
    #[arg(long, default_value_t = 15.0, value_parser = minutes)]
    pub minutes: f64,
    /// The preset space whose networks are measured
    #[arg(long, default_value = "resnet18-drainage")]
    pub space: String,
    /// Forget what has been measured
    #[arg(long)]
    pub restart: bool,
    /// Seed of every random draw
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

/// Measure networks that a device was not fitted to, and compare with its predictions
#[derive(Args)]
#[command(after_help = "Example:
  edgefront device verify my-board --networks 40 --json")]
pub struct VerifyArgs {
    /// The device's name, or the path of its file
    pub name: String,
    #[command(flatten)]
    pub host: HostArgs,
    /// How many networks
    #[arg(long, default_value_t = 40, value_parser = up_to_a_thousand)]
    pub networks: usize,
    /// How often each is measured; the median counts
    #[arg(long, default_value_t = 5, value_parser = up_to_a_thousand)]
    pub rounds: usize,
    /// The preset space that they are drawn from
    #[arg(long, default_value = "resnet18-drainage")]
    pub space: String,
    /// The seed of the calibration [default: the one in the device's file]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
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

/// A length of time from 0 to a year.
fn minutes(text: &str) -> Result<f64, String> {
    let minutes = text.parse().ok().filter(|m| (0.0..=525_600.0).contains(m));
    minutes.ok_or_else(|| "expected a number of minutes, 0 or more".to_owned())
}

fn up_to_a_thousand(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| (1..=1000).contains(count));
    count.ok_or_else(|| "expected a number from 1 to 1000".to_owned())
}

fn at_least_one(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|&count| count > 0);
    count.ok_or_else(|| "expected a number of 1 or more".to_owned())
}

/// A number of bytes, with a suffix or without.
fn bytes(text: &str) -> Result<u64, String> {
    let expected = || "expected a number of bytes above 0, such as 800M or 4G".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match &text[digits.len()..] {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err(expected()),
    };
    let number: u64 = digits.parse().map_err(|_| expected())?;
    let bytes = number.checked_mul(1 << shift).filter(|&bytes| bytes > 0);
    bytes.ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn bytes_have_suffixes() {
        assert_eq!(bytes("123"), Ok(123));
        assert_eq!(bytes("3K"), Ok(3072));
        assert_eq!(bytes("4G"), Ok(4 << 30));
        for wrong in [
            "",
            "G",
            "0",
            "0M",
            "-1",
            "1.5G",
            "4g",
            "4GB",
            "4 G",
            "99999999T",
            "4Ğ",
        ] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
