use super::grid::Point;

/// The distance between the points of a curve, in metres.
const STEP: f64 = 4.0;

/// A line through the tile, as a chain of short steps.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    points: Vec<Point>,
    /// The same line, steps in one direction joined.
    segments: Vec<Segment>,
}

#[derive(Clone, Copy, Debug)]
struct Segment {
    start: Point,
    /// From the start to the end.
    across: f64,
    down: f64,
    /// One over the square of the length.
    scale: f64,
}

impl Segment {
    fn new(start: Point, end: Point) -> Self {
        let (across, down) = (end.x - start.x, end.y - start.y);
        Self {
            start,
            across,
            down,
            scale: 1.0 / (across * across + down * down),
        }
    }

    /// How far along its nearest place lies, 0 at its start and 1 at its end, and the square of
    /// the distance to there.
    fn nearest(&self, place: Point) -> (f64, f64) {
        let (x, y) = (place.x - self.start.x, place.y - self.start.y);
        let along = ((x * self.across + y * self.down) * self.scale).clamp(0.0, 1.0);
        let (dx, dy) = (x - along * self.across, y - along * self.down);
        (along, dx * dx + dy * dy)
    }
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
        let mut segments: Vec<Segment> = Vec::new();
        for pair in points.windows(2) {
            let [from, to] = [pair[0], pair[1]];
            let step = Segment::new(from, to);
            let goes_on = |last: &&mut Segment| {
                // The sine of the angle between them.
                let product = last.across * step.down - last.down * step.across;
                (product * product * last.scale * step.scale).sqrt() < 1e-9
            };
            match segments.last_mut().filter(goes_on) {
                Some(last) => *last = Segment::new(last.start, to),
                None => segments.push(step),
            }
        }
        Self { points, segments }
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
        let mut least = (f64::INFINITY, 0.0, &self.segments[0]);
        for segment in &self.segments {
            let (along, square) = segment.nearest(place);
            if square < least.0 {
                least = (square, along, segment);
            }
        }
        let (square, along, segment) = least;
        let Segment {
            start,
            across,
            down,
            ..
        } = *segment;
        let side = across * (place.y - start.y) - down * (place.x - start.x);
        Nearest {
            offset: square.sqrt().copysign(side),
            point: Point {
                x: start.x + along * across,
                y: start.y + along * down,
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
    fn steps_in_one_direction_are_one_segment() {
        for heading in [0.0, 0.3, 2.0, 4.0] {
            assert_eq!(Curve::walk(ORIGIN, 90.0, |_| heading).segments.len(), 1);
        }
        let turning = Curve::walk(ORIGIN, 90.0, |s| if s < 0.0 { 0.0 } else { 1e-3 });
        assert_eq!(turning.segments.len(), 2);
        let bent = Curve::walk(ORIGIN, 90.0, |s| 1e-4 * s);
        assert_eq!(bent.segments.len(), bent.points.len() - 1);
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
