use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::file::Format;
use super::{Placement, RasterInfo, SampleKind, Stored, Window};
use crate::npy::{self, Element};

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
            let reason = format!("there is no image {image} in {:?}", header.shape);
            return Err(Fault::Damaged(reason));
        }
        let element = Element::from_descr(&header.descr).filter(|_| !header.fortran_order);
        let element = element.ok_or_else(|| {
            let (descr, fortran) = (&header.descr, header.fortran_order);
            Fault::Unsupported(format!("elements '{descr}', fortran_order {fortran}"))
        })?;
        let offset = (header.elements())
            .and_then(|elements| elements.checked_mul(element.size()))
            .map(|bytes| header.data_offset + bytes / images * image)
            .ok_or_else(|| Fault::Damaged(format!("shape {:?} is too large", header.shape)))?;
        Ok(Self {
            path: path.to_path_buf(),
            element,
            offset: offset as u64,
            info: RasterInfo {
                width,
                height,
                bands,
                sample: SampleKind {
                    float: element.is_float(),
                    signed: element.is_signed(),
                    bits: 8 * element.size() as u16,
                },
                placement: Placement::Unknown,
                epsg: None,
                crs: None,
                pages: 1,
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
        let pixel = self.info.bands * self.element.size();
        let mut file = File::open(&self.path).map_err(Fault::damaged)?;
        let mut bytes = vec![0; window.height * window.width * pixel];
        let rows = bytes.chunks_exact_mut(window.width * pixel);
        for (row, target) in (window.row..).zip(rows) {
            let first = (row * self.info.width + window.column) * pixel;
            file.seek(SeekFrom::Start(self.offset + first as u64))
                .and_then(|_| file.read_exact(target))
                .map_err(Fault::damaged)?;
        }
        self.element.to_native(&mut bytes);
        Ok(Stored {
            kind: self.info.sample,
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
