use super::grid::Point;

/// The distance between the points of a curve, in metres.
const STEP: f64 = 4.0;

/// A line through the tile, as a chain of short segments.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    points: Vec<Point>,
}

/// Where a place lies relative to a curve.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nearest {
    /// Metres from the curve; positive to its right, seen along it (y points down).
    pub offset: f64,
    /// The place on the curve.
    pub point: Point,
}

impl Curve {
    /// Walks from `origin` both ways, `reach` metres each. `heading(s)` is the direction at `s`
    /// metres along the curve, negative behind the origin.
    pub(super) fn walk(origin: Point, reach: f64, heading: impl Fn(f64) -> f64) -> Self {
        let steps = (reach / STEP).ceil() as usize;
        let mut points = Vec::with_capacity(2 * steps + 1);
        let mut place = origin;
        for step in 0..steps {
            place = place.step(heading(-(step as f64 + 0.5) * STEP), -STEP);
            points.push(place);
        }
        points.reverse();
        points.push(origin);
        place = origin;
        for step in 0..steps {
            place = place.step(heading((step as f64 + 0.5) * STEP), STEP);
            points.push(place);
        }
        Self { points }
    }

    /// The curve that lies `offset(s)` metres to the right of this one, `s` metres from its
    /// middle.
    pub(super) fn beside(&self, offset: impl Fn(f64) -> f64) -> Self {
        let middle = self.points.len() / 2;
        let points = (1..self.points.len() - 1)
            .map(|index| {
                let (before, after) = (self.points[index - 1], self.points[index + 1]);
                let heading = (after.y - before.y).atan2(after.x - before.x);
                let along = (index as f64 - middle as f64) * STEP;
                self.points[index].step(heading + std::f64::consts::FRAC_PI_2, offset(along))
            })
            .collect();
        Self { points }
    }

    /// The nearest place of the curve.
    pub(super) fn nearest(&self, place: Point) -> Nearest {
        let mut best = (f64::INFINITY, 0.0, self.points[0]);
        for pair in self.points.windows(2) {
            let [a, b] = [pair[0], pair[1]];
            let (dx, dy) = (b.x - a.x, b.y - a.y);
            let (px, py) = (place.x - a.x, place.y - a.y);
            let t = ((px * dx + py * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
            let (ex, ey) = (px - t * dx, py - t * dy);
            let square = ex * ex + ey * ey;
            if square < best.0 {
                let point = Point {
                    x: a.x + t * dx,
                    y: a.y + t * dy,
                };
                best = (square, dx * py - dy * px, point);
            }
        }
        Nearest {
            offset: best.0.sqrt().copysign(best.1),
            point: best.2,
        }
    }

    pub(super) fn points(&self) -> &[Point] {
        &self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: Point = Point { x: 50.0, y: 50.0 };

    #[test]
    fn offsets_have_sides() {
        let east = Curve::walk(ORIGIN, 80.0, |_| 0.0);
        let south = Point { x: 31.0, y: 57.0 };
        assert!((east.nearest(south).offset - 7.0).abs() < 1e-9);
        let north = Point { x: 31.0, y: 45.0 };
        assert!((east.nearest(north).offset + 5.0).abs() < 1e-9);
    }

    #[test]
    fn a_curve_beside_keeps_its_distance() {
        let bent = Curve::walk(ORIGIN, 100.0, |s| 0.4 + s / 400.0);
        let beside = bent.beside(|_| 20.0);
        for &point in &beside.points()[5..beside.points().len() - 5] {
            assert!((bent.nearest(point).offset - 20.0).abs() < 0.1);
        }
    }
}
