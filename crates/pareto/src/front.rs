//! The non-dominated filter.
//!
//! Points are visited in lexicographic order of their costs. A point can then only be dominated by
//! one visited before, so that it is compared with those kept so far (Kung, Luccio and Preparata,
//! "On finding the maxima of a set of vectors", 1975). What is kept is a [`Layer`]: up to three
//! objectives it answers in logarithmic time.

pub(crate) mod layer;
pub(crate) mod order;

use layer::{Layer, List, Staircase};

use crate::dominance::covers;
use crate::objective::Objective;
use crate::points::{Costs, Points};

/// The rows that no other row dominates, ascending. Exact; tolerances are not used.
///
/// All equal copies of a non-dominated point are kept. O(n log n) for up to three objectives,
/// O(n f) for more, with f the size of the front.
///
/// # Panics
/// If the number of objectives is not the number of columns.
#[must_use]
pub fn front(objectives: &[Objective], points: &Points) -> Vec<usize> {
    front_of(&discard_hopeless(Costs::new(objectives, points)))
}

/// The rows (in the numbering of the points) of the non-dominated costs, ascending.
pub(crate) fn front_of(costs: &Costs) -> Vec<usize> {
    let mut members = if costs.width <= Staircase::WIDTH {
        filter(costs, Staircase::default())
    } else {
        filter(costs, List::default())
    };
    members.sort_unstable();
    members
}

fn filter<L: Layer>(costs: &Costs, mut kept: L) -> Vec<usize> {
    let mut members = Vec::new();
    let mut last: Option<&[f64]> = None;
    for index in order::lexicographic(costs) {
        let row = costs.row(index);
        if last == Some(row) {
            members.push(costs.origin[index]);
        } else if !kept.covers(row) {
            kept.insert(row);
            members.push(costs.origin[index]);
            last = Some(row);
        }
    }
    members
}

/// Drops the costs that the point of the least scaled sum dominates: in one pass most of a cloud of
/// points, so that what is left to sort is little more than the front.
fn discard_hopeless(costs: Costs) -> Costs {
    let width = costs.width;
    let mut least = vec![f64::INFINITY; width];
    let mut most = vec![f64::NEG_INFINITY; width];
    for row in costs.values.chunks_exact(width) {
        for (j, &cost) in row.iter().enumerate() {
            least[j] = least[j].min(cost);
            most[j] = most[j].max(cost);
        }
    }
    let scaled_sum = |row: &[f64]| -> f64 {
        (0..width)
            .filter(|&j| most[j] > least[j])
            .map(|j| (row[j] - least[j]) / (most[j] - least[j]))
            .sum()
    };
    let mut best: Option<(f64, usize)> = None;
    for (index, row) in costs.values.chunks_exact(width).enumerate() {
        let sum = scaled_sum(row);
        if best.is_none_or(|(least, _)| sum < least) {
            best = Some((sum, index));
        }
    }
    let Some((_, best)) = best else {
        return costs;
    };
    let best = costs.row(best);
    let mut left = Costs {
        width,
        values: Vec::new(),
        origin: Vec::new(),
    };
    for (row, &origin) in costs.values.chunks_exact(width).zip(&costs.origin) {
        if !covers(best, row) || best == row {
            left.values.extend_from_slice(row);
            left.origin.push(origin);
        }
    }
    left
}
