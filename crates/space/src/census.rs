use crate::{Role, Space, Value};

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
            let roots =
                (0..self.parameters().len()).filter(|&i| self.parameters()[i].when.is_none());
            roots.map(|root| self.distinct_below(root, keep)).product()
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

    /// How many different choices there are of a parameter and all that depend on it, seen only
    /// in the parameters to be kept. Counted along the tree of conditions: a space may have far
    /// more configurations than could be listed.
    fn distinct_below(&self, index: usize, keep: fn(Role) -> bool) -> usize {
        let parameter = &self.parameters()[index];
        let depends = |other: usize, value: &Value| {
            let when = self.parameters()[other].when.as_ref();
            when.is_some_and(|when| when.parameter == parameter.name && when.equals == *value)
        };
        let below = |value: &Value| -> usize {
            let dependents = (index..self.parameters().len()).filter(|&p| depends(p, value));
            dependents.map(|p| self.distinct_below(p, keep)).product()
        };
        let counts = parameter.values.iter().map(below);
        if keep(parameter.role) {
            counts.sum()
        } else {
            // Values that are not seen have one outcome in common: every dependent at its first.
            1 + counts.map(|count| count - 1).sum::<usize>()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    /// Spaces of up to five parameters, each with a role, and perhaps a condition on one before.
    fn spaces() -> impl Strategy<Value = Space> {
        let names = ["channels", "width", "kernel", "stride", "padding"];
        let parameter = (1..4_usize, 0..3_usize, any::<Option<(usize, usize)>>());
        proptest::collection::vec(parameter, 1..=names.len()).prop_map(move |parameters| {
            let mut text = "name = 'x'\nfamily = 'resnet'\n".to_owned();
            for (index, &(count, role, when)) in parameters.iter().enumerate() {
                let (name, values) = (names[index], (1..=count).collect::<Vec<_>>());
                let role = ["architecture", "input", "training"][role];
                text +=
                    &format!("[[parameter]]\nname='{name}'\nrole='{role}'\nvalues={values:?}\n");
                if let Some((other, value)) = when.filter(|_| index > 0) {
                    let (other, value) = (other % index, value % parameters[other % index].0 + 1);
                    let other = names[other];
                    text += &format!("when = {{ parameter = '{other}', equals = {value} }}\n");
                }
            }
            Space::parse(&text).unwrap()
        })
    }

    fn listed(space: &Space, keep: fn(Role) -> bool) -> usize {
        let seen = |configuration: crate::Configuration| -> Vec<usize> {
            let choices = space.parameters().iter().zip(configuration.0);
            let kept = choices.filter(|(parameter, _)| keep(parameter.role));
            kept.map(|(_, choice)| choice).collect()
        };
        space.enumerate().map(seen).collect::<HashSet<_>>().len()
    }

    proptest! {
        #[test]
        fn what_is_counted_can_be_listed(space in spaces()) {
            let census = space.census();
            prop_assert_eq!(census.trainings, listed(&space, |_| true));
            prop_assert_eq!(census.networks, listed(&space, |role| role != Role::Training));
            let architectures = listed(&space, |role| role == Role::Architecture);
            prop_assert_eq!(census.architectures, architectures);
        }
    }

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
