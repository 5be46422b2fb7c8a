//! What each subcommand does: one file each.

pub mod classify;
pub mod demo;
pub mod device;
pub mod export;
pub mod latency;
pub mod measure;
pub mod pareto;
pub mod report;
pub mod search;
pub mod space;
pub mod tiles;
