use std::collections::BTreeMap;

use edgefront_graph::Graph;
use edgefront_random::Stream;
use serde::Deserialize;

use crate::{
    Configuration, Domain, Error, Family, PRESETS, Parameter, TileShape, Value, Values, family,
};

/// A parameter of every space, whatever its family: how many tiles a training step takes.
const BATCH_SIZE: (&str, Domain) = ("batch_size", Domain::Count(1..=65_536));

/// A finite space of configurations. See the [crate's documentation](crate).
#[derive(Clone)]
pub struct Space {
    name: String,
    family: &'static dyn Family,
    fixed: BTreeMap<String, Value>,
    parameters: Vec<Parameter>,
}

/// A space as it is written in TOML.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    family: String,
    #[serde(default)]
    fixed: BTreeMap<String, Value>,
    parameter: Vec<Parameter>,
}

impl Space {
    /// The preset of this name.
    ///
    /// # Errors
    /// If there is no such preset.
    pub fn preset(name: &str) -> Result<Self, Error> {
        let names = PRESETS.iter().map(|&(name, _)| name);
        let text = PRESETS
            .iter()
            .find(|&&(preset, _)| preset == name)
            .map(|&(_, text)| text);
        Self::parse(text.ok_or_else(|| Error::unknown("preset", name, names))?)
    }

