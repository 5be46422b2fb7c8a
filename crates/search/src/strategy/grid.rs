use edgefront_random::Key;
use edgefront_space::{Configuration, Space};

use super::{Entry, Strategy};

pub(super) const ENTRY: Entry = Entry {
    name: "grid",
    summary: "every architecture once, the last parameter varying fastest",
    start: |space, _: Key| {
        Box::new(Grid {
            space: space.clone(),
            next: 0,
        })
    },
};

struct Grid {
    space: Space,
    /// The place in the space, aliases included, at which to go on.
    next: usize,
}

impl Strategy for Grid {
    fn ask(&mut self) -> Option<Configuration> {
        let mut places = self.next..self.space.size();
        let found = places.find_map(|index| self.space.at(index));
        self.next = places.start;
        found
    }
}
