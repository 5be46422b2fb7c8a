use crate::front::front;
use crate::objective::Objective;
use crate::points::Points;
use crate::range::{Range, normalize, ranges};

/// The row of the front that trades best; `None` if nothing is rated.
///
/// The front is scaled to its own ideal (0) and nadir (1) point. The plane on which the scaled
/// objectives sum to 1 passes through the points that are best in one objective and worst in the
/// others; the knee is the member farthest from it towards the ideal point, the one with the least
/// sum (Das, "On characterizing the knee of the Pareto curve based on normal-boundary
/// intersection", 1999). Of equal ones the first.
///
/// # Panics
/// If the number of objectives is not the number of columns.
#[must_use]
pub fn knee(objectives: &[Objective], points: &Points) -> Option<usize> {
    let members = front(objectives, points);
    let values: Vec<f64> = members
        .iter()
        .flat_map(|&row| points.row(row).to_vec())
        .collect();
    let front_points = Points::new(points.n_objectives(), values).expect("rows are whole");
    let ranges: Vec<Range> = ranges(&front_points)?;
    let scaled = normalize(objectives, &ranges, &front_points);
    scaled
        .rows()
        .map(|row| row.iter().sum::<f64>())
        .zip(members)
        .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
        .map(|(_, row)| row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bulge_is_the_knee() {
        let objectives = [Objective::maximize("a"), Objective::minimize("b")];
        let points = Points::new(2, vec![1.0, 10.0, 0.9, 2.0, 0.5, 1.5, 0.0, 1.0]).unwrap();
        assert_eq!(knee(&objectives, &points), Some(1));
        let unrated = Points::new(2, vec![f64::NAN, 1.0]).unwrap();
        assert_eq!(knee(&objectives, &unrated), None);
    }
}
