//! Hardware-aware neural architecture search for small CNN classifiers.
//!
//! This crate is the command line, and the library's front door: each module below is a crate of
//! its own. Data flows through them in this order:
//!
//! - [`tiles`] turns rasters into a dataset;
//! - [`space`] says which [`graph`]s there are, [`search`] which of them to try;
//! - [`engine`] trains them, [`latency`] predicts their time on a device;
//! - [`study`] runs the whole and keeps the results;
//! - [`pareto`] finds the front, [`report`] shows it.

pub use edgefront_engine as engine;
pub use edgefront_graph as graph;
pub use edgefront_latency as latency;
pub use edgefront_pareto as pareto;
pub use edgefront_random as random;
pub use edgefront_report as report;
pub use edgefront_search as search;
pub use edgefront_space as space;
pub use edgefront_study as study;
pub use edgefront_tiles as tiles;
