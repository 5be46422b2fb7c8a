use std::path::PathBuf;
use std::str::FromStr;
use std::thread;

use edgefront_random::Stream;

use crate::crs::Crs;
use crate::error::Error;
use crate::resample::PairOptions;

/// The most negatives that may be asked for.
const MOST_NEGATIVES: usize = 10_000_000;

/// What to clip, and how.
#[derive(Clone, Debug)]
pub struct ClipOptions {
    /// The folder to write: a new name, an empty folder, or one that was written so before.
    pub output: PathBuf,
    /// The name of the region, a folder in it.
    pub region: String,
    /// The rasters, and the grid of the tiles' pixels.
    pub rasters: PairOptions,
    /// Where the crossings are: points, or lines that cross at their middle.
    pub crossings: VectorInput,
    /// The lines that hard negatives lie on.
    pub roads: Option<VectorInput>,
    /// Pixels along a side of a tile, 8 to 4096.
    pub size: usize,
    /// How many tiles without a crossing, at most ten million.
    pub negatives: Negatives,
    /// The least distance in metres of a negative's centre from any crossing; the diagonal of a
    /// tile if none. No crossing lies in a negative, however small it is.
    pub min_distance: Option<f64>,
    /// The share of the negatives that lie on roads, 0 to 1.
    pub hard_negatives: f64,
    /// The most metres that a tile's centre is shifted by along each axis from its crossing or
    /// its road.
    pub jitter: f64,
    /// The metres within which crossings count as one, the first of them.
    pub merge: f64,
    /// The side in metres of the spatial blocks whose tiles form a group.
    pub block: f64,
    /// The same seed gives the same tiles.
    pub seed: u64,
    /// Threads that work; the output does not depend on it. At least 1.
    pub threads: usize,
}

/// A file of points or lines.
#[derive(Clone, Debug)]
pub struct VectorInput {
    /// The file.
    pub path: PathBuf,
    /// The layer to read, of a file with several.
    pub layer: Option<String>,
    /// Its coordinate system, instead of what it says.
    pub crs: Option<Crs>,
}

impl<P: Into<PathBuf>> From<P> for VectorInput {
    fn from(path: P) -> Self {
        Self {
            path: path.into(),
            layer: None,
            crs: None,
        }
    }
}

/// How many negatives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Negatives {
    /// So many.
    Count(usize),
    /// So many for each positive.
    Ratio(f64),
}

impl Negatives {
    /// The number of them beside so many positives.
    #[must_use]
    pub fn of(self, positives: usize) -> usize {
        match self {
            Self::Count(count) => count,
            Self::Ratio(ratio) => (ratio * positives as f64).round() as usize,
        }
    }
}

/// A whole number is a count; a number with a decimal point is a ratio.
impl FromStr for Negatives {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Ok(count) = text.parse() {
            return Ok(Self::Count(count));
        }
        match text.parse() {
            Ok(ratio) if (0.0..=1000.0).contains(&ratio) => Ok(Self::Ratio(ratio)),
            _ => Err(Error::Option {
                option: "negatives",
                found: format!("\"{text}\""),
                expected: "a count such as 500 or a ratio such as 1.0",
            }),
        }
    }
}

