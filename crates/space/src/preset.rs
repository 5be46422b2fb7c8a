//! Spaces that come with the program, each a file of its own.

/// Name and text of each preset.
pub const PRESETS: &[(&str, &str)] = &[(
    "resnet18-drainage",
    include_str!("../presets/resnet18-drainage.toml"),
)];
