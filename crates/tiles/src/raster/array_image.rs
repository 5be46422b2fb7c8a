use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::file::Format;
use super::missing::mark_missing;
use super::{RasterInfo, SampleKind, Window};
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
    pub(super) fn open(path: &Path, image: usize) -> Result<Self, String> {
        let header = npy::read_header(path)?;
        let &[images, height, width, bands] = header.shape.as_slice() else {
            return Err(format!(
                "shape is {:?}; expected (images, height, width, bands)",
                header.shape
            ));
        };
        if image >= images || [height, width, bands].contains(&0) {
            return Err(format!("there is no image {image} in {:?}", header.shape));
        }
        if header.fortran_order {
            return Err("elements are in Fortran order; expected C order".to_owned());
        }
        let element = Element::from_descr(&header.descr).ok_or_else(|| {
            format!(
                "elements are '{}'; expected numbers such as '<f4'",
                header.descr
            )
        })?;
        let offset = (header.elements())
            .and_then(|elements| elements.checked_mul(element.size()))
            .map(|bytes| header.data_offset + bytes / images * image)
            .ok_or_else(|| format!("shape {:?} exceeds the address space", header.shape))?;
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
                transform: None,
                epsg: None,
                nodata: None,
            },
        })
    }
}

impl Format for ArrayImage {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read_window(&self, window: Window) -> Result<Vec<f32>, String> {
        let bands = self.info.bands;
        let mut file = File::open(&self.path).map_err(|e| e.to_string())?;
        let mut row = vec![0; window.width * bands * self.element.size()];
        let mut samples = Vec::with_capacity(window.height * window.width * bands);
        for y in window.row..window.row + window.height {
            let first = (y * self.info.width + window.column) * bands * self.element.size();
            file.seek(SeekFrom::Start(self.offset + first as u64))
                .and_then(|_| file.read_exact(&mut row))
                .map_err(|e| e.to_string())?;
            samples.extend(self.element.values(&row).map(|value| value as f32));
        }
        mark_missing(&mut samples, bands, None);
        Ok(samples)
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
