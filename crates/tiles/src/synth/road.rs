use std::f64::consts::FRAC_PI_2;

use edgefront_random::Key;

use super::curve::{Curve, Nearest};
use super::difficulty::Difficulty;
use super::grid::Point;
use super::region::Region;
use super::terrain::Terrain;

/// A road on an embankment, with ditches along its toes.
///
/// Sizes follow the defaults of `WhiteboxTools`' `EmbankmentMapping` (Van Nieuwenhuizen,
/// Lindsay and `DeVries`, 2021): crown at least 6 m wide, embankments to 2 m high typically and
/// about 30 m wide with their ditches.
#[derive(Clone, Debug)]
pub(super) struct Road {
    pub curve: Curve,
    pub asphalt: bool,
    /// Half of the width of the crown, in metres.
    pub half_crown: f64,
    /// Height of the crown above the land, in metres.
    height: f64,
    /// Rise per metre of the sides.
    side_slope: f64,
    /// Depths of the ditches to the left and to the right; 0 where there is none.
    ditches: [f64; 2],
    ditch_width: f64,
}

impl Road {
    /// A road right across the tile, through `through`.
    pub(super) fn draw(
        region: &Region,
        difficulty: Difficulty,
        through: Point,
        size: usize,
        key: Key,
    ) -> Self {
        let stream = &mut key.with("road", 0).stream();
        let heading = if stream.chance(region.skew_roads) {
            stream.uniform(0.0, 2.0 * FRAC_PI_2)
        } else {
            FRAC_PI_2 * stream.below(4) as f64 + 0.04 * stream.normal()
        };
        // Most roads are straight; the others turn by up to a third of a radian in 100 m.
        let bend = if stream.chance(0.7) {
            0.0
        } else {
            stream.uniform(-0.0035, 0.0035)
        };
        let depth = difficulty.relief() * stream.uniform(0.3, 1.0);
        let ditches = match stream.below(4) {
            0 => [depth, 0.0],
            1 => [0.0, depth],
            _ => [depth, depth * stream.uniform(0.6, 1.0)],
        };
        Self {
            curve: Curve::walk(through, 0.9 * size as f64, |s| heading + bend * s),
            asphalt: stream.chance(region.asphalt),
            half_crown: stream.uniform(3.0, 5.5),
            height: difficulty.relief() * (0.5 + 2.5 * stream.unit().powi(2)),
            side_slope: stream.uniform(0.25, 0.5),
            ditches,
            ditch_width: stream.uniform(2.0, 5.0),
        }
    }

    /// Metres from the centre line to where the bank meets level land.
    pub(super) fn toe(&self) -> f64 {
        self.half_crown + self.height / self.side_slope
    }

    /// Metres from the centre line to the far side of the ditches.
    pub(super) fn reach(&self) -> f64 {
        self.toe() + self.ditch_width
    }

    /// The ground with the road built upon it. Fill covers whatever is lower: a channel stops
    /// at the bank.
    pub(super) fn build(&self, ground: f64, terrain: &Terrain, near: &Nearest) -> f64 {
        let away = near.offset.abs();
        let ditch = self.ditches[usize::from(near.offset > 0.0)];
        let across = (away - self.toe() - 0.5 * self.ditch_width) / (0.5 * self.ditch_width);
        let ditched = ground - ditch * (1.0 - across * across).max(0.0);

        let crown = terrain.land(near.point) + self.height;
        // The crown falls by 2 % to shed water.
        let bank = if away <= self.half_crown {
            crown - 0.02 * away
        } else {
            crown - 0.02 * self.half_crown - (away - self.half_crown) * self.side_slope
        };
        ditched.max(bank)
    }
}
