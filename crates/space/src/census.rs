use std::collections::HashSet;

use crate::{Role, Space};

/// How large a space is, with and without its aliases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Census {
    /// Combinations of input and training parameters.
    pub combinations: usize,
    /// Configurations of the architecture in each combination, aliases included.
    pub configurations: usize,
    /// Different architectures in each combination.
    pub architectures: usize,
    /// Trainings over all combinations, aliases included.
    pub all_configurations: usize,
    /// Different trainings over all combinations.
    pub trainings: usize,
    /// Different networks: what needs a latency. Training parameters do not count.
    pub networks: usize,
}

impl Space {
    /// Counts the space.
    #[must_use]
    pub fn census(&self) -> Census {
        let product = |keep: fn(Role) -> bool| -> usize {
            let kept = self
                .parameters()
                .iter()
                .filter(|parameter| keep(parameter.role));
            kept.map(|parameter| parameter.values.len()).product()
        };
        let distinct = |keep: fn(Role) -> bool| -> usize {
            let choices = |all: Vec<usize>| -> Vec<usize> {
                let kept = self.parameters().iter().zip(all);
                kept.filter(|(parameter, _)| keep(parameter.role))
                    .map(|(_, i)| i)
                    .collect()
            };
            let canonical = self
                .enumerate()
                .map(|configuration| choices(configuration.0));
            canonical.collect::<HashSet<_>>().len()
        };
        let configurations = product(|role| role == Role::Architecture);
        let combinations = product(|role| role != Role::Architecture);
        Census {
            combinations,
            configurations,
            architectures: distinct(|role| role == Role::Architecture),
            all_configurations: configurations * combinations,
            trainings: distinct(|_| true),
            networks: distinct(|role| role != Role::Training),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 x 2 x 3 x 3 x (1 + 2 x 2) architectures, of which the study counts 288 with aliases.
    #[test]
    fn census_of_the_study() {
        let space = Space::preset("resnet18-drainage").unwrap();
        assert_eq!(
            space.census(),
            Census {
                combinations: 6,
                configurations: 288,
                architectures: 180,
                all_configurations: 1728,
                trainings: 1080,
                networks: 360,
            }
        );
    }
}
