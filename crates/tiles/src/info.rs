//! What a dataset holds, and what in it is suspect.

mod duplicate;
mod finding;
mod leak;
mod place;
mod sample;
mod scan;

use std::collections::BTreeMap;
use std::thread;

use edgefront_random::Key;

pub use finding::{Finding, Severity};
pub use leak::{FoldReport, Leaks};
pub use place::Survey;

use crate::dataset::Dataset;
use crate::fold::{Fold, FoldOptions, Grouped, LeaveOneRegionOut, Stratified};
use scan::{ChannelScan, TileScan};

/// A channel of a tile is clipped, or flat, if more than this share of its pixels has its least value or its
/// greatest. Eight-bit images of the ground have 1 to 2 %.
const CLIPPED: f64 = 0.05;

/// How a dataset is looked at.
#[derive(Clone)]
pub struct InfoOptions {
    /// The fold rules that are judged, with their settings.
    pub rules: Vec<(&'static dyn Fold, FoldOptions)>,
    /// The key of random folds.
    pub key: Key,
    /// Threads that work; the outcome does not depend on it. At least 1.
    pub threads: usize,
}

impl Default for InfoOptions {
    /// The rules that need no setting, in five folds; all cores.
    fn default() -> Self {
        let rules: [&'static dyn Fold; 3] = [&Stratified, &Grouped, &LeaveOneRegionOut];
        Self {
            rules: rules.map(|rule| (rule, FoldOptions::new(5))).to_vec(),
            key: Key::new(42),
            threads: thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// What a dataset holds, and what in it is suspect.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The verdicts.
    pub findings: Vec<Finding>,
    /// Each region, in order of the regions' names.
    pub regions: Vec<RegionSummary>,
    /// The number of groups that grouped folds keep together.
    pub groups: usize,
    /// One entry per channel, over all regions.
    pub channels: Vec<ChannelSummary>,
    /// Coordinate systems and sizes of pixels.
    pub surveys: Vec<Survey>,
    /// Tiles that are constant in every channel.
    pub blank: Vec<usize>,
    /// Tiles with at least one constant channel: (tile, channel).
    pub constant: Vec<(usize, usize)>,
    /// Tiles with a value that is not finite.
    pub non_finite: Vec<usize>,
    /// Channels of tiles with many pixels at an end of their range.
    pub clipped: Vec<Saturated>,
    /// Sets of two and more tiles with equal images, each ascending.
    pub duplicates: Vec<Vec<usize>>,
    /// What each rule asked for does with the tiles.
    pub folds: Vec<FoldReport>,
}

/// The tiles of one region.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionSummary {
    /// The region.
    pub region: String,
    /// How many tiles it has of each class, in order of [`Dataset::classes`].
    pub by_class: Vec<usize>,
    /// One entry per channel.
    pub channels: Vec<ChannelSummary>,
}

/// The finite values of one channel over some tiles.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelSummary {
    /// The name of the channel.
    pub band: String,
    /// The least value; infinite if there is none.
    pub min: f32,
    /// The mean; NaN if there is no value.
    pub mean: f64,
    /// The greatest value; negative infinite if there is none.
    pub max: f32,
    /// The median over tiles of the standard deviation within a tile; NaN if there is no value.
    pub spread: f64,
}

/// A channel of a tile with many pixels at an end of its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Saturated {
    /// The tile.
    pub tile: usize,
    /// The channel.
    pub channel: usize,
    /// The share of its pixels that have the tile's least value, 0 to 1.
    pub low: f64,
    /// The share that have its greatest.
    pub high: f64,
}

/// Reads the whole dataset once and says what it holds, and how its tiles can be dealt.
#[must_use]
pub fn summarise(dataset: &Dataset, options: &InfoOptions) -> Summary {
    let scans = scan::scan(dataset, options.threads);
    let pixels = dataset.height() * dataset.width();
    let mut by_region: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, tile) in dataset.tiles().iter().enumerate() {
        by_region.entry(&tile.region).or_default().push(place);
    }
    let mut groups: Vec<&str> = dataset.tiles().iter().map(|t| t.group.as_str()).collect();
    groups.sort_unstable();
    groups.dedup();

