use edgefront_space::Configuration;

use super::{Entry, Strategy};

pub(super) const ENTRY: Entry = Entry {
    name: "grid",
    summary: "every architecture once, the last parameter varying fastest",
    start: |space, _| Box::new(Grid(space.enumerate().collect::<Vec<_>>().into_iter())),
};

struct Grid(std::vec::IntoIter<Configuration>);

impl Strategy for Grid {
    fn ask(&mut self) -> Option<Configuration> {
        self.0.next()
    }
}
