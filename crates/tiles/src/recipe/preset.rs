use super::{Channel, Formula};

/// A channel that is known by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// The name of the channel.
    pub name: &'static str,
    /// Its formula.
    pub formula: &'static str,
    /// Whether the normalisation applies to it.
    pub scaled: bool,
    /// Whether it is made without being asked for, if its bands are there.
    pub default: bool,
    /// What it is and where it comes from.
    pub description: &'static str,
}

/// All presets.
pub const PRESETS: [Preset; 2] = [
    Preset {
        name: "ndwi",
        formula: "(g - nir) / (g + nir)",
        scaled: false,
        default: true,
        description: "normalised difference water index (McFeeters, 1996)",
    },
    Preset {
        name: "ndvi",
        formula: "(nir - r) / (nir + r)",
        scaled: false,
        default: true,
        description: "normalised difference vegetation index (Rouse et al., 1974)",
    },
];

impl Preset {
    /// The channel.
    #[must_use]
    pub fn channel(&self) -> Channel {
        Channel {
            name: self.name.to_owned(),
            formula: Formula::parse(self.formula).expect("a test parses every preset"),
            scaled: self.scaled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_has_a_formula() {
        for preset in PRESETS {
            assert_eq!(preset.channel().name, preset.name);
        }
    }
}