    let is_constant = |scan: &ChannelScan| scan.finite == pixels && scan.min == scan.max;
    let (mut blank, mut constant, mut clipped) = (Vec::new(), Vec::new(), Vec::new());
    for (tile, scan) in scans.iter().enumerate() {
        if scan.channels.iter().all(is_constant) {
            blank.push(tile);
        }
        for (channel, scan) in scan.channels.iter().enumerate() {
            let share = |count: usize| count as f64 / pixels as f64;
            let (low, high) = (share(scan.at_min), share(scan.at_max));
            if is_constant(scan) {
                constant.push((tile, channel));
            } else if low.max(high) > CLIPPED {
                clipped.push(Saturated {
                    tile,
                    channel,
                    low,
                    high,
                });
            }
        }
    }
    let lacks = |scan: &TileScan| scan.channels.iter().any(|scan| scan.finite < pixels);
    let non_finite = (0..scans.len()).filter(|&tile| lacks(&scans[tile]));
    let duplicates = duplicate::duplicates(dataset, &scans);
    let all: Vec<usize> = (0..dataset.len()).collect();
    let mut summary = Summary {
        findings: Vec::new(),
        regions: (by_region.into_iter())
            .map(|(region, tiles)| RegionSummary {
                region: region.to_owned(),
                by_class: by_class(dataset, &tiles),
                channels: channels(dataset, &scans, &tiles),
            })
            .collect(),
        groups: groups.len(),
        channels: channels(dataset, &scans, &all),
        surveys: place::surveys(dataset),
        blank,
        constant,
        non_finite: non_finite.collect(),
        clipped,
        folds: (options.rules.iter())
            .map(|(rule, folds)| {
                leak::report(*rule, folds, options.key, dataset.tiles(), &duplicates)
            })
            .collect(),
        duplicates,
    };
    summary.findings = finding::findings(dataset, &summary);
    summary
}

fn by_class(dataset: &Dataset, tiles: &[usize]) -> Vec<usize> {
    let mut counts = vec![0; dataset.classes().len()];
    for &tile in tiles {
        counts[dataset.labels()[tile]] += 1;
    }
    counts
}

/// The channels over these tiles.
fn channels(dataset: &Dataset, scans: &[TileScan], tiles: &[usize]) -> Vec<ChannelSummary> {
    (dataset.bands().iter().enumerate())
        .map(|(channel, band)| {
            let scans = || tiles.iter().map(|&tile| &scans[tile].channels[channel]);
            let (min, max) = (scans().map(|scan| scan.min), scans().map(|scan| scan.max));
            let count: usize = scans().map(|scan| scan.finite).sum();
            ChannelSummary {
                band: band.clone(),
                min: min.fold(f32::INFINITY, f32::min),
                mean: scans().map(|scan| scan.total).sum::<f64>() / count as f64,
                max: max.fold(f32::NEG_INFINITY, f32::max),
                spread: median(scans().map(ChannelScan::deviation).collect()).unwrap_or(f64::NAN),
            }
        })
        .collect()
}

/// The median of the values that are numbers, the lower one of two; `None` if there is none.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.retain(|value| !value.is_nan());
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}

