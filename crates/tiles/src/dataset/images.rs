use std::fs::File;
use std::path::Path;

use memmap2::Mmap;

use crate::error::Error;
use crate::npy;

/// A memory-mapped array of four axes of little-endian `f32`.
#[derive(Debug)]
pub(super) struct Images {
    map: Mmap,
    data_offset: usize,
    shape: [usize; 4],
}

impl Images {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::io("open", path))?;
        // SAFETY: the map is read-only and private to this value. The file must not shrink
        // while it is mapped: datasets are written aside and renamed, never changed in place.
        let map = unsafe { Mmap::map(&file) }.map_err(Error::io("map", path))?;
        let fail = |reason: String| Error::dataset(path, reason);
        let header = npy::parse(&map).map_err(fail)?;
        let fail = |reason: String| Error::dataset(path, reason);
        if header.descr != "<f4" || header.fortran_order {
            return Err(fail(format!(
                "elements are '{}' in {} order; expected '<f4' in C order",
                header.descr,
                if header.fortran_order { "Fortran" } else { "C" }
            )));
        }
        let shape: [usize; 4] = header.shape.clone().try_into().map_err(|found| {
            fail(format!(
                "shape is {found:?}; expected (tiles, height, width, channels)"
            ))
        })?;
        if shape.contains(&0) {
            return Err(fail(format!("shape {shape:?} holds nothing")));
        }
        let bytes = header
            .elements()
            .and_then(|elements| elements.checked_mul(size_of::<f32>()))
            .ok_or_else(|| fail(format!("shape {shape:?} exceeds the address space")))?;
        let found = map.len() - header.data_offset;
        if found != bytes {
            return Err(fail(format!(
                "{found} bytes of data; expected {bytes} for shape {shape:?}"
            )));
        }
        // NumPy aligns data to 16 or 64 bytes and a map starts at a page.
        if header.data_offset % align_of::<f32>() != 0 {
            return Err(fail(format!(
                "data starts at byte {}; expected a multiple of 4",
                header.data_offset
            )));
        }
        Ok(Self {
            map,
            data_offset: header.data_offset,
            shape,
        })
    }

    pub(super) fn shape(&self) -> [usize; 4] {
        self.shape
    }

    pub(super) fn values(&self) -> &[f32] {
        const { assert!(cfg!(target_endian = "little"), "the file is little-endian") };
        let bytes = &self.map[self.data_offset..];
        // SAFETY: `open` has checked that the data start aligned and hold a whole number of
        // `f32`, of which every bit pattern is valid.
        let (before, values, after) = unsafe { bytes.align_to::<f32>() };
        debug_assert!(before.is_empty() && after.is_empty());
        values
    }
}
