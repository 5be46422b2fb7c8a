use crate::stream::Stream;

/// Names a stream of random numbers: a seed and the path of labels that leads to its use.
///
/// Keys are values: deriving one never changes another. Two keys with different paths give
/// statistically independent streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(u64);

impl Key {
    /// The root key of a study with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x6564_6765_6672_6f6e)) // "edgefron": keeps seed 0 away from state 0
    }

    /// The key below this one for `label` number `index`.
    ///
    /// The label keeps purposes apart: `with("init", 0)` and `with("shuffle", 0)` are unrelated.
    #[must_use]
    pub fn with(self, label: &str, index: u64) -> Self {
        let mut state = self.0;
        for chunk in label.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            state = mix(state ^ u64::from_le_bytes(word));
        }
        // The length separates the label from the index, so that no two paths share a sequence.
        state = mix(state ^ (label.len() as u64) << 56);
        Self(mix(state ^ mix(index)))
    }

    /// Opens the stream of this key, at its start.
    #[must_use]
    pub fn stream(self) -> Stream {
        Stream::new(self.0)
    }

    /// A seed for a generator that is not ours.
    #[must_use]
    pub fn seed(self) -> u64 {
        self.0
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood, 2014), a bijection of 64-bit words.
fn mix(word: u64) -> u64 {
    let mut z = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn paths_do_not_collide() {
        let mut seen = HashSet::new();
        for seed in 0..20 {
            for label in ["init", "shuffle", "a", "aa", "abcdefgh", "abcdefghi", ""] {
                for index in 0..50 {
                    assert!(seen.insert(Key::new(seed).with(label, index)));
                }
            }
        }
    }

    #[test]
    fn order_of_labels_matters() {
        let root = Key::new(1);
        assert_ne!(
            root.with("a", 1).with("b", 2),
            root.with("b", 2).with("a", 1)
        );
    }

    /// Stored studies depend on these values: a change here is a change of every result.
    #[test]
    fn keys_are_stable() {
        assert_eq!(
            Key::new(42).with("trial", 7).seed(),
            15_085_423_742_707_773_170
        );
    }
}
