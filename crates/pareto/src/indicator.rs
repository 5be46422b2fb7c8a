//! Indicators: a set of points as one number.

mod front_size;
mod normalized_hypervolume;

pub use front_size::FrontSize;
pub use normalized_hypervolume::NormalizedHypervolume;

use crate::points::Points;

/// The quality of a set of points as one number. An indicator that compares with other points (a
/// known front, say) holds them itself.
pub trait Indicator: Sync {
    /// The name on the command line and in tables: lowercase words with hyphens.
    fn name(&self) -> &'static str;

    /// Measures points as [`normalize`](crate::normalize) gives them: costs, 0 the best and 1 the
    /// worst. NaN marks unrated rows, which count for nothing.
    fn measure(&self, normalized: &Points) -> f64;
}

/// Every indicator that needs nothing but the points.
#[must_use]
pub fn indicators() -> &'static [&'static dyn Indicator] {
    &[&NormalizedHypervolume, &FrontSize]
}