    /// Reads a space from TOML, as the files of the presets are written.
    ///
    /// # Errors
    /// If the text is no space, or the space contradicts itself.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let file: File =
            toml::from_str(text).map_err(|e| Error::Syntax(e.to_string().trim_end().to_owned()))?;
        let family = family(&file.family)?;
        let space = Self {
            name: file.name,
            family,
            fixed: file.fixed,
            parameters: file.parameter,
        };
        space.check()?;
        Ok(space)
    }

    fn check(&self) -> Result<(), Error> {
        self.check_values()?;
        for (index, parameter) in self.parameters.iter().enumerate() {
            let fault = |reason: String| {
                Err(Error::Parameter {
                    parameter: parameter.name.clone(),
                    reason,
                })
            };
            let earlier = &self.parameters[..index];
            if earlier.iter().any(|other| other.name == parameter.name)
                || self.fixed.contains_key(&parameter.name)
            {
                return fault("it is there twice".into());
            }
            let values = &parameter.values;
            if values.is_empty() {
                return fault("it has no values".into());
            }
            if (1..values.len()).any(|i| values[..i].contains(&values[i])) {
                return fault("it has a value twice".into());
            }
            if let Some(when) = &parameter.when {
                let Some(other) = earlier.iter().find(|other| other.name == when.parameter) else {
                    let name = &when.parameter;
                    return fault(format!(
                        "its condition names `{name}`, which is not before it"
                    ));
                };
                if !other.values.contains(&when.equals) {
                    let (name, value) = (&when.parameter, &when.equals);
                    return fault(format!("its condition wants `{name}` = {value}, never so"));
                }
            }
        }
        let mut sizes = self.parameters.iter().map(|p| p.values.len());
        let size = sizes.try_fold(1_usize, usize::checked_mul);
        size.map(|_| ()).ok_or(Error::TooLarge)
    }

    /// Checks that the family knows every parameter, and takes all of its values.
    fn check_values(&self) -> Result<(), Error> {
        let known = || self.family.parameters().iter().chain([&BATCH_SIZE]);
        let chosen = self
            .parameters
            .iter()
            .map(|p| (&p.name, p.values.as_slice()));
        let fixed = self
            .fixed
            .iter()
            .map(|(name, value)| (name, std::slice::from_ref(value)));
        for (name, values) in chosen.chain(fixed) {
            let Some((_, domain)) = known().find(|(known, _)| known == name) else {
                let expected = known().map(|&(known, _)| known);
                return Err(Error::unknown("parameter", name, expected));
            };
            if let Some(value) = values.iter().find(|value| !domain.contains(value)) {
                return Err(Error::Parameter {
                    parameter: name.clone(),
                    reason: format!("{value}, expected {domain}"),
                });
            }
        }
        Ok(())
    }

    /// Allows only these values of a parameter; conditions that can no longer hold drop out.
    ///
    /// # Errors
    /// If there is no such parameter or value.
    pub fn restrict(&mut self, name: &str, values: &[Value]) -> Result<(), Error> {
        let names: Vec<String> = self.parameters.iter().map(|p| p.name.clone()).collect();
        let Some(parameter) = self.parameters.iter_mut().find(|p| p.name == name) else {
            return Err(Error::unknown(
                "parameter",
                name,
                names.iter().map(String::as_str),
            ));
        };
        if let Some(value) = values
            .iter()
            .find(|value| !parameter.values.contains(value))
        {
            let all = parameter
                .values
                .iter()
                .map(Value::to_string)
                .collect::<Vec<_>>()
                .join(", ");
            let reason = format!("{value} is none of its values: {all}");
            return Err(Error::Parameter {
                parameter: name.to_owned(),
                reason,
            });
        }
        parameter.values = values.to_vec();
        // A parameter that can never count any more would contradict its condition. What depends
        // on it stands after it, and goes with it.
        let mut kept: Vec<Parameter> = Vec::new();
        for parameter in self.parameters.drain(..) {
            let can_count = parameter.when.as_ref().is_none_or(|when| {
                kept.iter()
                    .any(|p| p.name == when.parameter && p.values.contains(&when.equals))
            });
            if can_count {
                kept.push(parameter);
            }
        }
        self.parameters = kept;
        self.check()
    }

    /// The space's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What turns its configurations into graphs.
    #[must_use]
    pub fn family(&self) -> &'static dyn Family {
        self.family
    }

    /// The parameters, conditions after what they depend on.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The counts that a parameter can be, one where it is fixed; `None` if there is no such
    /// parameter.
    #[must_use]
    pub fn counts(&self, name: &str) -> Option<Vec<usize>> {
        let chosen = self.parameters.iter().find(|p| p.name == name);
        let values = match chosen {
            Some(parameter) => parameter.values.as_slice(),
            None => std::slice::from_ref(self.fixed.get(name)?),
        };
        Some(values.iter().filter_map(Value::as_count).collect())
    }

    /// Number of configurations, aliases included.
    #[must_use]
    pub fn size(&self) -> usize {
        self.parameters.iter().map(|p| p.values.len()).product()
    }

    /// The configuration at this place below [`size`](Self::size), the last parameter varying
    /// fastest; `None` for an alias of another.
    #[must_use]
    pub fn at(&self, index: usize) -> Option<Configuration> {
        let mut rest = index;
        let mut choices = vec![0; self.parameters.len()];
        for (choice, parameter) in choices.iter_mut().zip(&self.parameters).rev() {
            *choice = rest % parameter.values.len();
            rest /= parameter.values.len();
        }
        // An alias has a dead choice other than the first; its canonical form comes by itself.
        let canonical = self.canonical(choices.clone());
        (canonical.0 == choices).then_some(canonical)
    }

    /// Every canonical configuration once, the last parameter varying fastest.
    pub fn enumerate(&self) -> impl Iterator<Item = Configuration> + '_ {
        (0..self.size()).filter_map(|index| self.at(index))
    }

    /// A configuration with every choice drawn uniformly and independently, made canonical.
    #[must_use]
    pub fn sample(&self, stream: &mut Stream) -> Configuration {
        let choices = self
            .parameters
            .iter()
            .map(|p| stream.below(p.values.len()))
            .collect();
        self.canonical(choices)
    }

    /// The same configuration with its dead choices set to the first value.
    fn canonical(&self, mut choices: Vec<usize>) -> Configuration {
        for index in 0..choices.len() {
            if !self.matters(&choices, index) {
                choices[index] = 0;
            }
        }
        Configuration(choices)
    }

    /// Whether a parameter's condition holds, and that of the parameter it depends on.
    fn matters(&self, choices: &[usize], index: usize) -> bool {
        let Some(when) = &self.parameters[index].when else {
            return true;
        };
        let other = self.parameters[..index]
            .iter()
            .position(|parameter| parameter.name == when.parameter)
            .expect("a checked condition names an earlier parameter");
        self.parameters[other].values[choices[other]] == when.equals && self.matters(choices, other)
    }

    /// Each parameter with its value; `None` where it does not count.
    #[must_use]
    pub fn choices(&self, configuration: &Configuration) -> Vec<(&str, Option<&Value>)> {
        let all = self.parameters.iter().enumerate();
        all.map(|(index, parameter)| {
            let value = &parameter.values[configuration.0[index]];
            let matters = self.matters(&configuration.0, index);
            (parameter.name.as_str(), matters.then_some(value))
        })
        .collect()
    }

    /// The values that count, with the fixed ones.
    #[must_use]
    pub fn values(&self, configuration: &Configuration) -> Values {
        let chosen = self.choices(configuration).into_iter();
        let chosen = chosen.filter_map(|(name, value)| Some((name.to_owned(), value?.clone())));
        Values(self.fixed.clone().into_iter().chain(chosen).collect())
    }

    /// A name for the configuration that its aliases share: `width=32 kernel=3 ...`.
    #[must_use]
    pub fn key(&self, configuration: &Configuration) -> String {
        let choices = self.choices(configuration).into_iter();
        let texts = choices.filter_map(|(name, value)| Some(format!("{name}={}", value?)));
        texts.collect::<Vec<_>>().join(" ")
    }

    /// The network of a configuration.
    ///
    /// # Errors
    /// If the family misses a parameter or the network does not fit the tiles.
    pub fn build(&self, configuration: &Configuration, tile: TileShape) -> Result<Graph, Error> {
        self.family.build(&self.values(configuration), tile)
    }
}

