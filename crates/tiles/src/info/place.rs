//! Where tiles lie, and how large their pixels are.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::dataset::Dataset;

/// Tiles of one coordinate system and one size of pixels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Survey {
    /// EPSG code of the coordinate system, if known.
    pub epsg: Option<u32>,
    /// Width and height of a pixel in units of the coordinate system, to six digits, if known.
    pub pixel: Option<[f64; 2]>,
    /// The regions that have such tiles, in order of their names.
    pub regions: Vec<String>,
    /// How many such tiles there are.
    pub tiles: usize,
}

/// The coordinate systems and sizes of pixels there are.
pub(super) fn surveys(dataset: &Dataset) -> Vec<Survey> {
    // Positive numbers have the order of their bits.
    type Kind = (Option<u32>, Option<[u64; 2]>);
    let mut kinds: BTreeMap<Kind, BTreeMap<&str, usize>> = BTreeMap::new();
    for tile in dataset.tiles() {
        let pixel = tile.bounds.map(|[left, bottom, right, top]| {
            let [width, height] = [dataset.width(), dataset.height()].map(|side| side as f64);
            [(right - left) / width, (top - bottom) / height].map(|side| six_digits(side).to_bits())
        });
        *kinds
            .entry((tile.epsg, pixel))
            .or_default()
            .entry(&tile.region)
            .or_default() += 1;
    }
    (kinds.into_iter())
        .map(|((epsg, pixel), regions)| Survey {
            epsg,
            pixel: pixel.map(|pixel| pixel.map(f64::from_bits)),
            tiles: regions.values().sum(),
            regions: regions.into_keys().map(str::to_owned).collect(),
        })
        .collect()
}

/// Bounds are sums of many pixels, so that their last digits are rounding.
fn six_digits(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10f64.powi(5 - value.abs().log10().floor() as i32);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::six_digits;

    #[test]
    fn rounding_keeps_six_digits() {
        assert_eq!(six_digits(0.600_000_000_012), 0.6);
        assert_eq!(six_digits(1.000_000_4), 1.0);
        assert_eq!(six_digits(30.12345678), 30.1235);
        assert_eq!(six_digits(8.983_152_841_195_2e-6), 8.98315e-6);
        assert_eq!(six_digits(0.0), 0.0);
    }
}
