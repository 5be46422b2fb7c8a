//! Which tiles lie near each other on the ground.

use crate::dataset::Tile;

/// Calls `found` with each pair of tiles whose bounds are at most `reach` apart, and with what lies
/// between them: the distance where it is positive, the lesser overlap of both directions where it
/// is negative. In units of the coordinate system, which both must share; where it is unknown, both
/// must be of one region. Tiles without bounds have no neighbours.
///
/// Tiles are swept from left to right, so that the cost is that of the pairs whose extents from
/// left to right come that near.
pub(crate) fn neighbours(tiles: &[Tile], reach: f64, mut found: impl FnMut(usize, usize, f64)) {
    let system = |tile: usize| {
        let tile = &tiles[tile];
        let region = tile.epsg.is_none().then_some(tile.region.as_str());
        (tile.epsg, region)
    };
    let mut places: Vec<(usize, [f64; 4])> = (tiles.iter().enumerate())
        .filter_map(|(place, tile)| Some((place, tile.bounds?)))
        .collect();
    places.sort_by(|(a, at), (b, other)| {
        system(*a)
            .cmp(&system(*b))
            .then(at[0].total_cmp(&other[0]))
            .then(a.cmp(b))
    });
    for (order, &(a, [left, bottom, right, top])) in places.iter().enumerate() {
        for &(b, other) in &places[order + 1..] {
            let across = other[0] - right;
            if system(a) != system(b) || across > reach {
                break;
            }
            // The other begins no farther left, so that these are what lies between or, negative,
            // what both cover.
            let across = across.max(left - other[2]);
            let along = (other[1] - top).max(bottom - other[3]);
            let gap = if across > 0.0 && along > 0.0 {
                across.hypot(along)
            } else {
                across.max(along)
            };
            if gap <= reach {
                found(a.min(b), a.max(b), gap);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tile(bounds: Option<[f64; 4]>, epsg: Option<u32>, region: usize) -> Tile {
        Tile {
            id: String::new(),
            region: region.to_string(),
            group: String::new(),
            label: 0,
            source: String::new(),
            bounds,
            epsg,
        }
    }

    fn tiles() -> impl Strategy<Value = Vec<Tile>> {
        let place = (0u8..40, 0u8..40, 1u8..9, 1u8..9, 0u32..3, 0usize..2, 0u8..8);
        prop::collection::vec(place, 1..40).prop_map(|places| {
            let of = |(x, y, width, height, epsg, region, known)| {
                let [x, y, width, height] = [x, y, width, height].map(f64::from);
                let bounds = (known > 0).then_some([x, y, x + width, y + height]);
                tile(bounds, (epsg > 0).then_some(epsg), region)
            };
            places.into_iter().map(of).collect()
        })
    }

    proptest! {
        /// As found by looking at each pair.
        #[test]
        fn all_near_pairs_are_found_once(tiles in tiles(), reach in -2.0f64..6.0) {
            let mut swept = Vec::new();
            neighbours(&tiles, reach, |a, b, gap| swept.push((a, b, gap)));
            swept.sort_by_key(|x| (x.0, x.1));
            let mut expected = Vec::new();
            for b in 0..tiles.len() {
                for a in 0..b {
                    let (one, two) = (&tiles[a], &tiles[b]);
                    let alike = one.epsg == two.epsg && (one.epsg.is_some() || one.region == two.region);
                    let (Some(p), Some(q), true) = (one.bounds, two.bounds, alike) else { continue };
                    let side = |low: usize| (q[low] - p[low + 2]).max(p[low] - q[low + 2]);
                    let (x, y) = (side(0), side(1));
                    let gap = if x > 0.0 && y > 0.0 { x.hypot(y) } else { x.max(y) };
                    if gap <= reach {
                        expected.push((a, b, gap));
                    }
                }
            }
            expected.sort_by_key(|x| (x.0, x.1));
            prop_assert_eq!(swept, expected);
        }
    }
}
