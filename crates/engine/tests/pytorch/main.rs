//! The engine beside PyTorch: from equal weights, training goes the same way, and weights come
//! and go through files.
//!
//! What `fixtures/` holds is compared in every run. Where `EDGEFRONT_PYTHON`, or else `python3`,
//! has PyTorch, more and larger networks are compared with what it says now.

mod case;
mod files;
mod formulas;
mod interpreter;
mod parity;
mod python;
