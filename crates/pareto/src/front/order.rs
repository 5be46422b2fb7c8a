use crate::points::Costs;

/// The rows of the costs in lexicographic order; equal rows in the order of their indices.
pub(crate) fn lexicographic(costs: &Costs) -> Vec<usize> {
    // Sorting by the first cost alone, as an integer, is several times faster than comparing rows;
    // what ties there is then put right.
    let mut keyed: Vec<(u64, u32)> = (0..costs.len())
        .map(|index| {
            let row = u32::try_from(index).expect("fewer than 2^32 points fit in memory");
            (sortable(costs.row(index)[0]), row)
        })
        .collect();
    keyed.sort_unstable();
    for ties in keyed.chunk_by_mut(|a, b| a.0 == b.0) {
        if ties.len() > 1 {
            ties.sort_by(|a, b| {
                let (a, b) = (costs.row(a.1 as usize), costs.row(b.1 as usize));
                a.partial_cmp(b).expect("costs are never NaN")
            });
        }
    }
    keyed.into_iter().map(|(_, row)| row as usize).collect()
}

/// A whole number that orders as the cost does (which is neither NaN nor a negative zero).
pub(crate) fn sortable(cost: f64) -> u64 {
    let bits = cost.to_bits();
    if bits >> 63 == 0 {
        bits | 1 << 63
    } else {
        !bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_as_numbers_do() {
        let costs = [
            f64::NEG_INFINITY,
            -2.0,
            -1e-300,
            0.0,
            1e-300,
            3.0,
            f64::INFINITY,
        ];
        assert!(costs.is_sorted_by_key(|&cost| sortable(cost)));
    }
}
