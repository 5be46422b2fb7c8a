use std::collections::HashMap;

/// Positions in squares, to find those near a place without looking at all.
pub(super) struct Nearby<T> {
    reach: f64,
    squares: HashMap<[i64; 2], Vec<([f64; 2], T)>>,
}

impl<T> Nearby<T> {
    /// None yet; [`Self::near`] will find all within `reach` along both axes.
    pub(super) fn new(reach: f64) -> Self {
        Self {
            reach: reach.max(1.0),
            squares: HashMap::new(),
        }
    }

    fn square(&self, position: [f64; 2]) -> [i64; 2] {
        position.map(|x| (x / self.reach).floor() as i64)
    }

    pub(super) fn insert(&mut self, position: [f64; 2], item: T) {
        let square = self.square(position);
        self.squares
            .entry(square)
            .or_default()
            .push((position, item));
    }

    /// All items within reach of a position, and some more, with their offsets from it.
    pub(super) fn near(&self, position: [f64; 2]) -> impl Iterator<Item = ([f64; 2], &T)> {
        let [column, row] = self.square(position);
        (-1..=1)
            .flat_map(move |y| (-1..=1).map(move |x| (x, y)))
            .filter_map(move |(x, y)| {
                self.squares
                    .get(&[column.saturating_add(x), row.saturating_add(y)])
            })
            .flatten()
            .map(move |(at, item)| ([at[0] - position[0], at[1] - position[1]], item))
    }
}

/// The length of an offset.
pub(super) fn distance(offset: [f64; 2]) -> f64 {
    offset[0].hypot(offset[1])
}

/// The greater of an offset's parts: squares of this side around two places touch.
pub(super) fn square_distance(offset: [f64; 2]) -> f64 {
    offset[0].abs().max(offset[1].abs())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_near_is_found(
            points in prop::collection::vec(prop::array::uniform2(-100.0..100.0f64), 0..60),
            at in prop::array::uniform2(-100.0..100.0f64),
            reach in 1.0..50.0f64,
        ) {
            let mut nearby = Nearby::new(reach);
            for (number, &point) in points.iter().enumerate() {
                nearby.insert(point, number);
            }
            let mut found: Vec<usize> = nearby
                .near(at)
                .filter(|&(offset, _)| distance(offset) <= reach)
                .map(|(_, &number)| number)
                .collect();
            found.sort_unstable();
            let expected: Vec<usize> = (0..points.len())
                .filter(|&n| distance([points[n][0] - at[0], points[n][1] - at[1]]) <= reach)
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
