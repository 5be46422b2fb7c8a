//! Labelled multi-band raster tiles: reading, preparation, folds, synthesis.
//!
//! The way of the data through this crate:
//!
//! ```text
//! folders of GeoTIFF files --Layout--> tile sources --prepare--> dataset folder
//!                                                                     |
//!                                        training and test tiles <--Fold--  Dataset
//! ```
//!
//! - [`clip()`] cuts tiles out of whole rasters where crossings are, and where none is;
//! - [`align()`] makes rasters of a place fit pixel upon pixel;
//! - a [`layout::Layout`] says which files make a tile, and reads its class from names;
//! - [`prepare()`] reads, checks and normalises the tiles and writes the dataset folder;
//! - a [`Dataset`] is that folder, memory-mapped;
//! - a [`fold::Fold`] deals its tiles into training and test sets;
//! - [`map::draw`] runs a trained network over whole rasters;
//! - [`summarise`] says what a dataset holds and what is suspect in it;
//! - [`synthesise`] makes terrain with drainage crossings to try all of this on.
//!
//! ```
//! use edgefront_random::Key;
//! use edgefront_tiles::{Dataset, PrepareOptions, SynthOptions, fold, prepare, synthesise};
//!
//! let work = tempfile::tempdir()?;
//! let mut synth = SynthOptions::new(work.path().join("tiles"));
//! synth.tiles_per_region = 4;
//! synthesise(&synth, &mut |_, _| {})?;
//!
//! let options = PrepareOptions::new(&synth.output, work.path().join("dataset"));
//! prepare(&options, &mut |done, all| assert!(done <= all))?;
//!
//! let dataset = Dataset::open(&options.output)?;
//! assert_eq!(dataset.bands(), ["dem", "r", "g", "b", "nir", "ndwi", "ndvi"]);
//! let rule = fold::by_name("region")?;
//! for split in rule.split(dataset.tiles(), &fold::FoldOptions::new(4), Key::new(42))? {
//!     assert_eq!((split.train.len(), split.test.len()), (12, 4));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod align;
mod aside;
mod checksum;
mod clip;
pub mod crs;
pub mod dataset;
mod error;
pub mod fold;
mod info;
pub mod layout;
pub mod map;
mod neighbours;
pub mod normalize;
mod npy;
mod parallel;
mod prepare;
pub mod raster;
pub mod recipe;
pub mod resample;
mod synth;
pub mod vector;

pub use align::{AlignOptions, align};
pub use clip::{ClipOptions, Clipped, LeftOut, Negatives, Unfit, VectorInput, clip};
pub use dataset::{Dataset, Tile};
pub use error::{Error, Size};
pub use info::{
    ChannelSummary, Finding, FoldReport, InfoOptions, Leaks, RegionSummary, Saturated, Severity,
    Summary, Survey, summarise,
};
pub use prepare::{FaultCount, FaultCounts, PrepareOptions, Prepared, Skipped, prepare};
pub use synth::{Difficulty, SynthOptions, synthesise};
