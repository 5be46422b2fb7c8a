//! The photograph of a scene: red, green, blue and near infrared as NAIP gives them.

use edgefront_random::{Key, Stream};

use super::cover::Tree;
use super::grid::Grid;
use super::region::{Colour, Region, Survey};
use super::scene::{Scene, Site};

const BANDS: usize = 4;

const GRAVEL: Colour = [186.0, 178.0, 162.0, 172.0];
const ASPHALT: Colour = [112.0, 112.0, 112.0, 108.0];
const CONCRETE: Colour = [216.0, 212.0, 204.0, 204.0];
const VERGE: Colour = [92.0, 110.0, 74.0, 142.0];
const TREE: Colour = [46.0, 66.0, 46.0, 152.0];
const WATER: Colour = [52.0, 64.0, 62.0, 22.0];
const ROOF: Colour = [225.0, 222.0, 220.0, 215.0];

/// The four bands, shape (size, size, 4), whole numbers 0 to 255.
pub(super) fn photograph(
    scene: &Scene,
    sites: &[Site],
    elevation: &Grid,
    region: &Region,
    survey: &Survey,
    key: Key,
) -> Vec<f32> {
    let stream = &mut key.with("aerial", 0).stream();
    let size = (sites.len() as f64).sqrt() as usize;
    let colours: Vec<Colour> = sites
        .iter()
        .zip(elevation.gradients())
        .zip(scene.cover.canopy(size))
        .map(|((site, gradient), tree)| {
            // Slopes that face the light are brighter; y points down, away from the north.
            let facing = -(gradient[0] * survey.sun[0] + gradient[1] * survey.sun[1]);
            let light = (1.0 + 0.45 * facing).clamp(0.6, 1.35);
            colour(scene, site, tree, region, stream).map(|value| value * light)
        })
        .collect();
    let mut pixels = Vec::with_capacity(sites.len() * BANDS);
    for blurred in blur(&colours, size) {
        for (value, cast) in blurred.into_iter().zip(survey.cast) {
            let noise = 2.5 * stream.normal();
            let value = value * survey.exposure * cast + noise;
            pixels.push(value.round().clamp(0.0, 255.0) as f32);
        }
    }
    pixels
}

/// The colour of the topmost object.
fn colour(
    scene: &Scene,
    site: &Site,
    tree: Option<Tree>,
    region: &Region,
    stream: &mut Stream,
) -> Colour {
    let place = site.place;
    if let Some(tree) = tree {
        // The crown's far side lies in its own shade.
        let shade = 1.0 + 0.25 * (place.x - tree.centre.x) / tree.radius;
        return TREE.map(|value| value * shade * stream.uniform(0.85, 1.15));
    }
    if let Some(building) = scene.cover.building.filter(|b| b.covers(place)) {
        return ROOF.map(|value| value * building.brightness);
    }
    let mut on_bank = false;
    if let (Some(road), Some(near)) = (&scene.road, &site.road) {
        let away = near.offset.abs();
        // Gravel does not reach the edge of the crown, and its edge is uneven.
        let surface = 0.8 * road.half_crown + 0.3 * stream.normal();
        if away < surface {
            let wheel_track = 1.0 + 0.05 * (away - 0.4 * road.half_crown).abs();
            let material = if road.asphalt { ASPHALT } else { GRAVEL };
            return material.map(|value| value * wheel_track);
        }
        let at_culvert = (scene.channel.as_ref().zip(site.channel))
            .is_some_and(|(channel, near)| near.offset.abs() < 0.3 * channel.width);
        if scene.cover.headwalls && at_culvert && away < road.half_crown + 1.5 {
            return CONCRETE;
        }
        on_bank = away < road.toe();
        if !on_bank && away < road.reach() {
            return texture(VERGE, 0.1, stream);
        }
    }
    if on_bank {
        return texture(VERGE, 0.08, stream);
    }
    if let (Some(channel), Some(near)) = (&scene.channel, &site.channel) {
        if channel.is_water(place, near) {
            return texture(WATER, 0.05, stream);
        }
        if near.offset.abs() < 0.5 * channel.width + 2.0 {
            return texture(VERGE, 0.15, stream);
        }
    }
    field_colour(scene, site, region, stream)
}

fn field_colour(scene: &Scene, site: &Site, region: &Region, stream: &mut Stream) -> Colour {
    let field = scene.cover.field(site);
    let rows = 1.0 + field.rows * scene.terrain.rows(site.place);
    let grain = field.tone * rows * stream.uniform(0.95, 1.05);
    let mut colour = [0.0; BANDS];
    for (band, value) in colour.iter_mut().enumerate() {
        let mixed = region.soil[band] + (region.crop[band] - region.soil[band]) * field.green;
        *value = mixed * grain;
    }
    colour
}

fn texture(colour: Colour, spread: f64, stream: &mut Stream) -> Colour {
    let gain = stream.uniform(1.0 - spread, 1.0 + spread);
    colour.map(|value| value * gain)
}

/// A lens spreads a point over its neighbours: binomial weights 1, 2, 1 both ways.
fn blur(colours: &[Colour], size: usize) -> Vec<Colour> {
    let pass = |from: &[Colour], neighbours: &dyn Fn(usize) -> [usize; 2]| -> Vec<Colour> {
        (0..from.len())
            .map(|pixel| {
                let [before, after] = neighbours(pixel);
                let mut mixed = [0.0; BANDS];
                for (band, value) in mixed.iter_mut().enumerate() {
                    *value =
                        0.25 * (from[before][band] + 2.0 * from[pixel][band] + from[after][band]);
                }
                mixed
            })
            .collect()
    };
    let across = pass(colours, &|pixel| {
        let column = pixel % size;
        [
            pixel - usize::from(column > 0),
            pixel + usize::from(column + 1 < size),
        ]
    });
    pass(&across, &|pixel| {
        let below = if pixel + size < size * size {
            pixel + size
        } else {
            pixel
        };
        [pixel.checked_sub(size).unwrap_or(pixel), below]
    })
}
