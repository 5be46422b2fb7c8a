use crate::objective::Objective;
use crate::points::{Costs, Points};

/// The crowding distance of each of these rows among them (Deb, Pratap, Agarwal and Meyarivan, "A
/// fast and elitist multiobjective genetic algorithm: NSGA-II", 2002): the sum over the objectives
/// of the distance between the two neighbours, as a share of the rows' extent. The ends of an
/// objective have infinity; unrated rows have 0. In the order of `rows`.
///
/// Among equal values the earlier of `rows` counts as the smaller.
///
/// # Panics
/// If the number of objectives is not the number of columns, or there is no such row.
#[must_use]
pub fn crowding(objectives: &[Objective], points: &Points, rows: &[usize]) -> Vec<f64> {
    let mut distances = vec![0.0; rows.len()];
    let rated: Vec<usize> = (0..rows.len())
        .filter(|&at| points.row(rows[at]).iter().all(|value| !value.is_nan()))
        .collect();
    let costs = Costs::of(objectives, points, rated.iter().map(|&at| rows[at]));
    for j in 0..costs.width {
        let mut order: Vec<usize> = (0..costs.len()).collect();
        order.sort_by(|&a, &b| costs.row(a)[j].total_cmp(&costs.row(b)[j]));
        let (Some(&first), Some(&last)) = (order.first(), order.last()) else {
            break;
        };
        let extent = costs.row(last)[j] - costs.row(first)[j];
        distances[rated[first]] = f64::INFINITY;
        distances[rated[last]] = f64::INFINITY;
        if extent > 0.0 {
            for neighbours in order.windows(3) {
                let gap = costs.row(neighbours[2])[j] - costs.row(neighbours[0])[j];
                distances[rated[neighbours[1]]] += gap / extent;
            }
        }
    }
    distances
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_infinite_and_gaps_are_shares() {
        let objectives = [Objective::minimize("a"), Objective::minimize("b")];
        let points = Points::new(2, vec![0.0, 4.0, 1.0, 2.0, f64::NAN, 0.0, 4.0, 0.0]).unwrap();
        let distances = crowding(&objectives, &points, &[3, 1, 0, 2]);
        assert_eq!(distances, [f64::INFINITY, 2.0, f64::INFINITY, 0.0]);
    }
}
