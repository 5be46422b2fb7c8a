use super::classifier::Classifier;
use super::plan::Job;
use super::signature::Signature;
use super::stack::Stack;
use super::strips::fill_missing;
use crate::error::Error;
use crate::recipe::{Grid, Scratch};

/// What a thread classifies windows with.
pub(super) struct Worker<'a> {
    classifier: Box<dyn Classifier + 'a>,
    model: &'a Signature,
    grid: Grid,
    most_missing: usize,
    scratch: Scratch,
    /// The bands of a window.
    raw: Vec<f32>,
    /// The channels of a window, and those of all windows of a job.
    channels: Vec<f32>,
    images: Vec<f32>,
    answers: Vec<f32>,
}

impl<'a> Worker<'a> {
    /// Of windows that may lack up to `most_missing` of their pixels, as a share.
    pub fn new(
        classifier: Box<dyn Classifier + 'a>,
        model: &'a Signature,
        stack: &Stack,
        most_missing: f64,
    ) -> Self {
        let pixels = model.size.width * model.size.height;
        Self {
            classifier,
            model,
            grid: Grid::new(model.size.width, stack.transform().as_ref()),
            // A window without any value says nothing.
            most_missing: ((most_missing * pixels as f64) as usize).min(pixels - 1),
            scratch: Scratch::default(),
            raw: Vec::new(),
            channels: Vec::new(),
            images: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// The probabilities of the windows' classes, (window, class), NaN for windows that miss too
    /// many pixels.
    pub fn run(&mut self, job: &Job) -> Result<Vec<f32>, Error> {
        let Signature {
            recipe,
            size,
            classes,
        } = self.model;
        self.images.clear();
        let mut is_whole = Vec::with_capacity(job.columns.len());
        for &column in &job.columns {
            job.rows.cut(job.row, column, *size, &mut self.raw);
            let missing = fill_missing(&mut self.raw, recipe.bands().len());
            is_whole.push(missing <= self.most_missing);
            if missing <= self.most_missing {
                let (scratch, channels) = (&mut self.scratch, &mut self.channels);
                recipe.apply(&[&self.raw], &self.grid, scratch, channels);
                self.images.extend_from_slice(channels);
            }
        }
        self.answers.clear();
        if !self.images.is_empty() {
            self.classifier.classify(&self.images, &mut self.answers)?;
        }
        let mut answers = self.answers.chunks_exact(classes.len());
        let mut probabilities = Vec::with_capacity(job.columns.len() * classes.len());
        for is_whole in is_whole {
            match is_whole.then(|| answers.next()).flatten() {
                Some(answer) => probabilities.extend_from_slice(answer),
                None => probabilities.extend(std::iter::repeat_n(f32::NAN, classes.len())),
            }
        }
        Ok(probabilities)
    }
}
