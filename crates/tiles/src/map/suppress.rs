//! Of detections close to each other, only the most probable is kept.

use std::cmp::Ordering;
use std::collections::HashMap;

/// A place where a class was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Pixels from the raster's left edge.
    pub column: f64,
    /// Pixels from the raster's upper edge.
    pub row: f64,
    /// The class's place among the model's.
    pub class: usize,
    /// In 0 to 1.
    pub probability: f32,
}

/// Greedy non-maximum suppression: goes through the detections from the most probable to the least
/// and keeps each that is farther than `radius` pixels from all of its class that were kept before.
///
/// Of equally probable ones the uppermost comes first, then the leftmost, so that the result does
/// not depend on the order in which they are given. It comes in the order of its rows.
#[must_use]
pub fn suppress(mut detections: Vec<Detection>, radius: f64) -> Vec<Detection> {
    detections
        .sort_by(|a, b| (b.probability.total_cmp(&a.probability)).then_with(|| by_place(a, b)));
    // Kept ones by squares as wide as the radius: who is near lies in the same or the next one.
    let side = radius.max(1.0);
    let square = |place: f64| (place / side).floor() as i64;
    let mut kept: HashMap<(usize, i64, i64), Vec<Detection>> = HashMap::new();
    detections.retain(|new| {
        let (x, y) = (square(new.column), square(new.row));
        let around = (y - 1..=y + 1).flat_map(|y| (x - 1..=x + 1).map(move |x| (x, y)));
        let is_near =
            |old: &Detection| (old.column - new.column).hypot(old.row - new.row) <= radius;
        let suppressed = around
            .filter_map(|(x, y)| kept.get(&(new.class, x, y)))
            .any(|others| others.iter().any(is_near));
        if !suppressed {
            kept.entry((new.class, x, y)).or_default().push(*new);
        }
        !suppressed
    });
    detections.sort_by(by_place);
    detections
}

fn by_place(a: &Detection, b: &Detection) -> Ordering {
    (a.row.total_cmp(&b.row))
        .then(a.column.total_cmp(&b.column))
        .then(a.class.cmp(&b.class))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn detection(column: f64, row: f64, class: usize, probability: f32) -> Detection {
        Detection {
            column,
            row,
            class,
            probability,
        }
    }

    #[test]
    fn the_most_probable_of_a_chain_suppresses_its_neighbours_only() {
        let chain = vec![
            detection(0.0, 0.0, 1, 0.8),
            detection(50.0, 0.0, 1, 0.9),
            detection(100.0, 0.0, 1, 0.7),
            detection(150.0, 0.0, 1, 0.6),
        ];
        let kept = suppress(chain, 50.0);
        let columns: Vec<_> = kept.iter().map(|d| d.column).collect();
        assert_eq!(columns, [50.0, 150.0]);
    }

    #[test]
    fn classes_do_not_suppress_each_other() {
        let both = vec![detection(0.0, 0.0, 0, 0.9), detection(1.0, 0.0, 1, 0.6)];
        assert_eq!(suppress(both.clone(), 50.0), both);
    }

    fn detections() -> impl Strategy<Value = Vec<Detection>> {
        let one = (0u32..30, 0u32..30, 0usize..2, 0u32..5);
        let one = one.prop_map(|(column, row, class, p)| {
            detection(f64::from(column), f64::from(row), class, p as f32 / 4.0)
        });
        prop::collection::vec(one, 0..60)
    }

    proptest! {
        #[test]
        fn what_is_kept_is_far_apart_and_what_is_not_has_a_better_neighbour(
            all in detections(),
            radius in 0.0f64..15.0,
        ) {
            let kept = suppress(all.clone(), radius);
            let near = |a: &Detection, b: &Detection| {
                a.class == b.class && (a.column - b.column).hypot(a.row - b.row) <= radius
            };
            for (i, a) in kept.iter().enumerate() {
                prop_assert!(kept[..i].iter().all(|b| !near(a, b)));
            }
            for one in &all {
                prop_assert!(
                    kept.iter().any(|k| near(k, one) && k.probability >= one.probability)
                );
            }
            let mut reversed = all;
            reversed.reverse();
            prop_assert_eq!(suppress(reversed, radius), kept);
        }
    }
}
