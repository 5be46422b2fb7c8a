//! From rasters back to a map: a trained network, run over all of a place.
//!
//! ```text
//! rasters of a place --Stack--> strips of rows --Plan--> batches of windows
//!                                                          | Worker: Recipe, Classifier
//!       detections <--suppress-- probabilities of windows <-+
//!                                  | Blend
//!                                  +--> map of probabilities
//! ```
//!
//! [`draw`] does all of it. Windows overlap, so each pixel belongs to several; it is read once.
//! [`classify_tiles`] is for rasters that are single windows.

mod axis;
mod blend;
mod classifier;
mod detections;
mod draw;
mod options;
mod ordered;
mod plan;
mod signature;
mod stack;
mod strips;
mod suppress;
mod tiles;
mod worker;

pub use classifier::{BATCH, Classifier};
pub use detections::Coordinates;
pub use draw::{DETECTIONS, Drawn, PROBABILITIES, draw};
pub use options::MapOptions;
pub use signature::Signature;
pub use stack::Stack;
pub use suppress::{Detection, suppress};
pub use tiles::{TileFiles, classify_tiles};
