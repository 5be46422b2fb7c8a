use edgefront_random::Key;

use super::channel::Channel;
use super::cover::Cover;
use super::curve::{Curve, Nearest};
use super::difficulty::Difficulty;
use super::grid::{Grid, Point, pixel_centres};
use super::region::{Region, Survey};
use super::road::Road;
use super::terrain::Terrain;

/// What a tile shows. Only the first is a drainage crossing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A channel that passes under a road near the centre.
    Crossing,
    /// A road without a channel.
    Road,
    /// A channel without a road.
    Channel,
    /// A channel beside a road that it does not cross.
    Beside,
    /// Neither.
    Field,
}

impl Kind {
    /// The class folder.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Crossing => "T",
            Self::Road | Self::Channel | Self::Beside | Self::Field => "F",
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Crossing => "crossing",
            Self::Road => "road",
            Self::Channel => "channel",
            Self::Beside => "beside",
            Self::Field => "field",
        }
    }
}

/// The objects of a tile, before they are measured and photographed.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub terrain: Terrain,
    pub road: Option<Road>,
    pub channel: Option<Channel>,
    pub cover: Cover,
    size: usize,
}

/// Where a pixel lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    pub place: Point,
    pub road: Option<Nearest>,
    pub channel: Option<Nearest>,
    /// Relative to the boundary between two fields.
    pub boundary: Option<Nearest>,
}

impl Scene {
    pub(super) fn draw(
        kind: Kind,
        region: &Region,
        survey: &Survey,
        difficulty: Difficulty,
        size: usize,
        key: Key,
    ) -> Self {
        let stream = &mut key.with("placement", 0).stream();
        // Tiles are cut around crossings found on a map: the object is near the centre.
        let mut near_centre = || Point {
            x: size as f64 * stream.uniform(0.36, 0.64),
            y: size as f64 * stream.uniform(0.36, 0.64),
        };
        let terrain = Terrain::draw(region, survey, difficulty, size, key);
        let through = near_centre();
        let road = matches!(kind, Kind::Crossing | Kind::Road | Kind::Beside)
            .then(|| Road::draw(region, difficulty, through, size, key));
        let channel = match (kind, &road) {
            (Kind::Crossing, road) => Some(Channel::across(
                region,
                difficulty,
                through,
                road.as_ref(),
                size,
                key,
            )),
            (Kind::Channel, _) => Some(Channel::across(
                region,
                difficulty,
                near_centre(),
                None,
                size,
                key,
            )),
            (Kind::Beside, Some(road)) => Some(Channel::beside(road, difficulty, key)),
            _ => None,
        };
        let cover = Cover::draw(
            region,
            difficulty,
            road.as_ref(),
            channel.as_ref(),
            size,
            key,
        );
        Self {
            terrain,
            road,
            channel,
            cover,
            size,
        }
    }

    /// Each pixel's position relative to the objects, row by row.
    pub(super) fn sites(&self) -> Vec<Site> {
        let near = |curve: Option<&Curve>, place| curve.map(|curve| curve.nearest(place));
        let road = self.road.as_ref().map(|road| &road.curve);
        let channel = self.channel.as_ref().map(|channel| &channel.curve);
        pixel_centres(self.size)
            .map(|place| Site {
                place,
                road: near(road, place),
                channel: near(channel, place),
                boundary: near(self.cover.boundary(), place),
            })
            .collect()
    }

    /// Elevation as a lidar survey gives it, in metres.
    pub(super) fn elevation(&self, sites: &[Site]) -> Grid {
        let mut sites = sites.iter();
        Grid::from_fn(self.size, |place| {
            let site = sites.next().expect("a site for each pixel");
            let mut ground = self.terrain.land(place) + self.terrain.roughness(place);
            if self.is_field(site) {
                ground += self.terrain.tillage(place);
            }
            if let (Some(channel), Some(near)) = (&self.channel, &site.channel) {
                ground -= channel.cut(place, near);
            }
            if let (Some(road), Some(near)) = (&self.road, &site.road) {
                ground = road.build(ground, &self.terrain, near);
            }
            ground + self.terrain.survey_error(place)
        })
    }

