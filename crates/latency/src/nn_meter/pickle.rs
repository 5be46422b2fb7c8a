//! A reader of Python's pickles that can build nothing but data.
//!
//! A pickle is a program for a machine with a stack; Python's own machine calls whatever functions
//! the program names. This one calls none: a name that is not on the short list of [`Global`]s ends
//! the reading, and one that is only marks the object that it would have made. Protocols 2 to 5.
//!
//! What a program can make this machine spend is bounded by limits on its steps and its values.
//! Values refer to each other by number, so nothing here is recursive, and a program that doubles
//! its data with each step doubles nothing but references.

mod global;
mod machine;
mod value;

pub(super) use global::Global;
pub(super) use machine::load;
pub(super) use value::{Entry, Id, Object, Value, Values};