impl std::fmt::Debug for Space {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Space")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use edgefront_random::Key;
    use std::collections::HashSet;

    const TILE: TileShape = TileShape {
        height: 100,
        width: 100,
        classes: 2,
    };

    fn study() -> Space {
        Space::preset("resnet18-drainage").unwrap()
    }

    /// Different configurations are different networks: the canonical key loses nothing.
    #[test]
    fn every_configuration_builds_a_network_of_its_own() {
        let mut space = study();
        space.restrict("batch_size", &[Value::Int(16)]).unwrap();
        let graphs: HashSet<_> = space
            .enumerate()
            .map(|configuration| space.build(&configuration, TILE).unwrap().key())
            .collect();
        assert_eq!(graphs.len(), 360);
    }

    #[test]
    fn samples_are_canonical_and_cover_the_space() {
        let space = study();
        let all: HashSet<_> = space.enumerate().collect();
        let mut stream = Key::new(1).stream();
        let seen: HashSet<_> = (0..30_000).map(|_| space.sample(&mut stream)).collect();
        assert_eq!(seen, all);
    }

    #[test]
    fn keys_name_what_counts() {
        let mut space = study();
        space.restrict("pool", &[Value::Bool(false)]).unwrap();
        let first = space.enumerate().next().unwrap();
        assert_eq!(
            space.key(&first),
            "channels=5 batch_size=8 width=32 kernel=3 stride=1 padding=1 pool=no"
        );
    }

    /// A restriction takes with it what can no longer count, and what depends on that.
    #[test]
    fn restrictions_reach_through_conditions() {
        let mut space = Space::parse(
            "name = 'x'\nfamily = 'resnet'
             [[parameter]]\nname = 'pool'\nvalues = [true, false]
             [[parameter]]\nname = 'pool_kernel'\nvalues = [2, 3]
             when = { parameter = 'pool', equals = true }
             [[parameter]]\nname = 'pool_stride'\nvalues = [1, 2]
             when = { parameter = 'pool_kernel', equals = 3 }",
        )
        .unwrap();
        space.restrict("pool", &[Value::Bool(false)]).unwrap();
        let names: Vec<_> = space.parameters().iter().map(|p| &p.name).collect();
        assert_eq!(names, ["pool"]);
    }

    #[test]
    fn a_fixed_count_is_known() {
        let space =
            Space::parse("name = 'x'\nfamily = 'resnet'\nparameter = []\n[fixed]\nchannels = 5")
                .unwrap();
        assert_eq!(space.counts("channels"), Some(vec![5]));
        assert_eq!(space.counts("batch_size"), None);
    }

    #[test]
    fn faults_name_the_parameter() {
        let fault = |text: &str| Space::parse(text).unwrap_err().to_string();
        let head = "name = 'x'\nfamily = 'resnet'\n";
        let with = |rest: &str| fault(&format!("{head}{rest}"));
        assert_eq!(
            with("[[parameter]]\nname = 'width'\nvalues = []"),
            "parameter `width`: it has no values"
        );
        assert!(
            with("[[parameter]]\nname = 'wdth'\nvalues = [1]")
                .starts_with("unknown parameter `wdth`, expected one of: channels, width")
        );
        assert_eq!(
            with("[[parameter]]\nname='width'\nvalues=[1]\nwhen={parameter='pool',equals=true}"),
            "parameter `width`: its condition names `pool`, which is not before it"
        );
        assert_eq!(
            with("[[parameter]]\nname='width'\nvalues=[32, -1]"),
            "parameter `width`: -1, expected a whole number from 1 to 4096"
        );
        assert_eq!(
            with("[fixed]\nbatch_size='8'\n[[parameter]]\nname='pool'\nvalues=[true]"),
            "parameter `batch_size`: 8, expected a whole number from 1 to 65536"
        );
        assert_eq!(
            with("[[parameter]]\nname='pool'\nvalues=[1]"),
            "parameter `pool`: 1, expected true or false"
        );
        assert_eq!(
            study()
                .restrict("width", &[Value::Int(33)])
                .unwrap_err()
                .to_string(),
            "parameter `width`: 33 is none of its values: 32, 48, 64"
        );
    }
}
