use std::f64::consts::TAU;

use edgefront_random::Key;

use super::difficulty::Difficulty;
use super::grid::Point;
use super::noise::Noise;
use super::region::{Region, Survey};

/// Low-relief farmland without roads or channels, and the errors of its survey.
#[derive(Clone, Debug)]
pub(super) struct Terrain {
    level: f64,
    slope: [f64; 2],
    swell: (f64, Noise),
    roughness: (f64, Noise),
    tillage: Tillage,
    survey_error: (f64, Noise),
    stripes: Option<(f64, Noise)>,
}

/// Parallel ridges that a plough leaves.
#[derive(Clone, Debug)]
struct Tillage {
    height: f64,
    heading: f64,
    spacing: f64,
}

impl Terrain {
    pub(super) fn draw(
        region: &Region,
        survey: &Survey,
        difficulty: Difficulty,
        size: usize,
        key: Key,
    ) -> Self {
        let stream = &mut key.with("terrain", 0).stream();
        let fall = stream.uniform(region.fall[0], region.fall[1]) / 100.0;
        let downhill = stream.uniform(0.0, TAU);
        let level = survey.elevation + stream.uniform(-3.0, 3.0);
        let swell_height = stream.uniform(0.1, 0.6);
        let swell_cell = stream.uniform(35.0, 70.0);
        let roughness_height = stream.uniform(0.02, 0.1);
        let stripes = (region.striping > 0.0).then(|| {
            let noise = Noise::new(size, 6.0, stream);
            (difficulty.error() * region.striping, noise)
        });
        Self {
            level,
            slope: [fall * downhill.cos(), fall * downhill.sin()],
            swell: (swell_height, Noise::new(size, swell_cell, stream)),
            roughness: (roughness_height, Noise::new(size, 12.0, stream)),
            tillage: Tillage {
                height: stream.uniform(0.01, 0.06),
                heading: stream.uniform(0.0, 0.2)
                    + if stream.chance(0.5) { TAU / 4.0 } else { 0.0 },
                spacing: stream.uniform(3.0, 7.0),
            },
            survey_error: (
                difficulty.error() * survey.lidar_noise,
                Noise::new(size, 2.5, stream),
            ),
            stripes,
        }
    }

    /// The land's large forms in metres: what a road is graded to.
    pub(super) fn land(&self, place: Point) -> f64 {
        self.level
            + self.slope[0] * place.x
            + self.slope[1] * place.y
            + self.swell.0 * self.swell.1.at(place)
    }

    /// Bumps of a natural surface, in metres.
    pub(super) fn roughness(&self, place: Point) -> f64 {
        self.roughness.0 * self.roughness.1.at(place)
    }

    /// Ridges of a ploughed surface, in metres; also the phase of crop rows.
    pub(super) fn tillage(&self, place: Point) -> f64 {
        self.tillage.height * self.rows(place)
    }

    /// Between -1 and 1 across the rows of a field.
    pub(super) fn rows(&self, place: Point) -> f64 {
        let (sin, cos) = self.tillage.heading.sin_cos();
        ((place.y * cos - place.x * sin) * TAU / self.tillage.spacing).sin()
    }

    /// What the lidar measures too high, in metres: correlated over some metres, and along
    /// flight lines (north to south) where the region has them.
    pub(super) fn survey_error(&self, place: Point) -> f64 {
        let lines = self.stripes.as_ref().map_or(0.0, |(height, noise)| {
            height * noise.at(Point { y: 0.0, ..place })
        });
        self.survey_error.0 * self.survey_error.1.at(place) + lines
    }
}
