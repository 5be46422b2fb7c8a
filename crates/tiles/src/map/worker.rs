use super::classifier::Classifier;
use super::signature::Signature;
use crate::error::Error;
use crate::recipe::{Grid, Scratch};

/// What a thread classifies windows with.
pub(super) struct Worker<'a> {
    classifier: Box<dyn Classifier + 'a>,
    model: &'a Signature,
    most_missing: usize,
    scratch: Scratch,
    /// The bands of a window.
    raw: Vec<f32>,
    /// The channels of a window, and those of all windows of a batch.
    channels: Vec<f32>,
    images: Vec<f32>,
    answers: Vec<f32>,
}

impl<'a> Worker<'a> {
    /// One of these for each classifier. Windows may miss a value in up to `most_missing` of their
    /// pixels, as a share.
    pub fn team(
        classifiers: Vec<Box<dyn Classifier + 'a>>,
        model: &'a Signature,
        most_missing: f64,
    ) -> Vec<Self> {
        let pixels = model.size.width * model.size.height;
        let worker = |classifier| Self {
            classifier,
            model,
            // A window without any value says nothing.
            most_missing: ((most_missing * pixels as f64) as usize).min(pixels - 1),
            scratch: Scratch::default(),
            raw: Vec::new(),
            channels: Vec::new(),
            images: Vec::new(),
            answers: Vec::new(),
        };
        classifiers.into_iter().map(worker).collect()
    }

    /// The probabilities of the classes of `count` windows, (window, class), NaN for windows that
    /// miss too many pixels.
    ///
    /// `cut` puts the bands of a window into a buffer, shape (row, column, band), missing values
    /// NaN, and says how its pixels lie.
    pub fn run(
        &mut self,
        count: usize,
        mut cut: impl FnMut(usize, &mut Vec<f32>) -> Result<Grid, Error>,
    ) -> Result<Vec<f32>, Error> {
        let Signature {
            recipe, classes, ..
        } = self.model;
        self.images.clear();
        let mut is_whole = Vec::with_capacity(count);
        for window in 0..count {
            let grid = cut(window, &mut self.raw)?;
            let missing = fill_missing(&mut self.raw, recipe.bands().len());
            is_whole.push(missing <= self.most_missing);
            if missing <= self.most_missing {
                let (scratch, channels) = (&mut self.scratch, &mut self.channels);
                recipe.apply(&[&self.raw], &grid, scratch, channels);
                self.images.extend_from_slice(channels);
            }
        }
        self.answers.clear();
        if !self.images.is_empty() {
            self.classifier.classify(&self.images, &mut self.answers)?;
        }
        let mut answers = self.answers.chunks_exact(classes.len());
        let mut probabilities = Vec::with_capacity(count * classes.len());
        for is_whole in is_whole {
            match is_whole.then(|| answers.next()).flatten() {
                Some(answer) => probabilities.extend_from_slice(answer),
                None => probabilities.extend(std::iter::repeat_n(f32::NAN, classes.len())),
            }
        }
        Ok(probabilities)
    }
}

/// Fills the missing values of a window with the mean of their band, which leaves its range as it
/// is. Gives the number of pixels that miss a value; a band without any becomes 0.
fn fill_missing(window: &mut [f32], bands: usize) -> usize {
    if !window.iter().fold(false, |any, value| any | value.is_nan()) {
        return 0;
    }
    let is_missing = |pixel: &&[f32]| pixel.iter().any(|value| value.is_nan());
    let missing = window.chunks_exact(bands).filter(is_missing).count();
    for band in 0..bands {
        let values = window[band..].iter().step_by(bands);
        let (sum, count) = (values.filter(|value| !value.is_nan()))
            .fold((0.0, 0usize), |(sum, count), &value| {
                (sum + f64::from(value), count + 1)
            });
        let mean = if count > 0 {
            (sum / count as f64) as f32
        } else {
            0.0
        };
        for value in window[band..].iter_mut().step_by(bands) {
            if value.is_nan() {
                *value = mean;
            }
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_values_become_the_mean_of_their_band() {
        let n = f32::NAN;
        let mut window = [1.0, 5.0, n, 7.0, 3.0, n];
        assert_eq!(fill_missing(&mut window, 2), 2);
        assert_eq!(window, [1.0, 5.0, 2.0, 7.0, 3.0, 6.0]);
        assert_eq!(fill_missing(&mut window, 2), 0);
        let mut empty = [n, 1.0, n, 2.0];
        assert_eq!(fill_missing(&mut empty, 2), 2);
        assert_eq!(empty, [0.0, 1.0, 0.0, 2.0]);
    }
}
