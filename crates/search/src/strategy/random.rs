use std::collections::HashSet;

use edgefront_random::{Key, Stream};
use edgefront_space::{Configuration, Space};

use super::{Entry, Strategy};

pub(super) const ENTRY: Entry = Entry {
    name: "random",
    summary: "independent uniform draws, no architecture twice",
    start: |space, key| Box::new(Random::new(space, key)),
};

/// Draws every parameter uniformly and independently, and draws again what it has given before.
///
/// As in the drainage-crossing study, a network with several aliases is therefore more likely
/// early on; unlike there, it is given once.
struct Random {
    space: Space,
    key: Key,
    draws: Stream,
    given: HashSet<Configuration>,
    /// What is left in a random order, once drawing again would take too long.
    rest: Option<Vec<Configuration>>,
}

/// Draws in vain, one after another, before the rest of the space is listed instead. At that
/// point most of it has been given, so that the list is short against the work already done.
const PATIENCE: usize = 100;

impl Random {
    fn new(space: &Space, key: Key) -> Self {
        let draws = key.with("draws", 0).stream();
        Self {
            space: space.clone(),
            key,
            draws,
            given: HashSet::new(),
            rest: None,
        }
    }
}

impl Strategy for Random {
    fn ask(&mut self) -> Option<Configuration> {
        if let Some(rest) = &mut self.rest {
            return rest.pop();
        }
        for _ in 0..PATIENCE {
            let configuration = self.space.sample(&mut self.draws);
            if self.given.insert(configuration.clone()) {
                return Some(configuration);
            }
        }
        let left = self.space.enumerate().filter(|c| !self.given.contains(c));
        let mut rest: Vec<_> = left.collect();
        self.key.with("rest", 0).stream().shuffle(&mut rest);
        let next = rest.pop();
        self.rest = Some(rest);
        next
    }
}
