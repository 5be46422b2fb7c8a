use std::ops::RangeInclusive;

/// Numbers in a cache line: every buffer starts at one.
pub(crate) const LINE: usize = 16;

/// A buffer that lives during some steps of a program.
#[derive(Clone, Debug)]
pub(crate) struct Buffer {
    pub len: usize,
    /// First and last step that use it.
    pub life: RangeInclusive<usize>,
}

/// Where each buffer starts in one arena, and the arena's length, such that buffers that live at
/// the same time do not overlap.
///
/// Largest first, each at the lowest place that is free during its life ("greedy by size" of
/// Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020).
pub(crate) fn arrange(buffers: &[Buffer]) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..buffers.len()).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(buffers[index].len), index));
    let mut starts = vec![0; buffers.len()];
    let mut end = 0;
    let mut placed: Vec<usize> = Vec::new(); // by start
    for index in order {
        let Buffer { len, life } = &buffers[index];
        let len = len.next_multiple_of(LINE);
        let mut start = 0;
        for &other in &placed {
            let neighbour = &buffers[other];
            let meets =
                life.start() <= neighbour.life.end() && neighbour.life.start() <= life.end();
            if meets {
                if start + len <= starts[other] {
                    break;
                }
                start = start.max(starts[other] + neighbour.len.next_multiple_of(LINE));
            }
        }
        starts[index] = start;
        end = end.max(start + len);
        let place = placed.partition_point(|&other| starts[other] <= start);
        placed.insert(place, index);
    }
    (starts, end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn buffers() -> impl Strategy<Value = Vec<Buffer>> {
        let buffer = (1usize..200, 0usize..20, 0usize..10).prop_map(|(len, first, span)| Buffer {
            len,
            life: first..=first + span,
        });
        prop::collection::vec(buffer, 1..40)
    }

    proptest! {
        #[test]
        fn buffers_alive_together_are_apart(buffers in buffers()) {
            let (starts, end) = arrange(&buffers);
            for (i, a) in buffers.iter().enumerate() {
                prop_assert!(starts[i] + a.len <= end);
                prop_assert_eq!(starts[i] % LINE, 0);
                for (j, b) in buffers.iter().enumerate().take(i) {
                    let meet = (0..40).any(|t| a.life.contains(&t) && b.life.contains(&t));
                    let overlap = starts[i] < starts[j] + b.len && starts[j] < starts[i] + a.len;
                    prop_assert!(!(meet && overlap), "{a:?} at {} and {b:?} at {}", starts[i], starts[j]);
                }
            }
        }
    }

    #[test]
    fn a_chain_needs_two_buffers() {
        let chain: Vec<Buffer> = (0..10)
            .map(|step| Buffer {
                len: 64,
                life: step..=step + 1,
            })
            .collect();
        assert_eq!(arrange(&chain).1, 128);
    }
}
