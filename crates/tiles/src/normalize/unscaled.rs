use super::TileNormalization;

/// Leaves the values as they are in the files.
#[derive(Debug)]
pub struct Unscaled;

impl TileNormalization for Unscaled {
    fn name(&self) -> &'static str {
        "none"
    }

    fn description(&self) -> &'static str {
        "the values as they are"
    }

    fn apply(&self, _band: &mut [f32], _width: usize) {}
}
