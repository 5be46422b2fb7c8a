use std::collections::BTreeMap;

use super::nearby::{Nearby, square_distance};
use super::site::Site;

/// Numbers for the sites such that those that overlap, directly or by way of others, have the
/// same, and so have those whose blocks of `side` pixels are the same.
///
/// A site that overlaps an earlier one counts to the block of that one, so that blocks are not
/// chained together where tiles lie across their borders.
pub(super) fn groups(sites: &[Site], side: f64) -> Vec<usize> {
    let heads = overlapping(sites);
    let mut numbers = BTreeMap::new();
    heads
        .iter()
        .map(|&head| {
            let block = sites[head].centre().map(|x| (x / side).floor() as i64);
            let next = numbers.len() + 1;
            *numbers.entry(block).or_insert(next)
        })
        .collect()
}

/// For each site the first of those that it overlaps with, directly or by way of others.
fn overlapping(sites: &[Site]) -> Vec<usize> {
    let Some(first) = sites.first() else {
        return Vec::new();
    };
    let size = first.block.width as f64;
    let mut heads: Vec<usize> = (0..sites.len()).collect();
    let mut earlier = Nearby::new(size);
    for (number, site) in sites.iter().enumerate() {
        for (offset, &other) in earlier.near(site.centre()) {
            if square_distance(offset) < size {
                let (a, b) = (head(&mut heads, number), head(&mut heads, other));
                heads[a.max(b)] = a.min(b);
            }
        }
        earlier.insert(site.centre(), number);
    }
    (0..sites.len())
        .map(|number| head(&mut heads, number))
        .collect()
}

/// The first site of the set that `number` is in (Tarjan's union-find, halving the paths).
fn head(heads: &mut [usize], mut number: usize) -> usize {
    while heads[number] != number {
        heads[number] = heads[heads[number]];
        number = heads[number];
    }
    number
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clip::site::Kind;

    fn sites(positions: &[[f64; 2]]) -> Vec<Site> {
        let site = |&position: &[f64; 2]| Site::around(position, 100, Kind::Ground);
        positions.iter().map(site).collect()
    }

    #[test]
    fn overlaps_and_blocks_make_groups() {
        let chain = sites(&[
            [450.0, 50.0],
            [530.0, 50.0], // in the next block, but overlapping the first
            [610.0, 60.0], // overlapping the second
            [900.0, 50.0], // in the block of the second, which counts to the first
            [850.0, 400.0],
            [750.0, 50.0], // beside the third
        ]);
        assert_eq!(groups(&chain, 500.0), [1, 1, 1, 2, 2, 2]);
        assert!(groups(&[], 500.0).is_empty());
    }

    proptest! {
        #[test]
        fn tiles_that_overlap_are_never_parted(
            positions in prop::collection::vec(prop::array::uniform2(-1000.0..1000.0f64), 1..60),
            side in 1.0..2000.0f64,
        ) {
            let sites = sites(&positions);
            let groups = groups(&sites, side);
            for (a, at) in sites.iter().enumerate() {
                for (b, other) in sites.iter().enumerate() {
                    let [x, y] = [0, 1].map(|axis| at.centre()[axis] - other.centre()[axis]);
                    if x.abs() < 100.0 && y.abs() < 100.0 {
                        prop_assert_eq!(groups[a], groups[b]);
                    }
                }
            }
        }
    }
}
