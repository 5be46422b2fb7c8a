//! What the filter remembers of the points kept so far.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::order::sortable;
use crate::dominance;

/// Mutually non-dominated costs, fed in lexicographic order.
pub(crate) trait Layer: Default {
    /// Whether a cost inserted before is nowhere larger than this one.
    fn covers(&self, row: &[f64]) -> bool;

    /// Adds a row that is not covered and not lexicographically below those before it.
    fn insert(&mut self, row: &[f64]);
}

/// Up to three objectives: those after the first, of which the points not dominated in them form a
/// descending staircase. The first objective is taken care of by the order of the insertions.
#[derive(Default)]
pub(crate) struct Staircase {
    /// From the second cost (as its sortable key) to the third, strictly descending.
    steps: BTreeMap<u64, f64>,
}

impl Staircase {
    /// The most objectives it can hold.
    pub(crate) const WIDTH: usize = 3;

    /// The second and third cost; 0 for those that do not exist.
    fn step(row: &[f64]) -> (u64, f64) {
        let cost = |index: usize| row.get(index).copied().unwrap_or(0.0);
        (sortable(cost(1)), cost(2))
    }
}

impl Layer for Staircase {
    fn covers(&self, row: &[f64]) -> bool {
        let (second, third) = Self::step(row);
        self.steps
            .range(..=second)
            .next_back()
            .is_some_and(|(_, &lowest)| lowest <= third)
    }

    fn insert(&mut self, row: &[f64]) {
        let (second, third) = Self::step(row);
        while let Some((&key, &other)) = self
            .steps
            .range((Bound::Included(second), Bound::Unbounded))
            .next()
        {
            if other < third {
                break;
            }
            self.steps.remove(&key);
        }
        self.steps.insert(second, third);
    }
}

/// Any number of objectives: the rows themselves, asked one after the other.
#[derive(Default)]
pub(crate) struct List {
    values: Vec<f64>,
}

impl Layer for List {
    fn covers(&self, row: &[f64]) -> bool {
        self.values
            .chunks_exact(row.len())
            .any(|kept| dominance::covers(kept, row))
    }

    fn insert(&mut self, row: &[f64]) {
        self.values.extend_from_slice(row);
    }
}
