use super::grid::Point;

/// The distance between the points of a curve, in metres.
const STEP: f64 = 4.0;

/// A line through the tile, as a chain of short segments.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    points: Vec<Point>,
    /// The length of the longest segment.
    stride: f64,
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
        Self::through(points)
    }

    fn through(points: Vec<Point>) -> Self {
        let lengths = points.windows(2).map(|pair| pair[0].distance(pair[1]));
        let stride = lengths.fold(0.0, f64::max);
        Self { points, stride }
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
        Self::through(points)
    }

    /// The nearest place of the curve.
    pub(super) fn nearest(&self, place: Point) -> Nearest {
        self.nearest_from(place, &mut 0)
    }

    /// The nearest place of the curve, which is soon found if `segment` is near it; then it is the
    /// one that the place lies on.
    pub(super) fn nearest_from(&self, place: Point, segment: &mut usize) -> Nearest {
        let mut best = self.nearest_of(*segment, place);
        let mut next = 0;
        while next + 1 < self.points.len() {
            let found = self.nearest_of(next, place);
            if found.offset.abs() < best.offset.abs() {
                (best, *segment) = (found, next);
            }
            // Each segment farther along comes nearer by its own length at most.
            let spare = found.offset.abs() - best.offset.abs();
            next += 1 + (spare / self.stride) as usize;
        }
        best
    }

    fn nearest_of(&self, segment: usize, place: Point) -> Nearest {
        let [a, b] = [self.points[segment], self.points[segment + 1]];
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let (px, py) = (place.x - a.x, place.y - a.y);
        let t = ((px * dx + py * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        let (ex, ey) = (px - t * dx, py - t * dy);
        Nearest {
            offset: (ex * ex + ey * ey).sqrt().copysign(dx * py - dy * px),
            point: Point {
                x: a.x + t * dx,
                y: a.y + t * dy,
            },
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
    fn no_nearer_place_is_passed_over() {
        let bent = Curve::walk(ORIGIN, 90.0, |s| 0.4 + (s / 20.0).sin());
        let beside = bent.beside(|s| 15.0 + 0.02 * s * s);
        for curve in [bent, beside] {
            let mut segment = 0;
            for step in 0..2000 {
                let place = Point {
                    x: f64::from(step % 50) * 2.0,
                    y: f64::from(step / 50) * 2.5,
                };
                let every = (0..curve.points.len() - 1).map(|n| curve.nearest_of(n, place));
                let least = every
                    .map(|near| near.offset.abs())
                    .fold(f64::INFINITY, f64::min);
                for near in [
                    curve.nearest(place),
                    curve.nearest_from(place, &mut segment),
                ] {
                    assert!((near.offset.abs() - least).abs() < 1e-12, "{place:?}");
                }
            }
        }
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
