use std::f64::consts::TAU;

use edgefront_random::{Key, Stream};

use super::channel::Channel;
use super::curve::Curve;
use super::difficulty::Difficulty;
use super::grid::Point;
use super::noise::Noise;
use super::region::Region;
use super::road::Road;
use super::scene::Site;

/// What grows and stands on the land.
#[derive(Clone, Debug)]
pub(super) struct Cover {
    /// The fields to the left and to the right of the road, or else of the boundary.
    fields: [Field; 2],
    boundary: Option<Curve>,
    patches: Noise,
    pub trees: Vec<Tree>,
    pub building: Option<Building>,
    /// Concrete shows where the channel enters and leaves the culvert.
    pub headwalls: bool,
}

/// One crop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    /// 0 is bare soil, 1 a full canopy.
    pub green: f64,
    /// Brightness, about 1.
    pub tone: f64,
    /// How far crop rows stand out, 0 to 0.1.
    pub rows: f64,
}

/// A crown seen from above.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tree {
    pub centre: Point,
    pub radius: f64,
}

/// A roof with walls along the axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Building {
    centre: Point,
    half: [f64; 2],
    pub brightness: f64,
}

impl Building {
    pub(super) fn covers(&self, place: Point) -> bool {
        (place.x - self.centre.x).abs() < self.half[0]
            && (place.y - self.centre.y).abs() < self.half[1]
    }
}

impl Cover {
    pub(super) fn draw(
        region: &Region,
        difficulty: Difficulty,
        road: Option<&Road>,
        channel: Option<&Channel>,
        size: usize,
        key: Key,
    ) -> Self {
        let stream = &mut key.with("cover", 0).stream();
        let first = Field::draw(region, stream);
        let second = if stream.chance(0.7) {
            Field::draw(region, stream)
        } else {
            first
        };
        let anywhere = |stream: &mut Stream| Point {
            x: size as f64 * stream.unit(),
            y: size as f64 * stream.unit(),
        };
        let edge = Curve::walk(anywhere(stream), 1.5 * size as f64, {
            let heading = TAU / 4.0 * stream.below(4) as f64;
            move |_| heading
        });
        let boundary = (road.is_none() && stream.chance(0.6)).then(|| edge.clone());

        let mut trees = Vec::new();
        if let Some(channel) = channel {
            let density = if stream.chance(difficulty.lined()) {
                stream.uniform(0.1, 0.9)
            } else {
                0.0
            };
            plant(
                &channel.curve,
                density,
                0.7 * channel.width,
                stream,
                &mut trees,
            );
        }
        // Shelter belts stand without any channel.
        if stream.chance(0.3) {
            plant(&edge, stream.uniform(0.3, 0.9), 2.0, stream, &mut trees);
        }
        if let Some(road) = road {
            trees.retain(|tree| {
                road.curve.nearest(tree.centre).offset.abs() > road.half_crown + tree.radius
            });
        }
        let building = Building {
            centre: anywhere(stream),
            half: [stream.uniform(3.0, 9.0), stream.uniform(3.0, 9.0)],
            brightness: stream.uniform(0.6, 1.0),
        };
        let is_clear = |curve: Option<&Curve>| {
            curve.is_none_or(|curve| curve.nearest(building.centre).offset.abs() > 22.0)
        };
        let stands = stream.chance(0.3)
            && is_clear(road.map(|road| &road.curve))
            && is_clear(channel.map(|channel| &channel.curve));
        Self {
            fields: [first, second],
            boundary,
            patches: Noise::new(size, 14.0, stream),
            trees,
            building: stands.then_some(building),
            headwalls: stream.chance(0.5),
        }
    }

    /// The line between two fields that no road divides.
    pub(super) fn boundary(&self) -> Option<&Curve> {
        self.boundary.as_ref()
    }

    /// The tree that covers each pixel, the first of those that do.
    pub(super) fn canopy(&self, size: usize) -> Vec<Option<Tree>> {
        let mut canopy = vec![None; size * size];
        for tree in self.trees.iter().rev() {
            let span = |centre: f64| {
                let clamp = |edge: f64| edge.clamp(0.0, size as f64) as usize;
                clamp(centre - tree.radius)..clamp(centre + tree.radius + 1.0)
            };
            for row in span(tree.centre.y) {
                for column in span(tree.centre.x) {
                    let place = Point {
                        x: column as f64 + 0.5,
                        y: row as f64 + 0.5,
                    };
                    if place.distance(tree.centre) < tree.radius {
                        canopy[row * size + column] = Some(*tree);
                    }
                }
            }
        }
        canopy
    }

    /// The crop at a place.
    pub(super) fn field(&self, site: &Site) -> Field {
        let right = site
            .road
            .or(site.boundary)
            .is_some_and(|near| near.offset > 0.0);
        let field = self.fields[usize::from(right)];
        Field {
            green: (field.green + 0.08 * self.patches.at(site.place)).clamp(0.0, 1.0),
            ..field
        }
    }
}

impl Field {
    fn draw(region: &Region, stream: &mut Stream) -> Self {
        let green = if stream.chance(region.green) {
            stream.uniform(0.55, 1.0)
        } else {
            stream.uniform(0.0, 0.3)
        };
        Self {
            green,
            tone: stream.uniform(0.85, 1.15),
            rows: stream.uniform(0.0, 0.1),
        }
    }
}

/// Trees on both sides of a line, at most one per side for every 4 m.
fn plant(line: &Curve, density: f64, away: f64, stream: &mut Stream, trees: &mut Vec<Tree>) {
    for &point in line.points() {
        for _ in 0..2 {
            if stream.chance(0.5 * density) {
                let radius = stream.uniform(1.5, 4.0);
                let distance =
                    (away + radius * stream.uniform(0.0, 1.0)) * stream.uniform(0.6, 1.2);
                trees.push(Tree {
                    centre: point.step(stream.uniform(0.0, TAU), distance),
                    radius,
                });
            }
        }
    }
}
