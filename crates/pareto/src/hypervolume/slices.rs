use super::sweep;
use crate::front::front_of;
use crate::points::Costs;

/// The volume between these costs (all below zero) and the origin, over the first `width`
/// coordinates.
///
/// Taken worst first in the last coordinate, a point's own part is a prism: its extent there times
/// the volume that it has, in the other coordinates, beyond those after it.
pub(super) fn volume(points: &[&[f64]], width: usize) -> f64 {
    if width <= 3 {
        let padded = points.iter().map(|point| {
            let mut padded = [-1.0; 3];
            padded[..width].copy_from_slice(&point[..width]);
            padded
        });
        return sweep::volume3(padded.collect());
    }
    let last = width - 1;
    let mut order = points.to_vec();
    order.sort_by(|a, b| b[last].total_cmp(&a[last]));
    let mut total = 0.0;
    for (index, point) in order.iter().enumerate() {
        let own: f64 = point[..last].iter().product::<f64>().abs();
        let shared = volume_of_limited(point, &order[index + 1..], last);
        total += -point[last] * (own - shared);
    }
    total
}

/// The volume of the others over `width` coordinates, each made no better than the point.
fn volume_of_limited(point: &[f64], others: &[&[f64]], width: usize) -> f64 {
    let limited = Costs {
        width,
        values: others
            .iter()
            .flat_map(|other| (0..width).map(|j| other[j].max(point[j])))
            .collect(),
        origin: (0..others.len()).collect(),
    };
    let members: Vec<&[f64]> = if width <= 3 {
        (0..others.len()).map(|row| limited.row(row)).collect()
    } else {
        // Most are dominated now; without them the recursion is far smaller.
        let mut members: Vec<&[f64]> = front_of(&limited)
            .into_iter()
            .map(|row| limited.row(row))
            .collect();
        members.dedup();
        members
    };
    volume(&members, width)
}
