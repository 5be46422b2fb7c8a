//! Search strategies behind ask and tell: no input or output, no clock.
//!
//! A [`Strategy`] proposes configurations and is told what became of them. To add one, write one
//! file below `strategy/` and one line in [`STRATEGIES`].

mod strategy;

pub use strategy::{Entry, Observation, STRATEGIES, Strategy, find};
