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
//! - a [`layout::Layout`] says which files make a tile, and reads its class from names;
//! - [`prepare()`] reads, checks and normalises the tiles and writes the dataset folder;
//! - a [`Dataset`] is that folder, memory-mapped;
//! - a [`fold::Fold`] deals its tiles into training and test sets;
//! - [`summarise`] says what a dataset holds and what is suspect in it;

mod aside;
mod checksum;
pub mod dataset;
mod error;
pub mod fold;
pub mod index;
mod info;
pub mod layout;
pub mod normalize;
mod npy;
mod prepare;
pub mod raster;
mod synth;

pub use dataset::{Dataset, Tile};
pub use error::Error;
pub use info::{ChannelSummary, RegionCount, Summary, summarise};
pub use prepare::{PrepareOptions, Prepared, Skipped, prepare};
pub use synth::{SynthOptions, synthesise};
