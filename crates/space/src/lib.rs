//! Search spaces of architectures.
//!
//! A [`Space`] is a list of [`Parameter`]s with finitely many values, some of which count only
//! under a condition (a pool's kernel only where there is a pool). A [`Configuration`] chooses a
//! value for each; its canonical form forgets the choices that do not count, so that aliases of
//! one network are recognised before anything is trained. A [`Family`] turns a configuration into
//! a graph.
//!
//! ```
//! use edgefront_space::Space;
//!
//! let space = Space::preset("resnet18-drainage")?;
//! let census = space.census();
//! assert_eq!((census.configurations, census.architectures), (288, 180));
//! # Ok::<(), edgefront_space::Error>(())
//! ```

mod census;
mod configuration;
mod constraint;
mod error;
mod family;
mod parameter;
mod preset;
mod space;
mod value;

pub use census::Census;
pub use configuration::{Configuration, Values};
pub use constraint::{Bound, Constraint};
pub use error::Error;
pub use family::{Domain, FAMILIES, Family, TileShape, family};
pub use parameter::{Parameter, Role, When};
pub use preset::PRESETS;
pub use space::Space;
pub use value::Value;
