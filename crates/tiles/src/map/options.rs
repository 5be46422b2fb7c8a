use super::signature::Signature;
use crate::error::Error;

/// How a map is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct MapOptions {
    /// The share of a window that the next one has too: from 0 to below 1.
    pub overlap: f64,
    /// The side of the map's cells in pixels of the rasters, at least 1; none for the step from
    /// one window to the next.
    pub cell: Option<usize>,
    /// The classes that are mapped and detected, by their places among the model's.
    pub classes: Vec<usize>,
    /// The least probability of a detection, in 0 to 1.
    pub threshold: f32,
    /// How near detections of a class may not lie to each other, in pixels; none for half the
    /// longer side of a window.
    pub radius: Option<f64>,
    /// The share of a window's pixels that may miss a value, in 0 to 1. They are filled with the
    /// mean of their band in the window; a window that misses more is not classified.
    pub most_missing: f64,
}

impl MapOptions {
    /// Windows that overlap by half, cells as wide as their step, detections above one half.
    #[must_use]
    pub fn new(classes: Vec<usize>) -> Self {
        Self {
            overlap: 0.5,
            cell: None,
            classes,
            threshold: 0.5,
            radius: None,
            most_missing: 0.05,
        }
    }

    pub(super) fn check(&self, model: &Signature, threads: usize) -> Result<(), Error> {
        let option = |option, found: String, expected| {
            Err(Error::Option {
                option,
                found,
                expected,
            })
        };
        if threads == 0 {
            return option("threads", "0".into(), "at least 1");
        }
        if !(0.0..1.0).contains(&self.overlap) {
            return option("overlap", self.overlap.to_string(), "from 0 to below 1");
        }
        if self.cell == Some(0) {
            return option("cell", "0".into(), "at least 1 pixel");
        }
        if !(0.0..=1.0).contains(&self.threshold) {
            return option("threshold", self.threshold.to_string(), "from 0 to 1");
        }
        if !(0.0..=1.0).contains(&self.most_missing) {
            let found = self.most_missing.to_string();
            return option("share of missing pixels", found, "from 0 to 1");
        }
        if let Some(radius) = (self.radius).filter(|radius| radius.is_nan() || *radius < 0.0) {
            return option("radius", radius.to_string(), "0 or more pixels");
        }
        if self.classes.is_empty() || self.classes.iter().any(|&c| c >= model.classes.len()) {
            let found = format!("{:?}", self.classes);
            return option("classes", found, "places among the model's classes");
        }
        Ok(())
    }
}
