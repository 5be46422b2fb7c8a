use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::file::Format;
use super::stored::Stored;
use super::{Placement, RasterInfo, SampleKind, Window};
use crate::npy::{self, Element};

/// What the elements of an array are read as, whatever they are.
const READ_AS: SampleKind = SampleKind {
    float: true,
    signed: true,
    bits: 32,
};

/// One image of an array of shape (images, height, width, bands).
pub(super) struct ArrayImage {
    path: PathBuf,
    element: Element,
    /// Where the image starts in the file, in bytes.
    offset: u64,
    info: RasterInfo,
}

impl ArrayImage {
    pub(super) fn open(path: &Path, image: usize) -> Result<Self, Fault> {
        let header = npy::read_header(path).map_err(Fault::Damaged)?;
        let &[images, height, width, bands] = header.shape.as_slice() else {
            return Err(Fault::Damaged(format!(
                "shape is {:?}; expected (images, height, width, bands)",
                header.shape
            )));
        };
        if image >= images || [height, width, bands].contains(&0) {
            return Err(Fault::Damaged(format!(
                "there is no image {image} in {:?}",
                header.shape
            )));
        }
        if header.fortran_order {
            return Err(Fault::Unsupported(
                "elements in Fortran order; expected C order".to_owned(),
            ));
        }
        let element = Element::from_descr(&header.descr).ok_or_else(|| {
            Fault::Unsupported(format!(
                "elements '{}'; expected numbers such as '<f4'",
                header.descr
            ))
        })?;
        let offset = (header.elements())
            .and_then(|elements| elements.checked_mul(element.size()))
            .map(|bytes| header.data_offset + bytes / images * image)
            .ok_or_else(|| {
                Fault::Damaged(format!(
                    "shape {:?} exceeds the address space",
                    header.shape
                ))
            })?;
        Ok(Self {
            path: path.to_path_buf(),
            element,
            offset: offset as u64,
            info: RasterInfo {
                width,
                height,
                bands,
                sample: READ_AS,
                placement: Placement::Unknown,
                epsg: None,
                nodata: None,
                scaling: None,
            },
        })
    }
}

impl Format for ArrayImage {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read_stored(&self, window: Window) -> Result<Stored, Fault> {
        let bands = self.info.bands;
        let mut file = File::open(&self.path).map_err(Fault::damaged)?;
        let mut row = vec![0; window.width * bands * self.element.size()];
        let mut bytes = Vec::with_capacity(window.height * window.width * bands * READ_AS.bytes());
        for y in window.row..window.row + window.height {
            let first = (y * self.info.width + window.column) * bands * self.element.size();
            file.seek(SeekFrom::Start(self.offset + first as u64))
                .and_then(|_| file.read_exact(&mut row))
                .map_err(Fault::damaged)?;
            let values = self.element.values(&row);
            bytes.extend(values.flat_map(|value| (value as f32).to_ne_bytes()));
        }
        Ok(Stored {
            kind: READ_AS,
            bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::RasterFile;

    #[test]
    fn windows_of_an_image_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        let mut bytes = npy::encode("<f8", &[2, 3, 4, 2]);
        let values = (0..48).map(|i| if i == 47 { f64::INFINITY } else { f64::from(i) });
        bytes.extend(values.flat_map(f64::to_le_bytes));
        std::fs::write(&path, &bytes).unwrap();
        let image = RasterFile::open_image(&path, 1).unwrap();
        let window = Window {
            column: 1,
            row: 1,
            width: 2,
            height: 2,
        };
        let expected = [34., 35., 36., 37., 42., 43., 44., 45.];
        assert_eq!(image.read_window(window).unwrap(), expected);
        assert_eq!(image.read().unwrap().missing(), [0, 1]);

        let message = RasterFile::open_image(&path, 2).err().unwrap().to_string();
        assert!(
            message.contains("a.npy[2]: there is no image 2"),
            "{message}"
        );
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        let message = image.read().unwrap_err().to_string();
        assert!(message.contains("a.npy[1]"), "{message}");
    }
}
