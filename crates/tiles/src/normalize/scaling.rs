/// What a fitted normalisation does to a channel: `(value - center) * scale`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaling {
    /// What is taken away.
    pub center: f32,
    /// What the rest is multiplied by.
    pub scale: f32,
}

impl Scaling {
    /// Leaves values as they are.
    pub const NONE: Self = Self {
        center: 0.0,
        scale: 1.0,
    };

    /// Takes `center` to 0 and what is `spread` above it to 1. Without a spread that `f32` can
    /// divide by, everything becomes 0: what is constant says nothing.
    #[must_use]
    pub fn new(center: f32, spread: f64) -> Self {
        let scale = (1.0 / spread) as f32;
        Self {
            center,
            scale: if scale.is_finite() { scale } else { 0.0 },
        }
    }

    /// The scaled value.
    #[must_use]
    pub fn apply(self, value: f32) -> f32 {
        (value - self.center) * self.scale
    }
}
