//! From rasters back to a map.

mod axis;
mod blend;
mod ordered;
mod suppress;

pub use suppress::{Detection, suppress};
