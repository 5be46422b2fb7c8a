use std::collections::BTreeMap;

use serde::Serialize;

use crate::checksum;
use crate::dataset::Dataset;

/// What a dataset holds, and what in it is suspect.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Counts by region, in order of the regions' names.
    pub regions: Vec<RegionCount>,
    /// The number of groups that grouped folds keep together.
    pub groups: usize,
    /// One entry per channel.
    pub channels: Vec<ChannelSummary>,
    /// Tiles with at least one constant channel: (tile, channel).
    pub constant: Vec<(usize, usize)>,
    /// Tiles with a value that is not finite.
    pub non_finite: Vec<usize>,
    /// Sets of two and more tiles with equal images, each ascending.
    pub duplicates: Vec<Vec<usize>>,
}

/// The tiles of one region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegionCount {
    /// The region.
    pub region: String,
    /// How many tiles it has of each class, in order of [`Dataset::classes`].
    pub by_class: Vec<usize>,
}

/// The finite values of one channel over all tiles.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChannelSummary {
    /// The name of the channel.
    pub band: String,
    /// The least value; infinite if there is none.
    pub min: f32,
    /// The mean; NaN if there is no value.
    pub mean: f64,
    /// The greatest value; negative infinite if there is none.
    pub max: f32,
}

/// Reads the whole dataset once and says what it holds.
#[must_use]
pub fn summarise(dataset: &Dataset) -> Summary {
    let mut regions: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for tile in dataset.tiles() {
        let counts = regions
            .entry(&tile.region)
            .or_insert_with(|| vec![0; dataset.classes().len()]);
        counts[tile.label] += 1;
    }
    let mut groups: Vec<&str> = dataset.tiles().iter().map(|t| t.group.as_str()).collect();
    groups.sort_unstable();
    groups.dedup();

    let mut totals: Vec<Range> = vec![Range::default(); dataset.channels()];
    let (mut constant, mut non_finite) = (Vec::new(), Vec::new());
    let mut by_sum: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for tile in 0..dataset.len() {
        let image = dataset.image(tile);
        let mut ranges = vec![Range::default(); dataset.channels()];
        for pixel in image.chunks_exact(dataset.channels()) {
            for (range, &value) in ranges.iter_mut().zip(pixel) {
                range.add(value);
            }
        }
        let pixels = dataset.height() * dataset.width();
        if ranges.iter().any(|range| range.count < pixels) {
            non_finite.push(tile);
        }
        for (channel, (total, range)) in totals.iter_mut().zip(&ranges).enumerate() {
            if range.count == pixels && range.min == range.max {
                constant.push((tile, channel));
            }
            total.merge(range);
        }
        let bytes: Vec<u8> = image.iter().flat_map(|value| value.to_le_bytes()).collect();
        let sum = checksum::of_parts([bytes.as_slice()]);
        by_sum.entry(sum).or_default().push(tile);
    }
    let mut duplicates: Vec<_> = by_sum.into_values().filter(|set| set.len() > 1).collect();
    duplicates.sort_unstable();

    Summary {
        regions: regions
            .into_iter()
            .map(|(region, by_class)| RegionCount {
                region: region.to_owned(),
                by_class,
            })
            .collect(),
        groups: groups.len(),
        channels: (totals.iter().zip(dataset.bands()))
            .map(|(range, band)| ChannelSummary {
                band: band.clone(),
                min: range.min,
                mean: range.sum / range.count as f64,
                max: range.max,
            })
            .collect(),
        constant,
        non_finite,
        duplicates,
    }
}

/// Extremes, sum and number of the finite values met.
#[derive(Clone, Copy)]
struct Range {
    min: f32,
    max: f32,
    sum: f64,
    count: usize,
}

impl Default for Range {
    fn default() -> Self {
        Self {
            min: f32::INFINITY,
            max: f32::NEG_INFINITY,
            sum: 0.0,
            count: 0,
        }
    }
}

impl Range {
    fn add(&mut self, value: f32) {
        if value.is_finite() {
            self.min = self.min.min(value);
            self.max = self.max.max(value);
            self.sum += f64::from(value);
            self.count += 1;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum += other.sum;
        self.count += other.count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{DatasetWriter, Format, Provenance, Tile};
    use crate::recipe::Recipe;

    #[test]
    fn suspect_tiles_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set");
        let format = Format {
            height: 1,
            width: 2,
            recipe: Recipe::raw(vec!["dem".into(), "r".into()]).unwrap(),
            classes: vec!["F".into(), "T".into()],
        };
        let mut writer = DatasetWriter::create(&path, format).unwrap();
        let images = [
            [1.0, 2.0, 3.0, 4.0],
            [5.0, 2.0, 5.0, 6.0],
            [1.0, f32::NAN, 3.0, 4.0],
            [1.0, 2.0, 3.0, 4.0],
        ];
        for (number, image) in images.iter().enumerate() {
            let tile = Tile {
                id: number.to_string(),
                region: ["north", "south"][number / 3].into(),
                group: "one".into(),
                label: number % 2,
                source: String::new(),
                bounds: None,
                epsg: None,
            };
            writer.push(tile, image).unwrap();
        }
        writer.finish(Provenance::default()).unwrap();

        let summary = summarise(&Dataset::open(&path).unwrap());
        assert_eq!(summary.regions[0].by_class, [2, 1]);
        assert_eq!(summary.regions[1].by_class, [0, 1]);
        assert_eq!(summary.groups, 1);
        assert_eq!(summary.constant, [(1, 0)]);
        assert_eq!(summary.non_finite, [2]);
        assert_eq!(summary.duplicates, [vec![0, 3]]);
        let red = &summary.channels[1];
        assert_eq!((red.min, red.max), (2.0, 6.0));
        assert!((red.mean - 24.0 / 7.0).abs() < 1e-12, "{}", red.mean);
    }
}
