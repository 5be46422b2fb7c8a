use super::Normalization;

/// Leaves the values as they are in the files.
#[derive(Debug)]
pub struct Unscaled;

impl Normalization for Unscaled {
    fn name(&self) -> &'static str {
        "none"
    }

    fn apply(&self, _band: &mut [f32], _width: usize) {}
}
