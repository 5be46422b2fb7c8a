use std::collections::BTreeMap;
use std::ops::Bound;

use crate::front::order::sortable;

/// The volume between these costs (of three coordinates, all below zero) and the origin.
pub(super) fn volume3(mut points: Vec<[f64; 3]>) -> f64 {
    points.sort_unstable_by(|a, b| a[2].total_cmp(&b[2]));
    let mut section = Section::default();
    let mut volume = 0.0;
    for (index, point) in points.iter().enumerate() {
        section.add(point[0], point[1]);
        let next = points.get(index + 1).map_or(0.0, |next| next[2]);
        volume += section.area * (next - point[2]);
    }
    volume
}

/// The area between costs of two coordinates and the origin, kept while costs are added.
#[derive(Default)]
struct Section {
    /// The staircase: from the first cost (as its sortable key) to both, the second descending.
    steps: BTreeMap<u64, [f64; 2]>,
    area: f64,
}

impl Section {
    fn add(&mut self, x: f64, y: f64) {
        let key = sortable(x);
        let before = self.steps.range(..=key).next_back();
        let mut height = before.map_or(0.0, |(_, step)| step[1]);
        if height <= y {
            return;
        }
        // From `x` on the ceiling is `height` until a step lowers it; every step that is not lower
        // than the new one disappears under it.
        let mut left = x;
        while let Some((&next, &[right, lower])) = self
            .steps
            .range((Bound::Included(key), Bound::Unbounded))
            .next()
        {
            self.area += (right - left) * (height - y);
            left = right;
            if lower < y {
                self.steps.insert(key, [x, y]);
                return;
            }
            height = lower;
            self.steps.remove(&next);
        }
        self.area += (0.0 - left) * (height - y);
        self.steps.insert(key, [x, y]);
    }
}
