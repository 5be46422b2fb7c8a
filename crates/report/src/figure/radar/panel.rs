use std::f64::consts::TAU;

use kuva::render::render::{Scene, TextAnchor};

use super::super::palette::{BASELINE, Theme};
use super::super::primitives::{
    Font, Stroke, area, disc, hollow_disc, lines, square, text, text_width,
};

/// The distance from the centre to the rim, in pixels.
const RIM: f64 = 92.0;
/// The distance from the centre to the labels, in pixels.
const LABELS: f64 = RIM + 14.0;
/// Where the worst value lies between centre and rim: a shape must not vanish in the centre.
const FLOOR: f64 = 0.2;
/// How many values between worst and best have a ring of their own, the two included.
const RINGS: usize = 5;
/// The size of an axis' name and of its value.
const LABEL_SIZES: (u32, u32) = (11, 12);
/// The baseline's line.
pub(super) const DASHES: Stroke<'_> = Stroke {
    color: BASELINE.color,
    width: 1.6,
    dashes: Some("5,4"),
};

/// Where one member is drawn.
pub(super) struct Panel {
    pub(super) center: (f64, f64),
    pub(super) theme: Theme,
}

impl Panel {
    /// The height of any panel, in pixels.
    pub(super) const HEIGHT: f64 = 310.0;

    /// The width of a panel that has room for these labels (names and values), in pixels.
    pub(super) fn width<'a>(labels: impl Iterator<Item = &'a (String, String)>) -> f64 {
        let widest = labels
            .map(|(name, value)| {
                text_width(name, LABEL_SIZES.0).max(text_width(value, LABEL_SIZES.1))
            })
            .fold(60.0, f64::max);
        (2.0 * (LABELS + widest + 8.0)).ceil()
    }

    /// The point at this share of a turn, clockwise from the top.
    fn at(&self, turn: f64, radius: f64) -> (f64, f64) {
        let (sin, cos) = (turn * TAU).sin_cos();
        (self.center.0 + radius * sin, self.center.1 - radius * cos)
    }

    /// One point per axis: places between 0 and 1, the centre where there is none.
    fn corners(&self, places: &[Option<f64>]) -> Vec<(f64, f64)> {
        let axes = places.len() as f64;
        let corner = |(axis, place): (usize, &Option<f64>)| match place {
            Some(place) => self.at(axis as f64 / axes, RIM * (FLOOR + (1.0 - FLOOR) * place)),
            None => self.center,
        };
        places.iter().enumerate().map(corner).collect()
    }

    /// The edges between neighbours that both have a place.
    fn edges(&self, places: &[Option<f64>]) -> Vec<Vec<(f64, f64)>> {
        let corners = self.corners(places);
        let mut edges: Vec<Vec<(f64, f64)>> = Vec::new();
        for axis in 0..places.len() {
            let next = (axis + 1) % places.len();
            if places[axis].is_some() && places[next].is_some() {
                match edges.last_mut() {
                    Some(run) if axis > 0 && places[axis - 1].is_some() => run.push(corners[next]),
                    _ => edges.push(vec![corners[axis], corners[next]]),
                }
            }
        }
        edges
    }

    pub(super) fn title(&self, scene: &mut Scene, title: &str) {
        let at = (self.center.0, self.center.1 - Self::HEIGHT / 2.0 + 4.0);
        let font = Font {
            size: 14,
            color: self.theme.ink(),
            bold: true,
        };
        scene.add(text(at, title, TextAnchor::Middle, font));
    }

    pub(super) fn grid(&self, scene: &mut Scene, axes: usize) {
        let spokes = (0..axes).map(|axis| {
            let turn = axis as f64 / axes as f64;
            vec![self.center, self.at(turn, RIM)]
        });
        let rings = (0..RINGS).flat_map(|ring| {
            let place = ring as f64 / (RINGS - 1) as f64;
            self.edges(&vec![Some(place); axes])
        });
        let stroke = Stroke {
            color: self.theme.grid(),
            width: 1.0,
            dashes: None,
        };
        scene.add(lines(&spokes.chain(rings).collect::<Vec<_>>(), stroke));
    }

    /// Each axis' name, and below it the value.
    pub(super) fn labels(&self, scene: &mut Scene, labels: &[(String, String)]) {
        for (axis, (name, value)) in labels.iter().enumerate() {
            let turn = axis as f64 / labels.len() as f64;
            let (sin, cos) = (turn * TAU).sin_cos();
            let anchor = || match sin {
                side if side > 0.1 => TextAnchor::Start,
                side if side < -0.1 => TextAnchor::End,
                _ => TextAnchor::Middle,
            };
            let (x, y) = self.at(turn, LABELS);
            // Two lines about the point; above the rim they stand on it, below they hang from it.
            let y = y - 7.0 * cos;
            let name_font = Font {
                size: LABEL_SIZES.0,
                color: self.theme.muted(),
                bold: false,
            };
            let value_font = Font {
                size: LABEL_SIZES.1,
                color: self.theme.ink(),
                bold: true,
            };
            scene.add(text((x, y - 2.0), name, anchor(), name_font));
            scene.add(text((x, y + 12.0), value, anchor(), value_font));
        }
    }

    /// The member's shape; a hollow mark in the centre for the axes where it has no place.
    pub(super) fn member(&self, scene: &mut Scene, places: &[Option<f64>], color: &str) {
        let corners = self.corners(places);
        let stroke = Stroke {
            color,
            width: 2.2,
            dashes: None,
        };
        scene.add(area(&corners, color, 0.22));
        scene.add(lines(&self.edges(places), stroke));
        for (&corner, place) in corners.iter().zip(places) {
            scene.add(match place {
                Some(_) => disc(corner, 3.6, color),
                None => hollow_disc(corner, 3.6, color, self.theme.paper()),
            });
        }
    }

    /// The baseline's line over the axes where it has a place.
    pub(super) fn baseline(&self, scene: &mut Scene, places: &[Option<f64>]) {
        scene.add(lines(&self.edges(places), DASHES));
        for (corner, place) in self.corners(places).into_iter().zip(places) {
            if place.is_some() {
                scene.add(square(corner, 5.0, BASELINE.color));
            }
        }
    }
}
