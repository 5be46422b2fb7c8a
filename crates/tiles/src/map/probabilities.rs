use std::path::{Path, PathBuf};

use super::signature::Signature;
use super::stack::Stack;
use crate::error::Error;
use crate::raster::{Raster, SampleType, Transform, write_raster};

/// The map of probabilities while it is drawn.
pub(super) struct ProbabilityFile {
    path: PathBuf,
    raster: Raster,
}

impl ProbabilityFile {
    /// Cells of `cell` pixels of a stack, and a band for each of these classes.
    pub fn create(
        path: &Path,
        stack: &Stack,
        cell: usize,
        _model: &Signature,
        classes: &[usize],
    ) -> Result<Self, Error> {
        let pixels = stack.transform_or_pixels();
        Ok(Self {
            path: path.to_path_buf(),
            raster: Raster {
                width: stack.size().width.div_ceil(cell),
                height: stack.size().height.div_ceil(cell),
                bands: classes.len(),
                samples: Vec::new(),
                transform: Some(Transform {
                    pixel_width: pixels.pixel_width * cell as f64,
                    pixel_height: pixels.pixel_height * cell as f64,
                    ..pixels
                }),
                epsg: stack.epsg(),
                nodata: Some(f64::NAN),
            },
        })
    }

    /// Adds the next row of cells, (cell, class).
    pub fn push(&mut self, cells: &[f32]) -> Result<(), Error> {
        self.raster.samples.extend_from_slice(cells);
        Ok(())
    }

    pub fn finish(self) -> Result<(), Error> {
        write_raster(&self.path, &self.raster, SampleType::Float32)
    }
}
