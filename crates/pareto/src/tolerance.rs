use crate::front::front;
use crate::objective::Objective;
use crate::points::{Costs, Points};

/// The members of the front that are left when differences within the objectives' tolerances count
/// for nothing, ascending; a subset of [`front`], equal to it if all tolerances are 0.
///
/// Member `a` *beats* member `b` if it is worse by more than the tolerance in no objective, and
/// better by more than the tolerance in at least one. This relation is not transitive (three
/// tolerable losses can add up to an intolerable one), so that "beaten by none" would drop members
/// whose only victor is itself dropped. What is returned is the relation's stable set (von Neumann
/// and Morgenstern, 1944): everything dropped is beaten by something *kept*, so that every trial
/// has, within the tolerances, an equal or a better in the result; and nothing kept is beaten by
/// another that is kept, unless by way of a cycle. A cycle is broken at its lexicographically best
/// member, in the order of the objectives. The result is never empty if the front is not.
///
/// O(f^2) with f the size of the front.
///
/// # Panics
/// If the number of objectives is not the number of columns.
#[must_use]
pub fn front_within_tolerance(objectives: &[Objective], points: &Points) -> Vec<usize> {
    let members = front(objectives, points);
    let costs = Costs::of(objectives, points, members.iter().copied());
    let count = costs.len();
    let beats = |a: usize, b: usize| {
        let mut better = false;
        for ((objective, &a), &b) in objectives.iter().zip(costs.row(a)).zip(costs.row(b)) {
            if a - b > objective.tolerance {
                return false;
            }
            better |= b - a > objective.tolerance;
        }
        better
    };
    let mut victors: Vec<usize> = (0..count)
        .map(|b| (0..count).filter(|&a| beats(a, b)).count())
        .collect();
    let mut open: Vec<usize> = (0..count).collect();
    let mut kept = Vec::new();
    open.sort_by(|&a, &b| {
        let rows = costs.row(a).partial_cmp(costs.row(b));
        rows.expect("costs are never NaN").then(a.cmp(&b))
    });
    while !open.is_empty() {
        let unbeaten = open.iter().position(|&member| victors[member] == 0);
        let member = open.remove(unbeaten.unwrap_or(0));
        kept.push(members[member]);
        let (beaten, left): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|&other| beats(member, other));
        open = left;
        for gone in beaten.into_iter().chain([member]) {
            for &other in &open {
                victors[other] -= usize::from(beats(gone, other));
            }
        }
    }
    kept.sort_unstable();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two(tolerances: [f64; 2], values: &[f64]) -> Vec<usize> {
        let objectives = [
            Objective::maximize("a").with_tolerance(tolerances[0]),
            Objective::minimize("b").with_tolerance(tolerances[1]),
        ];
        front_within_tolerance(&objectives, &Points::new(2, values.to_vec()).unwrap())
    }

    #[test]
    fn a_small_loss_for_a_clear_gain_is_taken() {
        let values = [96.1, 18.3, 96.0, 8.1];
        assert_eq!(two([0.0, 0.0], &values), [0, 1]);
        assert_eq!(two([0.2, 0.0], &values), [1]);
    }

    #[test]
    fn what_cannot_be_told_apart_stays() {
        assert_eq!(two([0.2, 0.5], &[96.1, 8.2, 96.0, 8.1]), [0, 1]);
    }

    #[test]
    fn a_chain_of_tolerable_losses_does_not_drop_its_end() {
        // 0 beats 1 and 1 beats 2, but 0 is worse than 2 by more than the tolerance.
        assert_eq!(two([0.0, 0.5], &[3.0, 1.0, 2.0, 0.6, 1.0, 0.2]), [0, 2]);
    }

    #[test]
    fn a_cycle_leaves_something() {
        let objectives: Vec<Objective> = ["a", "b", "c"]
            .map(|name| Objective::minimize(name).with_tolerance(1.0))
            .into();
        let values = vec![0.0, 0.75, 1.5, 1.5, 0.0, 0.75, 0.75, 1.5, 0.0];
        let points = Points::new(3, values).unwrap();
        let kept = front_within_tolerance(&objectives, &points);
        assert!(kept.contains(&0) && kept.len() < 3, "{kept:?}");
    }
}
