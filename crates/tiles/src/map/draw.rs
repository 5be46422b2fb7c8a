use std::path::Path;

use super::blend::Blend;
use super::classifier::Classifier;
use super::detections::{Coordinates, Locator};
use super::options::MapOptions;
use super::ordered::in_order;
use super::plan::{Job, Plan};
use super::signature::Signature;
use super::stack::Stack;
use super::suppress::{Detection, suppress};
use super::worker::Worker;
use crate::aside::Aside;
use crate::error::Error;
use crate::raster::{CogOptions, CogWriter, SampleType, Transform};
use crate::recipe::Grid;

/// The name of the map in the folder that [`draw`] writes.
pub const PROBABILITIES: &str = "probability.tif";

/// The name of the points in the folder that [`draw`] writes.
pub const DETECTIONS: &str = "detections.geojson";

/// What [`draw`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The windows of the plan.
    pub windows: usize,
    /// How many of them were not classified, because they miss too many values.
    pub left_out: usize,
    /// What is in the file of detections, row by row.
    pub detections: Vec<Detection>,
    /// What the coordinates in the file of detections are.
    pub coordinates: Coordinates,
}

/// Runs a model over the rasters of a place, window by window, and writes the folder `output`: a
/// cloud-optimised GeoTIFF of probabilities ([`PROBABILITIES`]), a band for each class asked for,
/// and GeoJSON points ([`DETECTIONS`]). A folder that this wrote before is replaced.
///
/// The probability of a cell is the mean of those of the windows that cover its middle, weighted by
/// how near their middles are; NaN where none was classified. There are as many threads as
/// classifiers, which are all of the same network; the bytes written do not depend on their
/// number. What is held in memory are the rows of a few windows: it grows with the width of the
/// rasters and not with their height. `progress` is called with the number of windows done and of
/// all.
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
    options.check(model, classifiers.len())?;
    stack.check_rows(model.size.height)?;
    let plan = Plan::new(stack, model.size, options.overlap)?;
    let cell = options.cell.unwrap_or(plan.step);
    let (all_classes, classes) = (model.classes.len(), &options.classes);
    let mut workers = Worker::team(classifiers, model, options.most_missing);
    let aside = Aside::create(output, is_map, "a free name or a map of an earlier run")?;
    let transform = stack.transform_of_map()?;
    let mut file = CogWriter::create(
        &aside.path().join(PROBABILITIES),
        CogOptions {
            width: plan.columns.cells(cell),
            height: plan.rows.cells(cell),
            bands: classes.len(),
            samples: SampleType::Float32,
            transform: Some(Transform {
                pixel_width: transform.pixel_width * cell as f64,
                pixel_height: transform.pixel_height * cell as f64,
                ..transform
            }),
            crs: stack.crs().cloned(),
            nodata: Some(f64::NAN),
            band_names: classes.iter().map(|&c| model.classes[c].clone()).collect(),
        },
    )?;
    let mut blend = Blend::new(plan.rows, plan.columns, cell, classes.len());
    let (mut done, mut left_out) = (0, 0);
    let (mut row, mut candidates) = (Vec::new(), Vec::new());
    let columns = plan.columns.windows();
    progress(0, plan.windows());
    let grid = Grid::new(model.size.width, stack.transform().as_ref());
    let work = |worker: &mut Worker<'_>, job: Job| {
        worker.run(job.columns.len(), |window, raw| {
            (job.rows).cut(job.row, job.columns[window], model.size, raw);
            Ok(grid)
        })
    };
    in_order(&mut workers, plan.jobs(stack), work, |probabilities| {
        for window in probabilities?.chunks_exact(all_classes) {
            left_out += usize::from(window[0].is_nan());
            for &class in classes {
                row.push(window[class]);
                if window[class] >= options.threshold {
                    candidates.push(Detection {
                        column: plan.columns.middle(done % columns),
                        row: plan.rows.middle(done / columns),
                        class,
                        probability: window[class],
                    });
                }
            }
            done += 1;
        }
        progress(done, plan.windows());
        if row.len() == columns * classes.len() {
            blend.push(std::mem::take(&mut row), |cells| file.write_rows(cells))?;
        }
        Ok(())
    })?;
    file.finish()?;
    let detections = suppress(
        candidates,
        options.radius.unwrap_or_else(|| plan.half_window()),
    );
    let locator = Locator::new(transform, stack.epsg());
    locator.write(&aside.path().join(DETECTIONS), &detections, &model.classes)?;
    aside.publish()?;
    Ok(Drawn {
        windows: plan.windows(),
        left_out,
        detections,
        coordinates: locator.coordinates(),
    })
}

/// Whether a folder holds a map and nothing else but what belongs to it.
fn is_map(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    // What programs that show a raster write beside it (`probability.tif.aux.xml`) goes with it.
    let is_ours = |name: &str| name.starts_with(PROBABILITIES) || name == DETECTIONS;
    let mut names = entries.flatten().map(|entry| entry.file_name());
    folder.join(PROBABILITIES).is_file() && names.all(|name| name.to_str().is_some_and(is_ours))
}