impl ClipOptions {
    /// Tiles of 100 x 100 pixels with as many negatives, placed anywhere, on all cores.
    #[must_use]
    pub fn new(
        output: impl Into<PathBuf>,
        rasters: PairOptions,
        crossings: impl Into<PathBuf>,
    ) -> Self {
        Self {
            output: output.into(),
            region: "region".to_owned(),
            rasters,
            crossings: VectorInput::from(crossings),
            roads: None,
            size: 100,
            negatives: Negatives::Ratio(1.0),
            min_distance: None,
            hard_negatives: 0.0,
            jitter: 0.0,
            merge: 1.0,
            block: 500.0,
            seed: 42,
            threads: thread::available_parallelism().map_or(1, usize::from),
        }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let fail = |option, found: String, expected| {
            Err(Error::Option {
                option,
                found,
                expected,
            })
        };
        let region = &self.region;
        if !is_folder_name(region) {
            return fail("region", format!("\"{region}\""), "the name of a folder");
        }
        if !(8..=4096).contains(&self.size) {
            return fail("size", self.size.to_string(), "8 to 4096 pixels");
        }
        if let Negatives::Count(count) = self.negatives
            && count > MOST_NEGATIVES
        {
            return fail("negatives", count.to_string(), "at most 10000000");
        }
        if !(0.0..=1.0).contains(&self.hard_negatives) {
            return fail(
                "share of hard negatives",
                self.hard_negatives.to_string(),
                "0 to 1",
            );
        }
        if self.hard_negatives > 0.0 && self.roads.is_none() {
            return fail(
                "roads",
                "none".to_owned(),
                "a file of roads for hard negatives",
            );
        }
        let lengths = [
            ("minimum distance", self.min_distance.unwrap_or(0.0)),
            ("jitter", self.jitter),
            ("distance of equal crossings", self.merge),
        ];
        for (option, metres) in lengths {
            if !(0.0..=1e6).contains(&metres) {
                return fail(option, format!("{metres} m"), "0 to 1000000 m");
            }
        }
        if !(1.0..=1e6).contains(&self.block) {
            return fail("block", format!("{} m", self.block), "1 to 1000000 m");
        }
        if self.threads == 0 {
            return fail("threads", "0".to_owned(), "at least 1");
        }
        Ok(())
    }

    /// The least distance of a negative from a crossing, in pixels.
    pub(super) fn min_distance(&self) -> f64 {
        match self.min_distance {
            Some(metres) => metres / self.rasters.resolution,
            None => std::f64::consts::SQRT_2 * self.size as f64,
        }
    }

    /// A draw of how far a tile lies off its object, in pixels.
    pub(super) fn shift(&self, stream: &mut Stream) -> [f64; 2] {
        let most = self.jitter / self.rasters.resolution;
        [stream.uniform(-most, most), stream.uniform(-most, most)]
    }
}

/// Whether a region's name is that of one folder, and not of a path to elsewhere.
pub(super) fn is_folder_name(region: &str) -> bool {
    !region.is_empty() && !region.starts_with('.') && !region.contains(['/', '\\', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_ratios_are_told_apart() {
        assert_eq!("500".parse::<Negatives>().unwrap().of(7), 500);
        assert_eq!("1.0".parse::<Negatives>().unwrap().of(7), 7);
        assert_eq!("1.5".parse::<Negatives>().unwrap().of(7), 11);
        for text in ["", "-1", "-0.5", "many", "NaN", "inf"] {
            let message = text.parse::<Negatives>().unwrap_err().to_string();
            assert!(message.contains("such as 1.0"), "{message}");
        }
    }

    #[test]
    fn options_out_of_range_are_errors() {
        let right = || {
            let rasters = PairOptions::new(["dem.tif"], ["image.tif"]);
            ClipOptions::new("out", rasters, "crossings.csv")
        };
        assert!(right().check().is_ok());
        type Change = fn(&mut ClipOptions);
        let wrong: [(&str, Change); 10] = [
            ("negatives is 18446744073709551615", |o| {
                o.negatives = Negatives::Count(usize::MAX);
            }),
            ("region is \"\"", |o| o.region.clear()),
            ("region is \"a/b\"", |o| o.region = "a/b".to_owned()),
            ("size is 7", |o| o.size = 7),
            ("hard negatives is 1.5", |o| o.hard_negatives = 1.5),
            ("roads is none", |o| o.hard_negatives = 0.5),
            ("minimum distance is -1 m", |o| o.min_distance = Some(-1.0)),
            ("jitter is NaN m", |o| o.jitter = f64::NAN),
            ("block is 0 m", |o| o.block = 0.0),
            ("threads is 0", |o| o.threads = 0),
        ];
        for (reason, change) in wrong {
            let mut options = right();
            change(&mut options);
            let message = options.check().unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        }
    }
}
