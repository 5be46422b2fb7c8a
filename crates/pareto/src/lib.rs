//! Multi-objective analysis: dominance, fronts, ranks, hypervolume.
//!
//! A set of alternatives is a [`Points`]: one row per alternative, one column per [`Objective`].
//! Every function takes both and works in the units of the caller; directions are honoured inside.
//!
//! Policies, stated once and kept everywhere:
//! - **NaN**: a point with a NaN objective is *unrated*: it is on no front, has no rank, and takes
//!   no part in ranges, hypervolume or crowding. Infinities are ordinary values.
//! - **Ties**: equal points do not dominate each other, so all copies of a front member are on the
//!   front, and copies always share their rank.
//! - **Order**: lists of points are lists of row indices in ascending order.
//!
//! ```
//! use edgefront_pareto::{Objective, Points, front, ranks};
//!
//! let objectives: Vec<Objective> = ["accuracy:max", "latency:min"]
//!     .iter()
//!     .map(|text| text.parse())
//!     .collect::<Result<_, _>>()?;
//! let points = Points::new(2, vec![0.95, 8.0, 0.96, 12.0, 0.94, 9.0])?;
//! assert_eq!(front(&objectives, &points), [0, 1]);
//! assert_eq!(ranks(&objectives, &points), [Some(0), Some(0), Some(1)]);
//! # Ok::<(), edgefront_pareto::Error>(())
//! ```

mod bootstrap;
mod crowding;
mod dominance;
mod error;
mod front;
mod hypervolume;
mod indicator;
mod knee;
mod objective;
mod points;
mod range;
mod ranks;
mod tolerance;

pub use bootstrap::{FoldValues, membership};
pub use crowding::crowding;
pub use dominance::dominates;
pub use error::Error;
pub use front::front;
pub use hypervolume::hypervolume;
pub use indicator::{FrontSize, Indicator, NormalizedHypervolume, indicators};
pub use knee::knee;
pub use objective::{Direction, Objective};
pub use points::Points;
pub use range::{Range, normalize, ranges};
pub use ranks::{fronts, ranks};
pub use tolerance::front_within_tolerance;
