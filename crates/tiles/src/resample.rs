//! Rasters of any resolution and coordinate system on a common grid.
//!
//! The centre of each output pixel is transformed to the raster's system, and the pixel gets the
//! mean of the raster over a box of its own size around that place, but never smaller than a
//! pixel of the raster. So a raster that is coarser than the grid is interpolated bilinearly and
//! a finer one is averaged over the area of the output pixel; on its own grid it comes out bit
//! for bit. Elevations stay in the raster's own unit.

mod bounds;
mod grid;
mod mosaic;
mod pair;
mod source;
mod taps;

pub use bounds::Bounds;
pub use grid::{Block, Grid};
pub use mosaic::Mosaic;
pub use pair::{Pair, PairOptions, RasterInput};
pub use source::Source;
