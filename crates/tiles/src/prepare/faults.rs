use std::collections::BTreeMap;
use std::fmt;

use crate::layout::Fault;

/// A tile that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The tile.
    pub id: String,
    /// Its region.
    pub region: String,
    /// The kind of its fault, without names of files.
    pub kind: String,
    /// The error that it would have been.
    pub reason: String,
}

impl Skipped {
    /// `None` if the error is not one of a single tile.
    pub(super) fn new(fault: &Fault) -> Option<Self> {
        Some(Self {
            id: fault.id.clone(),
            region: fault.region.clone(),
            kind: fault.error.fault()?,
            reason: fault.error.to_string(),
        })
    }
}

/// How many tiles cannot be used, by the kind of fault and by region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultCounts {
    /// How many tiles there are, sound ones too.
    pub tiles: usize,
    /// The kinds, the most frequent first.
    pub kinds: Vec<FaultCount>,
}

/// How many tiles have a fault of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultCount {
    /// What is wrong with them.
    pub kind: String,
    /// How many there are.
    pub tiles: usize,
    /// For each region, those that have none too: its name, how many there are in it, and how many
    /// tiles it has in all.
    pub regions: Vec<(String, usize, usize)>,
}

impl FaultCounts {
    /// Counts the faults; `tiles` has the number of tiles of each region, faulty or not.
    pub(super) fn new<'a>(
        faults: &[Skipped],
        tiles: impl Iterator<Item = (&'a String, usize)> + Clone,
    ) -> Self {
        let mut by_kind: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        for fault in faults {
            let regions = by_kind.entry(&fault.kind).or_default();
            *regions.entry(&fault.region).or_default() += 1;
        }
        let mut kinds: Vec<_> = by_kind
            .into_iter()
            .map(|(kind, regions)| FaultCount {
                kind: kind.to_owned(),
                tiles: regions.values().sum(),
                regions: (tiles.clone())
                    .map(|(region, all)| {
                        let faulty = regions.get(region.as_str()).copied().unwrap_or(0);
                        (region.clone(), faulty, all)
                    })
                    .collect(),
            })
            .collect();
        kinds.sort_by_key(|kind| std::cmp::Reverse(kind.tiles));
        Self {
            tiles: tiles.map(|(_, count)| count).sum(),
            kinds,
        }
    }
}

impl fmt::Display for FaultCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faulty: usize = self.kinds.iter().map(|kind| kind.tiles).sum();
        write!(f, "{faulty} of {} tiles cannot be used:", self.tiles)?;
        for kind in &self.kinds {
            write!(f, "\n  {:>6}  {}", kind.tiles, kind.kind)?;
            if kind.regions.len() > 1 {
                write!(f, " ({kind})")?;
            }
        }
        Ok(())
    }
}

/// The regions: `all of ND, 3 of 100 of CA, none of IL and NE`.
impl fmt::Display for FaultCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let mut sound = Vec::new();
        for (region, faulty, all) in &self.regions {
            match faulty {
                0 => sound.push(region.as_str()),
                faulty if faulty == all => parts.push(format!("all of {region}")),
                faulty => parts.push(format!("{faulty} of {all} of {region}")),
            }
        }
        if !sound.is_empty() {
            parts.push(format!("none of {}", sound.join(" and ")));
        }
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_counted_by_region() {
        let fault = |region: &str, kind: &str| Skipped {
            id: String::new(),
            region: region.to_owned(),
            kind: kind.to_owned(),
            reason: String::new(),
        };
        let faults = [
            fault("ca", "torn"),
            fault("nd", "small"),
            fault("nd", "small"),
            fault("ca", "small"),
        ];
        let tiles = [("ca", 9), ("il", 4), ("nd", 2), ("ne", 1)];
        let tiles = tiles.map(|(region, count)| (region.to_owned(), count));
        let tiles = tiles.iter().map(|(region, count)| (region, *count));
        assert_eq!(
            FaultCounts::new(&faults, tiles).to_string(),
            "4 of 16 tiles cannot be used:\n       \
             3  small (1 of 9 of ca, all of nd, none of il and ne)\n       \
             1  torn (1 of 9 of ca, none of il and nd and ne)"
        );
    }
}
