//! The generator of NumPy's `RandomState`, to deal tiles as scikit-learn does.
//!
//! Draws of our own come from `edgefront_random`; this is only for results that others published.

const WORDS: usize = 624;
const MIDDLE: usize = 397;

/// MT19937 (Matsumoto and Nishimura, "Mersenne twister", 1998), seeded as `RandomState(seed)` is.
pub(super) struct MersenneTwister {
    state: [u32; WORDS],
    used: usize,
}

impl MersenneTwister {
    pub(super) fn new(seed: u32) -> Self {
        let mut state = [seed; WORDS];
        for place in 1..WORDS {
            let before = state[place - 1];
            state[place] = (before ^ (before >> 30))
                .wrapping_mul(1_812_433_253)
                .wrapping_add(place as u32);
        }
        Self { state, used: WORDS }
    }

    pub(super) fn next_u32(&mut self) -> u32 {
        if self.used == WORDS {
            self.twist();
        }
        let mut word = self.state[self.used];
        self.used += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    fn twist(&mut self) {
        for place in 0..WORDS {
            let next = self.state[(place + 1) % WORDS];
            let joined = (self.state[place] & 0x8000_0000) | (next & 0x7fff_ffff);
            let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[place] = self.state[(place + MIDDLE) % WORDS] ^ (joined >> 1) ^ odd;
        }
        self.used = 0;
    }

    /// `RandomState.shuffle`: Fisher and Yates from the last item, each place drawn by cutting
    /// words to as many bits as it needs until one is not too large.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let mask = u32::MAX >> (last as u32).leading_zeros();
            let place = loop {
                let word = self.next_u32() & mask;
                if word as usize <= last {
                    break word as usize;
                }
            };
            items.swap(last, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ten thousandth word for the seed 5489, as the C++ standard states it for `mt19937`.
    #[test]
    fn the_words_are_those_of_the_standard() {
        let mut generator = MersenneTwister::new(5489);
        let word = (0..10_000).map(|_| generator.next_u32()).last();
        assert_eq!(word, Some(4_123_659_995));
    }

    /// `numpy.random.RandomState(42).shuffle(numpy.arange(10))`.
    #[test]
    fn a_shuffle_is_that_of_numpy() {
        let mut items: Vec<u32> = (0..10).collect();
        MersenneTwister::new(42).shuffle(&mut items);
        assert_eq!(items, [8, 1, 5, 0, 7, 2, 9, 4, 3, 6]);
    }
}
