use std::f64::consts::{FRAC_PI_2, TAU};

use edgefront_random::{Key, Stream};

use super::curve::{Curve, Nearest};
use super::difficulty::Difficulty;
use super::grid::Point;
use super::region::Region;
use super::road::Road;

/// A stream or drainage ditch in a shallow valley.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub curve: Curve,
    /// Width from bank to bank, in metres.
    pub width: f64,
    /// Water stands in the bed.
    pub wet: bool,
    depth: f64,
    /// 1 is a V, larger is a U.
    shape: f64,
    valley_depth: f64,
    valley_width: f64,
    pools: Vec<Pool>,
}

/// A hole that falling water has scoured: flat with standing water.
#[derive(Clone, Copy, Debug)]
struct Pool {
    centre: Point,
    radius: f64,
    depth: f64,
}

impl Channel {
    /// A channel across the tile through `through`, and under `road` if there is one: then it
    /// meets it at a good angle and scours a pool on either side.
    pub(super) fn across(
        region: &Region,
        difficulty: Difficulty,
        through: Point,
        road: Option<&Road>,
        size: usize,
        key: Key,
    ) -> Self {
        let stream = &mut key.with("channel", 0).stream();
        let heading = match road {
            Some(road) => {
                let near = road.curve.points();
                let middle = near.len() / 2;
                let (a, b) = (near[middle - 1], near[middle + 1]);
                let along = (b.y - a.y).atan2(b.x - a.x);
                along + FRAC_PI_2 + stream.uniform(-0.7, 0.7)
            }
            None => stream.uniform(0.0, TAU),
        };
        let swing = region.meander * stream.uniform(0.2, 1.0);
        let period = stream.uniform(35.0, 80.0);
        let phase = stream.uniform(0.0, TAU);
        // The two halves are roughly aligned, as a road's builders leave them.
        let kink = stream.uniform(-0.35, 0.35);
        let curve = Curve::walk(through, 0.9 * size as f64, |s| {
            let side = if s > 0.0 { kink } else { 0.0 };
            heading + side + swing * (s / period * TAU + phase).sin()
        });
        Self::with_pools(curve, difficulty, road, stream)
    }

    /// A channel that runs along one side of the road and never meets it; some turn away.
    pub(super) fn beside(road: &Road, difficulty: Difficulty, key: Key) -> Self {
        let stream = &mut key.with("channel", 0).stream();
        let mut channel = Self::with_pools(road.curve.clone(), difficulty, None, stream);
        let sway = stream.uniform(0.0, 5.0);
        let gap = stream.uniform(1.0, 12.0);
        let offset = road.reach() + 0.5 * channel.width + gap + sway;
        let side = if stream.chance(0.5) { 1.0 } else { -1.0 };
        let (period, phase) = (stream.uniform(40.0, 90.0), stream.uniform(0.0, TAU));
        let turn = stream.chance(0.5).then(|| stream.uniform(-20.0, 20.0));
        let direction = if stream.chance(0.5) { 1.0 } else { -1.0 };
        channel.curve = road.curve.beside(|s| {
            // From the turn on the channel leaves in a parabola.
            let beyond = turn.map_or(0.0, |start| (direction * s - start).max(0.0));
            side * (offset + sway * (s / period * TAU + phase).sin() + 0.03 * beyond * beyond)
        });
        channel.pools = pools_anywhere(&channel.curve, channel.width, stream);
        channel
    }

    fn with_pools(
        curve: Curve,
        difficulty: Difficulty,
        road: Option<&Road>,
        stream: &mut Stream,
    ) -> Self {
        let width = stream.uniform(4.0, 13.0);
        // A narrow channel is not deep: banks steeper than 1:1 do not stand.
        let depth = difficulty.relief() * stream.uniform(0.6, 2.5).min(0.35 * width);
        let mut channel = Self {
            width,
            wet: stream.chance(0.5),
            depth,
            shape: stream.uniform(1.2, 3.0),
            valley_depth: difficulty.relief() * stream.uniform(0.0, 1.0),
            valley_width: stream.uniform(15.0, 35.0),
            pools: Vec::new(),
            curve,
        };
        channel.pools = match road {
            Some(road) => pools_at(road, &channel.curve, width, stream),
            None => pools_anywhere(&channel.curve, width, stream),
        };
        channel
    }

    /// Metres that channel, valley and pools lie below the land.
    pub(super) fn cut(&self, place: Point, near: &Nearest) -> f64 {
        let away = near.offset.abs();
        let valley = self.valley_depth * (-(away / self.valley_width).powi(2)).exp();
        let across = away / (0.5 * self.width);
        let bed = self.depth * (1.0 - across.powf(self.shape)).max(0.0);
        let pool = self
            .pools
            .iter()
            .map(|pool| {
                let out = place.distance(pool.centre) / pool.radius;
                // Steep at its rim and flat at its bottom.
                (self.depth + pool.depth) * (1.0 - out.powi(6)).max(0.0)
            })
            .fold(0.0, f64::max);
        valley + bed.max(pool)
    }

    /// Whether there is open water.
    pub(super) fn is_water(&self, place: Point, near: &Nearest) -> bool {
        let in_bed = self.wet && near.offset.abs() < 0.22 * self.width;
        let in_pool = |pool: &Pool| place.distance(pool.centre) < 0.8 * pool.radius;
        in_bed || (self.wet && self.pools.iter().any(in_pool))
    }
}

fn pool_at(centre: Point, width: f64, stream: &mut Stream) -> Pool {
    Pool {
        centre,
        radius: (0.5 * width * stream.uniform(0.7, 1.2)).clamp(2.5, 7.0),
        depth: stream.uniform(0.1, 0.6),
    }
}

/// Pools where the channel leaves the toe of the road, on each side with a probability of 0.6.
fn pools_at(road: &Road, curve: &Curve, width: f64, stream: &mut Stream) -> Vec<Pool> {
    let mut pools = Vec::new();
    let middle = curve.points().len() / 2;
    let (behind, ahead) = curve.points().split_at(middle);
    let outside = |&&point: &&Point| road.curve.nearest(point).offset.abs() > road.toe();
    let ends = [
        behind.iter().rev().find(outside),
        ahead.iter().find(outside),
    ];
    for &end in ends.into_iter().flatten() {
        if stream.chance(0.6) {
            pools.push(pool_at(end, width, stream));
        }
    }
    pools
}

/// As many pools as at a crossing, wherever the channel goes: a pool alone tells nothing.
fn pools_anywhere(curve: &Curve, width: f64, stream: &mut Stream) -> Vec<Pool> {
    let mut pools = Vec::new();
    for _ in 0..2 {
        if stream.chance(0.6) {
            let quarter = curve.points().len() / 4;
            let place = curve.points()[quarter + stream.below(2 * quarter)];
            pools.push(pool_at(place, width, stream));
        }
    }
    pools
}
