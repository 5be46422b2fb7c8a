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
pub const PRESETS: [Preset; 5] = [
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
    Preset {
        name: "slope",
        formula: "slope(dem)",
        scaled: true,
        default: false,
        description: "slope of the terrain in degrees (Horn, 1981)",
    },
    Preset {
        name: "hillshade",
        formula: "hillshade(dem)",
        scaled: true,
        default: false,
        description: "shade of the terrain in light from the north-west (Horn, 1981)",
    },
    Preset {
        name: "tpi",
        formula: "tpi(dem, 10)",
        scaled: true,
        default: false,
        description: "topographic position index over 21x21 pixels (Weiss, 2001), which found \
                      drainage crossings best in doi 10.3389/frai.2025.1561281",
    },
];

impl Preset {
    /// The channel.
    pub(super) fn channel(&self) -> Channel {
        Channel {
            name: self.name.to_owned(),
            formula: Formula::parse(self.formula).expect("a test parses every preset"),
            scaled: self.scaled,
        }
    }
}

/// The channel of the preset of this name, if it is made by default.
pub(super) fn by_default(name: &str) -> Option<Channel> {
    (PRESETS
        .iter()
        .find(|preset| preset.default && preset.name == name))
    .map(Preset::channel)
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
