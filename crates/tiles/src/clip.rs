//! Labelled tiles from whole rasters and the places of drainage crossings.

mod crossings;
mod cutter;
mod folder;
mod groups;
mod nearby;
mod negatives;
mod options;
mod site;

use edgefront_random::Key;

pub use cutter::Unfit;
pub use options::{ClipOptions, Negatives, VectorInput};

use crate::error::Error;
use crate::resample::Pair;
use crossings::{Crossing, Crossings};
use cutter::{Cut, Cutter};
use folder::Folder;
use negatives::{Drawing, Roads};
use site::{Kind, Site};

/// What [`clip()`] did.
#[derive(Clone, Debug, PartialEq)]
pub struct Clipped {
    /// Tiles of crossings written, class `T`.
    pub positives: usize,
    /// Tiles without a crossing written, class `F`.
    pub negatives: usize,
    /// How many of the negatives lie on roads.
    pub on_roads: usize,
    /// Groups of tiles that lie close together.
    pub groups: usize,
    /// Crossings that were taken for another one, being so close to it.
    pub merged: usize,
    /// Features of the file of crossings that have no geometry.
    pub empty: usize,
    /// Crossings of which no tile could be cut, with the reasons.
    pub left_out: Vec<LeftOut>,
}

/// A crossing of which no tile could be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its place in the file, from 1.
    pub feature: usize,
    /// Why not.
    pub reason: Unfit,
}

/// Cuts a tile around each crossing, and as many as asked for where there is none.
///
/// The tiles lie on the grid that the first elevation raster's upper left corner and the
/// resolution span; all rasters are brought onto it as [`crate::resample`] says. A positive tile
/// has its crossing within half a pixel of its centre, or as far off as `jitter` says. A
/// negative's place is drawn uniformly over the ground that both kinds of rasters cover, or
/// along the roads, until it keeps its distance from all crossings, overlaps no other negative
/// and lacks no value. So the same options and files give the same bytes, whatever the number of
/// threads.
///
/// Written are `REGION/{DEM,Aer}/{F,T}/NUMBER.tif` and `labels.csv`, a layout that
/// [`prepare()`](crate::prepare()) reads. Its column `source` names the group: tiles that
/// overlap are in one, and so are those whose centres lie in one spatial block. Regions that
/// were clipped into the folder before stay, but for one of the same name. The folder appears
/// under its name when it is complete. `progress` is called with the number of tiles done and
/// the number of all.
///
/// # Errors
/// [`Error::Option`] for an option outside its range; those of opening and reading the files;
/// [`Error::NoPlace`] and [`Error::UnknownCrs`] if one cannot be placed; [`Error::NoOverlap`] if
/// elevation and image have no ground in common; [`Error::NoCrossing`] if no crossing makes a
/// tile; [`Error::TooLittleRoom`] if there is no place for so many negatives;
/// [`Error::OutputTaken`], [`Error::RasterWrite`] or [`Error::Io`] for the output.
pub fn clip(
    options: &ClipOptions,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Clipped, Error> {
    options.check()?;
    let Pair { dem, image, ground } = Pair::open(&options.rasters)?;
    let crossings = Crossings::read(&options.crossings, dem.grid(), options.merge)?;
    let roads = (options.roads.as_ref())
        .map(|roads| Roads::read(roads, dem.grid(), ground))
        .transpose()?;
    let cutter = Cutter {
        dem,
        image,
        size: options.size,
        threads: options.threads,
    };
    let key = Key::new(options.seed)
        .with("clip", 0)
        .with(&options.region, 0);
    let mut folder = Folder::create(&options.output, &options.region, &cutter)?;
    let mut counter = Counter {
        done: 0,
        all: crossings.list.len() + options.negatives.of(crossings.list.len()),
        tell: progress,
    };
    counter.add(0);

    let left_out = cut_crossings(&crossings, options, &cutter, key, &mut folder, &mut counter)?;
    let positives = folder.count();
    if positives == 0 {
        return Err(crossings.none_fits(&options.crossings.path, &left_out, &cutter.dem));
    }

    let negatives = options.negatives.of(positives);
    let on_roads = (options.hard_negatives * negatives as f64).round() as usize;
    counter.all = crossings.list.len() + negatives;
    let mut take = |site: Site, cut: Cut| {
        counter.add(1);
        folder.take(site, cut)
    };
    let mut drawing = Drawing::new(&cutter, &crossings, options.min_distance());
    if let Some(roads) = roads {
        let mut stream = key.with("road", 0).stream();
        let mut propose = || moved(roads.draw(&mut stream), options.shift(&mut stream));
        drawing.draw(on_roads, Kind::Road, &mut propose, &mut take)?;
    }
    let mut stream = key.with("ground", 0).stream();
    let mut propose = || [0, 1].map(|axis| stream.uniform(ground.low[axis], ground.high[axis]));
    drawing.draw(negatives - on_roads, Kind::Ground, &mut propose, &mut take)?;

    let groups = folder.finish(options.block / options.rasters.resolution)?;
    Ok(Clipped {
        positives,
        negatives,
        on_roads,
        groups,
        merged: crossings.merged,
        empty: crossings.empty,
        left_out,
    })
}

/// Tells how much is done.
struct Counter<'a> {
    done: usize,
    all: usize,
    tell: &'a mut dyn FnMut(usize, usize),
}

impl Counter<'_> {
    fn add(&mut self, count: usize) {
        self.done += count;
        (self.tell)(self.done, self.all);
    }
}

/// Writes the tiles around the crossings; returns those that make none.
fn cut_crossings(
    crossings: &Crossings,
    options: &ClipOptions,
    cutter: &Cutter,
    key: Key,
    folder: &mut Folder,
    counter: &mut Counter<'_>,
) -> Result<Vec<LeftOut>, Error> {
    let mut left_out = Vec::new();
    for batch in crossings.list.chunks(cutter.batch()) {
        let site = |crossing: &Crossing| {
            let stream = &mut key.with("crossing", crossing.feature as u64).stream();
            let position = moved(crossing.position, options.shift(stream));
            Site::around(position, options.size, Kind::Crossing(crossing.feature))
        };
        let sites: Vec<Site> = batch.iter().map(site).collect();
        let cuts = cutter.cut_all(&sites);
        for ((crossing, site), cut) in batch.iter().zip(sites).zip(cuts) {
            match cut? {
                Ok(cut) => folder.take(site, cut)?,
                Err(reason) => left_out.push(LeftOut {
                    feature: crossing.feature,
                    reason,
                }),
            }
        }
        counter.add(batch.len());
    }
    Ok(left_out)
}

fn moved(position: [f64; 2], shift: [f64; 2]) -> [f64; 2] {
    [position[0] + shift[0], position[1] + shift[1]]
}
