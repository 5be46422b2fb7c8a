//! Strategies: one file each.

mod grid;
mod random;

use edgefront_random::Key;
use edgefront_space::{Configuration, Space};

/// Decides what to try next.
///
/// The runner asks for one trial after another and tells what came of each, in the order of the
/// trials. A strategy is a function of its space, its key and what it was told: a study that is
/// resumed asks again for the trials that it has, and gets the same answers.
pub trait Strategy: Send {
    /// The next configuration, never one that was given before; `None` when there is no other.
    fn ask(&mut self) -> Option<Configuration>;

    /// Learns from a finished trial.
    fn tell(&mut self, _observation: &Observation<'_>) {}
}

/// What came of a trial.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// What was tried.
    pub configuration: &'a Configuration,
    /// The objectives in the study's order; `None` if the trial failed.
    pub objectives: Option<&'a [f64]>,
}

/// A strategy in the registry.
pub struct Entry {
    /// The name in study files.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Starts it over a space, with the key of its random draws.
    pub start: fn(&Space, Key) -> Box<dyn Strategy>,
}

/// All strategies.
pub const STRATEGIES: &[Entry] = &[random::ENTRY, grid::ENTRY];

/// The strategy of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    STRATEGIES.iter().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// The conformance suite: what every strategy in the registry must do.
    #[test]
    fn every_strategy_gives_the_whole_space_once_and_the_same_again() {
        let space = Space::preset("resnet18-drainage").unwrap();
        let all: HashSet<_> = space.enumerate().collect();
        for entry in STRATEGIES {
            let run = |key| {
                let mut strategy = (entry.start)(&space, key);
                std::iter::from_fn(move || {
                    let configuration = strategy.ask()?;
                    let objectives = Some(&[1.0, 2.0, 3.0][..]);
                    strategy.tell(&Observation {
                        configuration: &configuration,
                        objectives,
                    });
                    Some(configuration)
                })
                .collect::<Vec<_>>()
            };
            let asked = run(Key::new(7));
            assert_eq!(
                asked.len(),
                all.len(),
                "{} repeats itself or stops early",
                entry.name
            );
            assert_eq!(
                asked.iter().cloned().collect::<HashSet<_>>(),
                all,
                "{}",
                entry.name
            );
            assert_eq!(
                asked,
                run(Key::new(7)),
                "{} is not a function of its key",
                entry.name
            );
        }
    }
}
