//! Exact hypervolume: a sweep up to three objectives, slicing down to it for more.

mod slices;
mod sweep;

use crate::front::front_of;
use crate::objective::Objective;
use crate::points::{Costs, Points};

/// The volume that the points dominate, bounded by the reference point; in the product of the
/// objectives' units. Points that are not better than the reference in every objective add nothing.
///
/// Two and three objectives take O(n log n) (Beume, Fonseca, Lopez-Ibanez, Paquete and Vahrenhold,
/// "On the complexity of computing the hypervolume indicator", 2009); each further objective
/// multiplies that by n at worst (While, Bradstreet and Barone, "A fast way of calculating exact
/// hypervolumes", 2012).
///
/// # Panics
/// If the number of objectives is not the number of columns and of coordinates of the reference.
#[must_use]
pub fn hypervolume(objectives: &[Objective], points: &Points, reference: &[f64]) -> f64 {
    assert_eq!(
        reference.len(),
        objectives.len(),
        "one coordinate of the reference per objective"
    );
    let mut costs = Costs::new(objectives, points);
    for row in costs.values.chunks_exact_mut(costs.width) {
        for ((cost, objective), &bound) in row.iter_mut().zip(objectives).zip(reference) {
            *cost -= objective.cost(bound);
        }
    }
    // From here on the reference is the origin, and what counts lies strictly below it.
    let rows: Vec<usize> = (0..costs.len())
        .filter(|&index| costs.row(index).iter().all(|&cost| cost < 0.0))
        .collect();
    let inside = Costs {
        width: costs.width,
        values: rows
            .iter()
            .flat_map(|&row| costs.row(row).to_vec())
            .collect(),
        origin: (0..rows.len()).collect(),
    };
    let members: Vec<&[f64]> = front_of(&inside)
        .into_iter()
        .map(|row| inside.row(row))
        .collect();
    slices::volume(&members, costs.width)
}