/// What a coordinate system is called.
fn system(epsg: Option<u32>) -> String {
    epsg.map_or_else(|| "unknown".to_owned(), |code| format!("EPSG:{code}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{DatasetWriter, Format, Provenance, Tile};
    use crate::recipe::Recipe;

    /// Tiles of 4 x 5 pixels and two channels.
    const PIXELS: usize = 20;

    /// A dataset of tiles with these regions, classes and places, each pixel a function of tile,
    /// channel and pixel.
    fn dataset(
        folder: &std::path::Path,
        tiles: &[(&str, usize, Option<[f64; 4]>)],
        value: impl Fn(usize, usize, usize) -> f32,
    ) -> Dataset {
        let path = folder.join("set");
        let format = Format {
            height: 4,
            width: 5,
            recipe: Recipe::raw(vec!["dem".into(), "r".into()]).unwrap(),
            classes: vec!["F".into(), "T".into()],
        };
        let mut writer = DatasetWriter::create(&path, format).unwrap();
        for (number, &(region, label, bounds)) in tiles.iter().enumerate() {
            let tile = Tile {
                id: format!("t{number}"),
                region: region.into(),
                group: format!("group{}", number / 2),
                label,
                source: String::new(),
                bounds,
                epsg: bounds.map(|_| 26914),
            };
            let values = (0..2 * PIXELS).map(|place| value(number, place % 2, place / 2));
            writer.push(tile, &values.collect::<Vec<_>>()).unwrap();
        }
        writer.finish(Provenance::default()).unwrap();
        Dataset::open(&path).unwrap()
    }

    /// Different in every pixel, and of every tile.
    fn plain(tile: usize, channel: usize, pixel: usize) -> f32 {
        (pixel * 7 % 23) as f32 + 0.01 * tile as f32 + channel as f32
    }

    fn subjects(summary: &Summary) -> Vec<&str> {
        summary.findings.iter().map(|f| f.subject).collect()
    }

    #[test]
    fn a_sound_dataset_has_no_warning() {
        let folder = tempfile::tempdir().unwrap();
        let place = |n: usize| Some([20.0 * n as f64, 0.0, 20.0 * n as f64 + 5.0, 4.0]);
        let tiles: Vec<_> = (0..24)
            .map(|n| (["north", "south"][n / 12], n % 2, place(n)))
            .collect();
        let dataset = dataset(folder.path(), &tiles, plain);
        let summary = summarise(&dataset, &InfoOptions::default());
        assert_eq!(
            subjects(&summary),
            ["fold groups"],
            "{:?}",
            summary.findings
        );
        assert_eq!(summary.findings[0].severity, Severity::Note);
        assert_eq!(summary.groups, 12);
        assert_eq!(summary.regions[0].by_class, [6, 6]);
        assert_eq!(summary.surveys.len(), 1);
        assert_eq!(summary.surveys[0].pixel, Some([1.0, 1.0]));
        let red = &summary.channels[1];
        assert_eq!((red.min, red.max), (1.0, 23.23));
        let one = InfoOptions {
            threads: 1,
            ..InfoOptions::default()
        };
        assert_eq!(summarise(&dataset, &one), summary);
    }

    #[test]
    fn suspect_tiles_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let place = |left: f64| Some([left, 0.0, left + 5.0, 4.0]);
        let tiles = [
            ("north", 0, place(0.0)),
            ("north", 1, place(3.0)),
            ("north", 0, place(20.0)),
            ("north", 1, place(40.0)),
            ("south", 0, place(60.0)),
            ("south", 1, Some([80.0, 0.0, 90.0, 8.0])),
            ("south", 0, None),
            ("south", 1, place(120.0)),
        ];
        let dataset = dataset(folder.path(), &tiles, |tile, channel, pixel| match tile {
            0 => 3.0,
            1 if channel == 0 => 3.0,
            2 if pixel == 4 => f32::NAN,
            3 => plain(3, channel, pixel).min(12.0),
            // Equal, and of different classes.
            6 | 7 => plain(6, channel, pixel),
            _ => plain(tile, channel, pixel),
        });
        let options = InfoOptions {
            rules: vec![
                (&Stratified, FoldOptions::new(4)),
                (&LeaveOneRegionOut, FoldOptions::new(0)),
            ],
            ..InfoOptions::default()
        };
        let summary = summarise(&dataset, &options);
        assert_eq!(summary.blank, [0]);
        assert_eq!(summary.constant, [(0, 0), (0, 1), (1, 0)]);
        assert_eq!(summary.non_finite, [2]);
        assert_eq!(summary.duplicates, [vec![6, 7]]);
        let clipped: Vec<_> = summary
            .clipped
            .iter()
            .map(|c| (c.tile, c.channel))
            .collect();
        assert!(clipped.contains(&(3, 0)) && clipped.contains(&(3, 1)));
        for (subject, message) in [
            (
                "not finite",
                "1 of 8 tiles hold values that are not finite: t2",
            ),
            ("blank", "1 of 8 tiles show nothing in any channel: t0"),
            ("constant", "1 of 8 tiles are constant in dem: t1"),
            (
                "duplicates",
                "2 in 1 sets of different classes are equal, bit by bit: t6, t7",
            ),
            ("place", "1 of 8 tiles do not say where they lie: t6"),
            ("pixel size", "pixels are of 2 sizes: 1 x 1, 2 x 2"),
            (
                "system",
                "south is in several coordinate systems: unknown, EPSG:26914",
            ),
            (
                "fold overlap",
                "stratified folds: 2 of 8 tiles are tested on ground that training tiles cover: t0, t1",
            ),
        ] {
            let found = summary
                .findings
                .iter()
                .find(|f| f.subject == subject && f.message == message);
            let found = found.unwrap_or_else(|| panic!("{message}: {:#?}", summary.findings));
            assert_eq!(found.severity, Severity::Warning);
        }
        // A region is on one side.
        assert_eq!(
            summary.folds[1].outcome.as_ref().unwrap().overlapping,
            [0; 0]
        );
    }

    #[test]
    fn feet_among_metres_and_missing_classes_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let tiles: Vec<_> = (0..18)
            .map(|n| (["a", "b", "c"][n / 6], usize::from(n == 3 || n == 9), None))
            .collect();
        let dataset = dataset(folder.path(), &tiles, |tile, channel, pixel| {
            let unit = if channel == 0 && tile / 6 == 1 {
                0.3048
            } else {
                1.0
            };
            100.0 + plain(tile, channel, pixel) / unit
        });
        let summary = summarise(&dataset, &InfoOptions::default());
        let messages: Vec<&str> = summary
            .findings
            .iter()
            .map(|f| f.message.as_str())
            .collect();
        assert!(
            messages[0].starts_with("dem of b varies 3.28 times as much"),
            "{messages:?}"
        );
        assert!(
            messages.contains(&"c has no tile of class T"),
            "{messages:?}"
        );
        assert!(messages.contains(&"class T is rare: 2 tiles, the largest class has 16"));
        assert!(
            messages
                .iter()
                .any(|m| m.contains("overlaps cannot be seen"))
        );
        assert!(
            messages
                .iter()
                .any(|m| m.starts_with("not possible: region folds: c"))
        );
    }
}