    /// Whether the pixel is ploughed land.
    pub(super) fn is_field(&self, site: &Site) -> bool {
        let clear_of_road = match (&self.road, &site.road) {
            (Some(road), Some(near)) => near.offset.abs() > road.reach(),
            _ => true,
        };
        let clear_of_channel = match (&self.channel, &site.channel) {
            (Some(channel), Some(near)) => near.offset.abs() > 0.5 * channel.width + 3.0,
            _ => true,
        };
        clear_of_road && clear_of_channel
    }
}

#[cfg(test)]
mod tests {
    use super::super::region::REGIONS;
    use super::*;

    fn scenes(kind: Kind) -> impl Iterator<Item = Scene> {
        (0..40).map(move |seed| {
            let key = Key::new(seed);
            let region = &REGIONS[seed as usize % REGIONS.len()];
            let survey = Survey::draw(region, &mut key.stream());
            Scene::draw(kind, region, &survey, Difficulty::MEDIUM, 100, key)
        })
    }

    /// The places of the channel that lie in the tile.
    fn bed(scene: &Scene) -> Vec<Point> {
        let inside = |p: &Point| (0.0..100.0).contains(&p.x) && (0.0..100.0).contains(&p.y);
        let channel = scene.channel.as_ref().unwrap();
        channel
            .curve
            .points()
            .iter()
            .copied()
            .filter(inside)
            .collect()
    }

    #[test]
    fn a_crossing_channel_is_on_both_sides_of_the_road() {
        for scene in scenes(Kind::Crossing) {
            let road = scene.road.as_ref().unwrap();
            let offsets: Vec<f64> = (bed(&scene).iter())
                .map(|&point| road.curve.nearest(point).offset)
                .collect();
            assert!(offsets.iter().any(|&offset| offset > road.toe()));
            assert!(offsets.iter().any(|&offset| offset < -road.toe()));
        }
    }

    #[test]
    fn a_channel_beside_the_road_never_reaches_it() {
        for scene in scenes(Kind::Beside) {
            let road = scene.road.as_ref().unwrap();
            let channel = scene.channel.as_ref().unwrap();
            let points = bed(&scene);
            let side = road.curve.nearest(points[0]).offset.signum();
            for point in points {
                let offset = road.curve.nearest(point).offset * side;
                assert!(offset > road.toe() + 0.5 * channel.width, "{offset}");
            }
        }
    }

    #[test]
    fn the_ridge_of_a_crossed_road_is_unbroken() {
        for scene in scenes(Kind::Crossing) {
            let sites = scene.sites();
            let elevation = scene.elevation(&sites);
            let road = scene.road.as_ref().unwrap();
            for (site, &height) in sites.iter().zip(elevation.values()) {
                let near = site.road.unwrap();
                if near.offset.abs() < 0.5 * road.half_crown {
                    let above = height - scene.terrain.land(near.point);
                    assert!(above > 0.2, "the crown is {above} m above the land");
                }
            }
        }
    }

    #[test]
    fn a_crossed_channel_lies_below_its_road() {
        for scene in scenes(Kind::Crossing) {
            let sites = scene.sites();
            let elevation = scene.elevation(&sites);
            let road = scene.road.as_ref().unwrap();
            let channel = scene.channel.as_ref().unwrap();
            let mean = |wanted: &dyn Fn(&Site) -> bool| {
                let heights: Vec<f64> = (sites.iter().zip(elevation.values()))
                    .filter(|(site, _)| wanted(site))
                    .map(|(site, &height)| height - scene.terrain.land(site.place))
                    .collect();
                heights.iter().sum::<f64>() / heights.len() as f64
            };
            let crown = mean(&|s| s.road.unwrap().offset.abs() < road.half_crown);
            let bed = mean(&|s| {
                s.channel.unwrap().offset.abs() < 0.2 * channel.width
                    && s.road.unwrap().offset.abs() > road.reach()
            });
            assert!(crown - bed > 0.9, "crown {crown} m, bed {bed} m");
        }
    }
}
