//! What a summary means: the verdicts, the graver ones first within each subject.

use super::{Leaks, Summary};
use crate::dataset::Dataset;

/// A region whose tiles vary this many times as much as those of the median region, or as little, is
/// suspect: a foot is 0.3048 m.
const OUTLIER: f64 = 2.5;
/// A class with less than this share of the tiles of the largest one is rare.
const RARE: f64 = 0.25;
/// Tiles that a verdict names.
const NAMED: usize = 3;

/// Something that whoever uses the dataset should know.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Whether it spoils what is learnt or measured.
    pub severity: Severity,
    /// The subject, in one word or two: `duplicates`, `fold overlap`.
    pub subject: &'static str,
    /// What is the matter, with counts and the first tiles.
    pub message: String,
    /// All tiles that it is about, ascending; empty where it is about no tiles in particular.
    pub tiles: Vec<usize>,
}

/// How grave a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It spoils what is learnt or measured.
    Warning,
    /// It is good to know.
    Note,
}

impl Severity {
    /// `warning` or `note`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// The verdicts on a dataset of which this is the summary.
pub(super) fn findings(dataset: &Dataset, summary: &Summary) -> Vec<Finding> {
    let mut judge = Judge {
        dataset,
        findings: Vec::new(),
    };
    judge.values(summary);
    judge.duplicates(summary);
    judge.ranges(summary);
    judge.balance(summary);
    judge.places(summary);
    judge.folds(summary);
    judge.findings
}

struct Judge<'a> {
    dataset: &'a Dataset,
    findings: Vec<Finding>,
}

