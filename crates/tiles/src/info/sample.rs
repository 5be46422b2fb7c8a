//! Tiles to look at.

use std::collections::BTreeMap;

use super::Summary;
use crate::dataset::Dataset;

impl Summary {
    /// So many tiles of each class in each region, region by region and class by class: evenly
    /// spaced over those that are neither blank nor hold values that are not finite.
    #[must_use]
    pub fn sample(&self, dataset: &Dataset, count: usize) -> Vec<usize> {
        let mut kinds: BTreeMap<(&str, usize), Vec<usize>> = BTreeMap::new();
        for (place, tile) in dataset.tiles().iter().enumerate() {
            let spoilt = [&self.blank, &self.non_finite]
                .iter()
                .any(|tiles| tiles.binary_search(&place).is_ok());
            if !spoilt {
                let kind = (tile.region.as_str(), tile.label);
                kinds.entry(kind).or_default().push(place);
            }
        }
        (kinds.values())
            .flat_map(|tiles| {
                let count = count.min(tiles.len());
                (0..count).map(move |number| tiles[(2 * number + 1) * tiles.len() / (2 * count)])
            })
            .collect()
    }
}
