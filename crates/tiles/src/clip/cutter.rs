use std::collections::BTreeMap;
use std::fmt;

use super::site::Site;
use crate::error::Error;
use crate::parallel;
use crate::resample::Mosaic;

/// Cuts tiles out of elevation and image.
pub(super) struct Cutter {
    pub dem: Mosaic,
    pub image: Mosaic,
    pub size: usize,
    pub threads: usize,
}

/// The values of a tile, none of them missing.
#[derive(Debug)]
pub(super) struct Cut {
    /// Shape (size, size).
    pub dem: Vec<f32>,
    /// Shape (size, size, bands).
    pub image: Vec<f32>,
}

/// Why a tile cannot be cut at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Unfit {
    /// It reaches beyond the elevation rasters.
    BeyondElevation,
    /// It reaches beyond the image rasters.
    BeyondImage,
    /// Elevation is missing in it.
    ElevationMissing,
    /// Values of the image are missing in it.
    ImageMissing,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BeyondElevation => "reaching beyond the elevation",
            Self::BeyondImage => "reaching beyond the image",
            Self::ElevationMissing => "with elevation missing",
            Self::ImageMissing => "with image values missing",
        })
    }
}

impl Unfit {
    /// How often each reason occurs, for messages: "3 reaching beyond the image".
    #[must_use]
    pub fn tally(reasons: impl IntoIterator<Item = Self>) -> String {
        let mut counts = BTreeMap::new();
        for reason in reasons {
            *counts.entry(reason).or_insert(0usize) += 1;
        }
        let counts: Vec<String> = (counts.iter())
            .map(|(reason, count)| format!("{count} {reason}"))
            .collect();
        counts.join(", ")
    }
}

/// Samples of the tiles that are cut before they are written: 64 MiB of them.
const BATCH_SAMPLES: usize = 1 << 24;

impl Cutter {
    /// How many tiles to cut at a time. Not a matter of the threads: what is drawn for a batch
    /// depends on it.
    pub(super) fn batch(&self) -> usize {
        let samples = self.size * self.size * (self.dem.bands() + self.image.bands());
        (BATCH_SAMPLES / samples).clamp(1, 64)
    }

    /// Whether both kinds of rasters reach over the tile, without looking for missing values.
    pub(super) fn reach(&self, site: &Site) -> Result<(), Unfit> {
        let [x, y] = site.centre();
        let half = 0.5 * (self.size - 1) as f64; // the centres of the outermost pixels
        let corners = [
            [x - half, y - half],
            [x + half, y - half],
            [x - half, y + half],
            [x + half, y + half],
        ];
        let within = |mosaic: &Mosaic| corners.iter().all(|&corner| mosaic.covers(corner));
        if !within(&self.dem) {
            return Err(Unfit::BeyondElevation);
        }
        if !within(&self.image) {
            return Err(Unfit::BeyondImage);
        }
        Ok(())
    }

    fn cut(&self, site: &Site) -> Result<Result<Cut, Unfit>, Error> {
        if let Err(reason) = self.reach(site) {
            return Ok(Err(reason));
        }
        let is_whole = |samples: &[f32]| samples.iter().all(|value| !value.is_nan());
        let dem = self.dem.read(site.block)?;
        if !is_whole(&dem) {
            return Ok(Err(Unfit::ElevationMissing));
        }
        let image = self.image.read(site.block)?;
        if !is_whole(&image) {
            return Ok(Err(Unfit::ImageMissing));
        }
        Ok(Ok(Cut { dem, image }))
    }

    /// The tiles in the order of their sites.
    pub(super) fn cut_all(&self, sites: &[Site]) -> Vec<Result<Result<Cut, Unfit>, Error>> {
        parallel::map(sites, self.threads, |site| self.cut(site))
    }
}