impl Judge<'_> {
    fn warn(&mut self, subject: &'static str, message: String, tiles: Vec<usize>) {
        self.say(Severity::Warning, subject, message, tiles);
    }

    fn note(&mut self, subject: &'static str, message: String, tiles: Vec<usize>) {
        self.say(Severity::Note, subject, message, tiles);
    }

    /// Says it of these tiles, or of the whole dataset. The first tiles are named.
    fn say(
        &mut self,
        severity: Severity,
        subject: &'static str,
        mut message: String,
        tiles: Vec<usize>,
    ) {
        let ids = |tiles: &[usize]| -> Vec<&str> {
            let id = |&tile: &usize| self.dataset.tiles()[tile].id.as_str();
            tiles.iter().map(id).collect()
        };
        if !tiles.is_empty() {
            let named = ids(&tiles[..tiles.len().min(NAMED)]).join(", ");
            let more = if tiles.len() > NAMED { ", ..." } else { "" };
            message = format!("{message}: {named}{more}");
        }
        self.findings.push(Finding {
            severity,
            subject,
            message,
            tiles,
        });
    }

    fn values(&mut self, summary: &Summary) {
        let of = |count: usize| tiles_of(count, self.dataset.len());
        if !summary.non_finite.is_empty() {
            let message = format!(
                "{} hold values that are not finite",
                of(summary.non_finite.len())
            );
            self.warn("not finite", message, summary.non_finite.clone());
        }
        if !summary.blank.is_empty() {
            let message = format!("{} show nothing in any channel", of(summary.blank.len()));
            self.warn("blank", message, summary.blank.clone());
        }
        for (channel, band) in self.dataset.bands().iter().enumerate() {
            let constant: Vec<usize> = (summary.constant.iter())
                .filter(|&&(tile, of)| of == channel && summary.blank.binary_search(&tile).is_err())
                .map(|&(tile, _)| tile)
                .collect();
            if !constant.is_empty() {
                let message = format!("{} are constant in {band}", of(constant.len()));
                self.warn("constant", message, constant);
            }
        }
        for (channel, band) in self.dataset.bands().iter().enumerate() {
            let clipped: Vec<usize> = (summary.clipped.iter())
                .filter(|clipped| clipped.channel == channel)
                .map(|clipped| clipped.tile)
                .collect();
            if !clipped.is_empty() {
                let message = format!(
                    "{} have more than 5 % of their pixels at the least or the greatest value of \
                     {band}: clipped, or flat",
                    of(clipped.len())
                );
                self.note("clipped", message, clipped);
            }
        }
    }

    fn duplicates(&mut self, summary: &Summary) {
        let label = |tile: &usize| self.dataset.tiles()[*tile].label;
        let (same, contrary): (Vec<&Vec<usize>>, Vec<&Vec<usize>>) = (summary.duplicates.iter())
            .partition(|set| set.iter().all(|tile| label(tile) == label(&set[0])));
        let all = |sets: &[&Vec<usize>]| {
            let mut tiles: Vec<usize> = sets.iter().copied().flatten().copied().collect();
            tiles.sort_unstable();
            tiles
        };
        for (sets, what) in [
            (contrary, "of different classes are equal, bit by bit"),
            (same, "are equal, bit by bit"),
        ] {
            let tiles = all(&sets);
            if !tiles.is_empty() {
                let message = format!("{} in {} sets {what}", tiles.len(), sets.len());
                self.warn("duplicates", message, tiles);
            }
        }
    }

    fn ranges(&mut self, summary: &Summary) {
        if summary.regions.len() < 2 {
            return;
        }
        for (channel, band) in self.dataset.bands().iter().enumerate() {
            let spread = |region: usize| summary.regions[region].channels[channel].spread;
            // Of two regions it is the one with the larger numbers that is named.
            let spreads = (0..summary.regions.len()).map(spread).collect();
            let Some(usual) = super::median(spreads) else {
                continue;
            };
            for region in 0..summary.regions.len() {
                let times = spread(region) / usual;
                if times.is_finite() && !(1.0 / OUTLIER..OUTLIER).contains(&times) {
                    let message = format!(
                        "{band} of {} varies {times:.2} times as much within a tile as that of the \
                         median region ({:.4}, there {usual:.4}): another unit or scale? (a foot \
                         is 0.3048 m)",
                        summary.regions[region].region,
                        spread(region),
                    );
                    self.warn("range", message, Vec::new());
                }
            }
        }
    }

    fn balance(&mut self, summary: &Summary) {
        let classes = self.dataset.classes();
        for region in &summary.regions {
            for (class, &count) in classes.iter().zip(&region.by_class) {
                if count == 0 {
                    let message = format!("{} has no tile of class {class}", region.region);
                    self.warn("balance", message, Vec::new());
                }
            }
        }
        let total = |class: usize| summary.regions.iter().map(|r| r.by_class[class]).sum();
        let totals: Vec<usize> = (0..classes.len()).map(total).collect();
        let most = totals.iter().copied().max().unwrap_or(0);
        for (class, &count) in classes.iter().zip(&totals) {
            if (count as f64) < RARE * most as f64 {
                let message =
                    format!("class {class} is rare: {count} tiles, the largest class has {most}");
                self.warn("balance", message, Vec::new());
            }
        }
    }

    fn places(&mut self, summary: &Summary) {
        let unplaced: Vec<usize> = (0..self.dataset.len())
            .filter(|&tile| self.dataset.tiles()[tile].bounds.is_none())
            .collect();
        if unplaced.len() == self.dataset.len() {
            let message = "no tile says where it lies: overlaps cannot be seen".to_owned();
            self.note("place", message, Vec::new());
        } else if !unplaced.is_empty() {
            let message = format!(
                "{} do not say where they lie",
                tiles_of(unplaced.len(), self.dataset.len())
            );
            self.warn("place", message, unplaced);
        }
        let mut pixels: Vec<[f64; 2]> = summary.surveys.iter().filter_map(|s| s.pixel).collect();
        pixels.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
        pixels.dedup();
        if pixels.len() > 1 {
            let sizes: Vec<String> = (pixels.iter())
                .map(|[width, height]| format!("{width} x {height}"))
                .collect();
            let message = format!("pixels are of {} sizes: {}", pixels.len(), sizes.join(", "));
            self.warn("pixel size", message, Vec::new());
        }
        for region in &summary.regions {
            let of_region = summary.surveys.iter();
            let of_region = of_region.filter(|survey| survey.regions.contains(&region.region));
            let mut systems: Vec<_> = of_region.map(|survey| survey.epsg).collect();
            systems.dedup();
            if systems.len() > 1 {
                let names: Vec<String> = systems.into_iter().map(super::system).collect();
                let message = format!(
                    "{} is in several coordinate systems: {}",
                    region.region,
                    names.join(", ")
                );
                self.warn("system", message, Vec::new());
            }
        }
    }

    fn folds(&mut self, summary: &Summary) {
        let grouped = summary.groups < self.dataset.len();
        for report in &summary.folds {
            let rule = report.rule;
            let Leaks {
                overlapping,
                equal,
                of_one_group,
                ..
            } = match &report.outcome {
                Ok(leaks) => leaks,
                Err(reason) => {
                    self.note("folds", format!("not possible: {reason}"), Vec::new());
                    continue;
                }
            };
            let of = |tiles: &[usize]| tiles_of(tiles.len(), self.dataset.len());
            if !overlapping.is_empty() {
                let message = format!(
                    "{rule} folds: {} are tested on ground that training tiles cover",
                    of(overlapping)
                );
                self.warn("fold overlap", message, overlapping.clone());
            }
            if !equal.is_empty() {
                let message = format!(
                    "{rule} folds: {} are tested that equal a training tile",
                    of(equal)
                );
                self.warn("fold overlap", message, equal.clone());
            }
            if grouped && !of_one_group.is_empty() {
                let message = format!(
                    "{rule} folds: {} are tested with tiles of their group in training",
                    of(of_one_group)
                );
                self.note("fold groups", message, of_one_group.clone());
            }
        }
    }
}

/// `3 of 12 tiles`.
fn tiles_of(count: usize, all: usize) -> String {
    format!("{count} of {all} tiles")
}
