use crate::front::layer::{Layer, List, Staircase};
use crate::front::order::lexicographic;
use crate::objective::Objective;
use crate::points::{Costs, Points};

/// For each row the number of its front: 0 for the non-dominated, 1 for what is non-dominated
/// without those, and so on; `None` for unrated rows.
///
/// Efficient non-dominated sorting with binary search (Zhang, Tian, Cheng and Jin, 2015), here with
/// fronts that answer in logarithmic time up to three objectives: O(n log n log f) with f fronts.
///
/// # Panics
/// If the number of objectives is not the number of columns.
#[must_use]
pub fn ranks(objectives: &[Objective], points: &Points) -> Vec<Option<usize>> {
    let costs = Costs::new(objectives, points);
    let mut ranks = vec![None; points.len()];
    if costs.width <= Staircase::WIDTH {
        rank_into::<Staircase>(&costs, &mut ranks);
    } else {
        rank_into::<List>(&costs, &mut ranks);
    }
    ranks
}

/// The fronts in order, each a list of rows, ascending. Unrated rows are in none.
///
/// # Panics
/// If the number of objectives is not the number of columns.
#[must_use]
pub fn fronts(objectives: &[Objective], points: &Points) -> Vec<Vec<usize>> {
    let ranks = ranks(objectives, points);
    let count = ranks.iter().flatten().max().map_or(0, |last| last + 1);
    let mut fronts = vec![Vec::new(); count];
    for (row, rank) in ranks.into_iter().enumerate() {
        if let Some(rank) = rank {
            fronts[rank].push(row);
        }
    }
    fronts
}

fn rank_into<L: Layer>(costs: &Costs, ranks: &mut [Option<usize>]) {
    let mut layers: Vec<L> = Vec::new();
    let mut last: Option<(&[f64], usize)> = None;
    for index in lexicographic(costs) {
        let row = costs.row(index);
        let rank = match last {
            Some((copy, rank)) if copy == row => rank,
            _ => {
                // What a layer covers, every layer above it covers too: dominance is transitive.
                let rank = layers.partition_point(|layer| layer.covers(row));
                if rank == layers.len() {
                    layers.push(L::default());
                }
                layers[rank].insert(row);
                rank
            }
        };
        last = Some((row, rank));
        ranks[costs.origin[index]] = Some(rank);
    }
}
