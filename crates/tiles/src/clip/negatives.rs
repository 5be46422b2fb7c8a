use edgefront_random::Stream;

use super::VectorInput;
use super::crossings::Crossings;
use super::cutter::{Cut, Cutter, Unfit};
use super::nearby::{Nearby, distance, square_distance};
use super::site::{Kind, Site};
use crate::error::Error;
use crate::resample::{Bounds, Grid};
use crate::vector::Shape;

/// Draws places without a crossing.
pub(super) struct Drawing<'a> {
    cutter: &'a Cutter,
    crossings: Nearby<()>,
    /// In pixels.
    min_distance: f64,
    /// The centres of the negatives so far.
    taken: Nearby<()>,
}

/// Places that were drawn for each that is wanted before there is said to be no room, and as
/// many more.
const MOST_DRAWS: usize = 1000;

/// Why places that were drawn do not do.
#[derive(Default)]
struct Tally {
    draws: usize,
    near_crossing: usize,
    overlapping: usize,
    unfit: Vec<Unfit>,
}

impl<'a> Drawing<'a> {
    /// Keeps `min_distance` pixels from the crossings.
    pub(super) fn new(cutter: &'a Cutter, crossings: &Crossings, min_distance: f64) -> Self {
        let mut near = Nearby::new(min_distance.max(cutter.size as f64));
        for crossing in &crossings.list {
            near.insert(crossing.position, ());
        }
        Self {
            cutter,
            crossings: near,
            min_distance,
            taken: Nearby::new(cutter.size as f64),
        }
    }

    /// Hands on so many tiles at the first places that `propose` gives and that do.
    pub(super) fn draw(
        &mut self,
        wanted: usize,
        kind: Kind,
        propose: &mut dyn FnMut() -> [f64; 2],
        take: &mut dyn FnMut(Site, Cut) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut tally = Tally::default();
        let mut found = 0;
        while found < wanted {
            let mut sites = Vec::new();
            let batch = self.cutter.batch().min(wanted - found);
            while sites.len() < batch && tally.draws < MOST_DRAWS * (wanted + 1) {
                tally.draws += 1;
                let site = Site::around(propose(), self.cutter.size, kind);
                if self.is_free(&site, &mut tally) {
                    self.taken.insert(site.centre(), ());
                    sites.push(site);
                }
            }
            if sites.is_empty() {
                return Err(Error::TooLittleRoom {
                    kind: kind.name(),
                    wanted,
                    found,
                    reasons: tally.to_string(),
                });
            }
            for (site, cut) in sites.iter().zip(self.cutter.cut_all(&sites)) {
                match cut? {
                    Ok(cut) => {
                        take(*site, cut)?;
                        found += 1;
                    }
                    // Its place stays taken: the next draw would most likely fail there too.
                    Err(reason) => tally.unfit.push(reason),
                }
            }
        }
        Ok(())
    }

    fn is_free(&self, site: &Site, tally: &mut Tally) -> bool {
        let centre = site.centre();
        let size = self.cutter.size as f64;
        let is_near =
            |offset| distance(offset) < self.min_distance || square_distance(offset) <= 0.5 * size;
        if self
            .crossings
            .near(centre)
            .any(|(offset, ())| is_near(offset))
        {
            tally.near_crossing += 1;
        } else if (self.taken.near(centre)).any(|(offset, ())| square_distance(offset) < size) {
            tally.overlapping += 1;
        } else if let Err(reason) = self.cutter.reach(site) {
            tally.unfit.push(reason);
        } else {
            return true;
        }
        false
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "of {} places {} too near a crossing, {} overlapping another tile",
            self.draws, self.near_crossing, self.overlapping
        )?;
        if !self.unfit.is_empty() {
            write!(f, ", {}", Unfit::tally(self.unfit.iter().copied()))?;
        }
        Ok(())
    }
}

/// The pieces of road on the ground that can be clipped, in pixels.
pub(super) struct Roads {
    pieces: Vec<[[f64; 2]; 2]>,
    /// The length of all pieces up to and with this one.
    ends: Vec<f64>,
}

impl Roads {
    pub(super) fn read(input: &VectorInput, grid: &Grid, ground: Bounds) -> Result<Self, Error> {
        let (layer, on_grid) = input.open(grid)?;
        let mut pieces = Vec::new();
        for feature in &layer.features {
            let Shape::Line(points) = &feature.shape else {
                let reason = format!("feature {} is a point; expected lines", feature.number);
                return Err(Error::vector(&input.path, reason));
            };
            let positions: Vec<[f64; 2]> = points
                .iter()
                .map(|&point| on_grid.position(feature.number, point))
                .collect::<Result<_, _>>()?;
            pieces.extend(positions.windows(2).map(|pair| [pair[0], pair[1]]));
        }
        Self::new(pieces, ground)
            .ok_or_else(|| Error::vector(&input.path, "no line crosses the ground of both rasters"))
    }

    /// The pieces on the ground; `None` of none.
    fn new(mut pieces: Vec<[[f64; 2]; 2]>, ground: Bounds) -> Option<Self> {
        pieces.retain(|&[a, b]| {
            // A piece along a column or row has no area: give it some.
            let around = Bounds::around([a, b, [a[0] + 1.0, a[1] + 1.0]]);
            around.is_some_and(|around| around.common(ground).is_some())
        });
        let mut end = 0.0;
        let ends: Vec<f64> = (pieces.iter())
            .map(|[a, b]| {
                end += distance([b[0] - a[0], b[1] - a[1]]);
                end
            })
            .collect();
        (!pieces.is_empty()).then_some(Self { pieces, ends })
    }

    /// A place on them, each as probable.
    pub(super) fn draw(&self, stream: &mut Stream) -> [f64; 2] {
        let last = self.pieces.len() - 1;
        let at = stream.uniform(0.0, self.ends[last]);
        let number = self.ends.partition_point(|&end| end <= at).min(last);
        let [a, b] = self.pieces[number];
        let start = if number == 0 {
            0.0
        } else {
            self.ends[number - 1]
        };
        let length = self.ends[number] - start;
        let share = if length > 0.0 {
            (at - start) / length
        } else {
            0.0
        };
        [0, 1].map(|axis| a[axis] + share * (b[axis] - a[axis]))
    }
}

#[cfg(test)]
mod tests {
    use edgefront_random::Key;

    use super::*;

    #[test]
    fn places_on_roads_are_as_many_as_their_lengths_say() {
        let ground = Bounds {
            low: [0.0; 2],
            high: [100.0; 2],
        };
        let pieces = vec![
            [[0.0, 5.0], [30.0, 5.0]],
            [[500.0, 500.0], [600.0, 500.0]], // beside the ground
            [[50.0, 50.0], [50.0, 50.0]],     // of no length
            [[7.0, 90.0], [7.0, 80.0]],
        ];
        let roads = Roads::new(pieces, ground).unwrap();
        let mut stream = Key::new(1).stream();
        let places: Vec<_> = (0..4000).map(|_| roads.draw(&mut stream)).collect();
        let on_first = |p: &&[f64; 2]| p[1] == 5.0 && (0.0..30.0).contains(&p[0]);
        let on_last = |p: &&[f64; 2]| p[0] == 7.0 && (80.0..=90.0).contains(&p[1]);
        let (first, last) = (
            places.iter().filter(on_first).count(),
            places.iter().filter(on_last).count(),
        );
        assert_eq!(first + last, places.len());
        assert!((2900..3100).contains(&first), "{first}");
        assert!(Roads::new(vec![[[500.0; 2]; 2]], ground).is_none());
    }
}
