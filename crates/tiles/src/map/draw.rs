use std::path::Path;

use super::axis::Axis;
use super::blend::Blend;
use super::ordered::in_order;
use super::signature::{BATCH, Classifier, Signature};
use super::stack::Stack;
use super::strips::{Rows, Strips, fill_missing};
use super::suppress::{Detection, suppress};
use crate::aside::Aside;
use crate::error::{Error, Size};
use crate::recipe::{Grid, Recipe, Scratch};

/// What [`draw`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The windows of the plan.
    pub windows: usize,
    /// How many of them were not classified, because they miss too many values.
    pub left_out: usize,
    /// What is in the file of detections.
    pub detections: Vec<Detection>,
}

/// Runs a model over the rasters of a place, window by window, and writes the folder `output`: the
/// map of probabilities and the detections.
///
/// There are as many threads as classifiers, which are all of the same network; the bytes written do
/// not depend on their number. What is held in memory are the rows of a few windows: it grows with
/// the width of the rasters and not with their height. `progress` is called with the number of
/// windows done and of all.
///
/// # Errors
/// [`Error::Option`] of an option outside its range, [`Error::TooSmall`] if not one window fits,
/// [`Error::RasterRead`] if a raster turns out to be damaged, [`Error::OutputTaken`],
/// [`Error::RasterWrite`] or [`Error::Io`] for the output, and those of the classifiers.
pub fn draw(
    stack: &Stack,
    model: &Signature,
    options: &MapOptions,
    classifiers: Vec<Box<dyn Classifier + '_>>,
    output: &Path,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Drawn, Error> {
    options.check(model)?;
    let plan = Plan::new(stack, model.size, options.overlap)?;
    let classes = model.classes.len();
    let mut workers: Vec<Worker<'_>> = (classifiers.into_iter())
        .map(|classifier| Worker::new(classifier, model, options.most_missing, stack))
        .collect();
    let mut blend = Blend::new(
        plan.rows,
        plan.columns,
        options.cell.unwrap_or(plan.step),
        options.classes.len(),
    );
    let windows = plan.rows.windows() * plan.columns.windows();
    let (mut done, mut left_out) = (0, 0);
    let mut candidates = Vec::new();
    let mut row = Vec::new();
    progress(0, windows);
    in_order(&mut workers, plan.jobs(stack), Worker::run, |probabilities| {
        let probabilities = probabilities?;
        for window in probabilities.chunks_exact(classes) {
            let (row_number, column) = (done / plan.columns.windows(), done % plan.columns.windows());
            done += 1;
            left_out += usize::from(window[0].is_nan());
            for &class in &options.classes {
                row.push(window[class]);
                if window[class] >= options.threshold {
                    candidates.push(Detection {
                        column: plan.columns.middle(column),
                        row: plan.rows.middle(row_number),
                        class,
                        probability: window[class],
                    });
                }
            }
        }
        if row.len() == plan.columns.windows() * options.classes.len() {
            blend.push(std::mem::take(&mut row), |cells| todo!("{cells:?}"))?;
        }
        progress(done, windows);
        Ok(())
    })?;
    Ok(Drawn {
        windows,
        left_out,
        detections: suppress(candidates, plan.radius(options)),
    })
}
