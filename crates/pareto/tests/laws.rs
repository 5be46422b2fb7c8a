//! The fast algorithms against the definitions, on small sets full of ties.

use edgefront_pareto::{
    Direction, Objective, Points, dominates, front, front_within_tolerance, fronts, hypervolume,
    ranks,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// Objectives and points on a coarse grid (ties and copies abound), one value in 40 a NaN.
fn problem(widths: std::ops::Range<usize>) -> impl Strategy<Value = (Vec<Objective>, Points)> {
    let value = prop_oneof![
        39 => (0i32..6).prop_map(|v| f64::from(v) - 2.0),
        1 => Just(f64::NAN),
    ];
    (widths, 0usize..40).prop_flat_map(move |(width, rows)| {
        let objective = any::<bool>().prop_map(|max| Objective {
            direction: if max {
                Direction::Maximize
            } else {
                Direction::Minimize
            },
            ..Objective::minimize("o").with_tolerance(1.0)
        });
        let values = vec(value.clone(), width * rows);
        (vec(objective, width), values)
            .prop_map(move |(objectives, values)| (objectives, Points::new(width, values).unwrap()))
    })
}

fn rated(points: &Points, row: usize) -> bool {
    points.row(row).iter().all(|value| !value.is_nan())
}

fn front_by_definition(objectives: &[Objective], points: &Points, among: &[usize]) -> Vec<usize> {
    among
        .iter()
        .copied()
        .filter(|&b| {
            !among
                .iter()
                .any(|&a| dominates(objectives, points.row(a), points.row(b)))
        })
        .collect()
}

/// The volume in unit cells of the grid, for points of whole-numbered coordinates.
fn volume_by_counting(objectives: &[Objective], points: &Points, reference: &[f64]) -> f64 {
    let cost = |j: usize, value: f64| match objectives[j].direction {
        Direction::Minimize => value,
        Direction::Maximize => -value,
    };
    let width = objectives.len();
    let lowest = -4i32;
    let side = 9usize;
    let mut cells = 0.0;
    for cell in 0..side.pow(width as u32) {
        let corner: Vec<f64> = (0..width)
            .map(|j| f64::from(lowest + (cell / side.pow(j as u32) % side) as i32))
            .collect();
        let inside = (0..width).all(|j| corner[j] + 1.0 <= cost(j, reference[j]));
        let dominated = (0..points.len())
            .any(|row| (0..width).all(|j| cost(j, points.row(row)[j]) <= corner[j]));
        cells += f64::from(u8::from(inside && dominated));
    }
    cells
}

proptest! {
    #[test]
    fn front_and_ranks_keep_their_definition((objectives, points) in problem(1..6)) {
        let mut left: Vec<usize> = (0..points.len()).filter(|&row| rated(&points, row)).collect();
        let mut peeled = Vec::new();
        while !left.is_empty() {
            let layer = front_by_definition(&objectives, &points, &left);
            left.retain(|row| !layer.contains(row));
            peeled.push(layer);
        }
        prop_assert_eq!(front(&objectives, &points), peeled.first().cloned().unwrap_or_default());
        let ranks = ranks(&objectives, &points);
        for (row, rank) in ranks.iter().enumerate() {
            let expected = peeled.iter().position(|layer| layer.contains(&row));
            prop_assert_eq!(*rank, expected);
        }
        prop_assert_eq!(fronts(&objectives, &points), peeled);
    }

    #[test]
    fn hypervolume_counts_cells((objectives, points) in problem(1..6)) {
        let reference: Vec<f64> = objectives.iter().map(|objective| match objective.direction {
            Direction::Minimize => 3.0,
            Direction::Maximize => -2.0,
        }).collect();
        let volume = hypervolume(&objectives, &points, &reference);
        prop_assert_eq!(volume, volume_by_counting(&objectives, &points, &reference));
    }

    #[test]
    fn whatever_tolerance_drops_a_kept_member_beats((objectives, points) in problem(1..5)) {
        let exact = front(&objectives, &points);
        let kept = front_within_tolerance(&objectives, &points);
        prop_assert_eq!(kept.is_empty(), exact.is_empty());
        prop_assert!(kept.iter().all(|row| exact.contains(row)));
        let worse = |j: usize, a: f64, b: f64| match objectives[j].direction {
            Direction::Minimize => a - b,
            Direction::Maximize => b - a,
        };
        for &gone in exact.iter().filter(|row| !kept.contains(row)) {
            let beaten = kept.iter().any(|&victor| {
                let (a, b) = (points.row(victor), points.row(gone));
                (0..a.len()).all(|j| worse(j, a[j], b[j]) <= 1.0)
                    && (0..a.len()).any(|j| worse(j, b[j], a[j]) > 1.0)
            });
            prop_assert!(beaten, "{} of {:?}", gone, kept);
        }
        let strict: Vec<Objective> =
            objectives.into_iter().map(|objective| objective.with_tolerance(0.0)).collect();
        prop_assert_eq!(front_within_tolerance(&strict, &points), exact);
    }
}
