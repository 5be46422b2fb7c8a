use std::path::PathBuf;

use clap::Args;

/// Run a trained model over rasters, to a map and points, or over tiles, to a table
///
/// A model that edgefront trained knows its bands, formulas, normalisation and classes. The rasters
/// together must have its raw bands, in its order and pixel upon pixel: `DEM.tif AERIAL.tif` for
/// dem, r, g, b, nir.
#[derive(Args)]
#[command(after_help = CLASSIFY_HELP)]
pub struct ClassifyArgs {
    /// The ONNX file of a model, as `edgefront export` writes it
    pub model: PathBuf,
    /// The rasters of one place; or tiles as large as the model's, or a folder of them
    #[arg(required = true)]
    pub rasters: Vec<PathBuf>,
    /// The folder that a map is written to, or the CSV file of tiles [default of tiles: print it]
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// What the bands of the rasters are, one name for each; the model takes its own of them
    #[arg(long, value_delimiter = ',', value_name = "NAME,...")]
    pub bands: Option<Vec<String>>,
    /// A class to map and detect; repeat for several [default: the second of two, else all]
    #[arg(long, value_name = "NAME")]
    pub class: Vec<String>,
    /// The share of a window that the next one has too
    #[arg(long, default_value_t = 0.5)]
    pub overlap: f64,
    /// The side of the map's cells, in pixels of the rasters [default: from window to window]
    #[arg(long, value_name = "PIXELS")]
    pub cell: Option<usize>,
    /// The least probability of a detection
    #[arg(long, default_value_t = 0.5)]
    pub threshold: f32,
    /// Of detections nearer to each other, only the most probable is kept [default: half a window]
    #[arg(long, value_name = "PIXELS")]
    pub radius: Option<f64>,
    /// The share of a window's pixels that may miss a value
    #[arg(long, default_value_t = 0.05, value_name = "SHARE")]
    pub most_missing: f64,
    /// Accept rasters whose pixels are not as large as those that the model was trained on
    #[arg(long)]
    pub any_pixel_size: bool,
    /// Threads, each with a network of its own [default: one per core]
    #[arg(long)]
    pub threads: Option<usize>,
}

const CLASSIFY_HELP: &str = "\
Examples:
  edgefront classify model.onnx dem.tif aerial.tif --out map
  edgefront classify model.onnx stack.tif --bands r,g,b,nir,dem --out map --overlap 0.75
  edgefront classify model.onnx dem.tif aerial.tif --out map --cell 1 --threshold 0.9
  edgefront classify model.onnx tiles --out predictions.csv

What is written of rasters larger than the model's tiles:
  probability.tif      a cloud-optimised GeoTIFF in the rasters' coordinate system, a band for each
                       class asked for, NaN where nothing was classified
  detections.geojson   points: the middles of the windows of a class, the most probable of those
                       near each other, with class and probability

Tiles:
  Files as large as the model's tiles give a CSV table instead: the class of each tile, and the
  probability of every class. Each file is a tile if it has all bands, else all together are one. A
  folder of labelled tiles, as `edgefront tiles prepare` reads it, gives the accuracy as well.

Windows:
  A window is as large as the tiles that the model was trained on. Each is prepared as they were:
  formulas and normalisation see one window at a time. With an overlap of 0.5, windows start every
  half window; the last ones end at the edge. The probability of a cell of the map is the mean of
  those of the windows over its middle, weighted by how near their own middles are.

Missing values:
  A window that misses more than a share of its pixels (--most-missing) is not classified. What is
  missing in others is filled with the mean of the band in the window.

Memory:
  Some rows of the rasters and one network for each thread; the height of the rasters does not count.";
