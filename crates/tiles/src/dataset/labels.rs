use std::path::Path;

use crate::error::Error;
use crate::npy;

/// Reads a one-axis array of integers of any type as classes `0..classes`.
pub(super) fn read(path: &Path, classes: usize) -> Result<Vec<usize>, Error> {
    let labels = read_labels(path)?;
    if let Some(tile) = labels.iter().position(|&label| label >= classes) {
        let label = labels[tile];
        let reason = format!("label {label} of tile {tile}; expected 0..{classes}");
        return Err(Error::dataset(path, reason));
    }
    Ok(labels)
}

/// Reads a one-axis array of numbers, which must be whole and not negative.
pub(crate) fn read_labels(path: &Path) -> Result<Vec<usize>, Error> {
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    let fail = |reason: String| Error::dataset(path, reason);
    let header = npy::parse(&bytes).map_err(fail)?;
    let fail = |reason: String| Error::dataset(path, reason);
    let &[count] = header.shape.as_slice() else {
        return Err(fail(format!(
            "shape is {:?}; expected one axis",
            header.shape
        )));
    };
    let Some(element) = npy::Element::from_descr(&header.descr) else {
        return Err(fail(format!(
            "elements are '{}'; expected numbers such as '<i8'",
            header.descr
        )));
    };
    let data = &bytes[header.data_offset..];
    if count.checked_mul(element.size()) != Some(data.len()) {
        return Err(fail(format!(
            "{} bytes of data; expected {count} elements of {} bytes",
            data.len(),
            element.size()
        )));
    }
    // Whole numbers are exact up to here.
    const MOST: f64 = (1u64 << 53) as f64;
    (element.values(data).enumerate())
        .map(|(tile, value)| {
            if value.fract() == 0.0 && (0.0..MOST).contains(&value) {
                return Ok(value as usize);
            }
            Err(fail(format!(
                "label {value} of tile {tile}; expected a whole number from 0"
            )))
        })
        .collect()
}
