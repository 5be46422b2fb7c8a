//! The tags of a TIFF page as bytes: little-endian, classic or `BigTIFF`.

use crate::raster::{GeoKeys, SampleType, Transform};

/// The values of a tag.
#[derive(Clone, Debug)]
pub(in crate::raster) enum Values {
    Text(String),
    Short(Vec<u16>),
    Long(Vec<u32>),
    /// Places in the file: 4 bytes each in a classic file, 8 in a `BigTIFF`.
    Offsets(Vec<u64>),
    Double(Vec<f64>),
}

/// Tags of a page, in ascending order.
#[derive(Clone, Debug, Default)]
pub(in crate::raster) struct Directory(Vec<(u16, Values)>);

/// Which of the two forms a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::raster) enum Form {
    /// Places of 4 bytes.
    Classic,
    /// Places of 8 bytes.
    Big,
}

/// What all pages of our files say of their pixels.
pub(in crate::raster) struct Pixels {
    pub width: u32,
    pub height: u32,
    pub bands: u16,
    pub samples: SampleType,
}

pub(in crate::raster) mod tag {
    pub(in crate::raster) const NEW_SUBFILE_TYPE: u16 = 254;
    pub(in crate::raster) const COMPRESSION: u16 = 259;
    pub(in crate::raster) const STRIP_OFFSETS: u16 = 273;
    pub(in crate::raster) const ROWS_PER_STRIP: u16 = 278;
    pub(in crate::raster) const STRIP_BYTE_COUNTS: u16 = 279;
    pub(in crate::raster) const PREDICTOR: u16 = 317;
    pub(in crate::raster) const TILE_WIDTH: u16 = 322;
    pub(in crate::raster) const TILE_LENGTH: u16 = 323;
    pub(in crate::raster) const TILE_OFFSETS: u16 = 324;
    pub(in crate::raster) const TILE_BYTE_COUNTS: u16 = 325;
    pub(in crate::raster) const GDAL_METADATA: u16 = 42112;
    pub(in crate::raster) const GDAL_NODATA: u16 = 42113;
}

impl Directory {
    /// Sets a tag.
    pub(in crate::raster) fn set(&mut self, tag: u16, values: Values) {
        match self.0.binary_search_by_key(&tag, |(tag, _)| *tag) {
            Ok(place) => self.0[place].1 = values,
            Err(place) => self.0.insert(place, (tag, values)),
        }
    }

    pub(in crate::raster) fn short(&mut self, tag: u16, value: u16) {
        self.set(tag, Values::Short(vec![value]));
    }

    pub(in crate::raster) fn long(&mut self, tag: u16, value: u32) {
        self.set(tag, Values::Long(vec![value]));
    }

    /// The tags that say what the pixels are.
    ///
    /// Three and more bands of bytes are declared red, green, blue and unspecified ones: viewers
    /// show them in colour, and none takes the near infrared for transparency.
    pub(in crate::raster) fn set_pixels(&mut self, pixels: &Pixels) {
        // TIFF 6.0, sections 8, 18 and 19.
        const MIN_IS_BLACK: u16 = 1;
        const RGB: u16 = 2;
        const UNSPECIFIED: u16 = 0;
        let (bits, format) = match pixels.samples {
            SampleType::Uint8 => (8, 1),
            SampleType::Float32 => (32, 3),
        };
        let bands = usize::from(pixels.bands);
        let (photometric, colours) = match pixels.samples {
            SampleType::Uint8 if bands >= 3 => (RGB, 3),
            _ => (MIN_IS_BLACK, 1),
        };
        self.long(256, pixels.width);
        self.long(257, pixels.height);
        self.set(258, Values::Short(vec![bits; bands]));
        self.short(262, photometric);
        self.short(277, pixels.bands);
        self.short(284, 1);
        if bands > colours {
            self.set(338, Values::Short(vec![UNSPECIFIED; bands - colours]));
        }
        self.set(339, Values::Short(vec![format; bands]));
    }

    /// The tags that say where the pixels lie: pixel scale, tie point and coordinate system.
    pub(in crate::raster) fn set_place(
        &mut self,
        transform: Option<Transform>,
        crs: Option<&GeoKeys>,
    ) {
        if let Some(t) = transform {
            let scale = vec![t.pixel_width, t.pixel_height, 0.0];
            self.set(33550, Values::Double(scale));
            let tie_point = vec![0.0, 0.0, 0.0, t.left, t.top, 0.0];
            self.set(33922, Values::Double(tie_point));
        }
        if let Some(crs) = crs {
            let (directory, numbers, text) = crs.of_areas();
            self.set(34735, Values::Short(directory));
            if !numbers.is_empty() {
                self.set(34736, Values::Double(numbers.to_vec()));
            }
            if !text.is_empty() {
                self.set(34737, Values::Text(text.to_owned()));
            }
        }
    }

    /// GDAL's tag of the value that stands for "no data".
    pub(in crate::raster) fn set_nodata(&mut self, nodata: Option<f64>) {
        if let Some(nodata) = nodata {
            let text = match nodata.is_nan() {
                true => "nan".to_owned(),
                false => nodata.to_string(),
            };
            self.set(tag::GDAL_NODATA, Values::Text(text));
        }
    }

    /// How many bytes [`Self::encode`] gives.
    pub(in crate::raster) fn size(&self, form: Form) -> u64 {
        self.encode(form, 0, 0).len() as u64
    }

    /// The page's tags as bytes, to be stored at `at`; `next` is where the next page's are, or 0.
    pub(in crate::raster) fn encode(&self, form: Form, at: u64, next: u64) -> Vec<u8> {
        let (count, entry_bytes) = match form {
            Form::Classic => (2, 12),
            Form::Big => (8, 20),
        };
        let inline = form.offset_bytes();
        let values_at = at + (count + self.0.len() * entry_bytes + inline) as u64;
        let mut bytes = Vec::new();
        let mut values = Vec::new();
        match form {
            Form::Classic => bytes.extend((self.0.len() as u16).to_le_bytes()),
            Form::Big => bytes.extend((self.0.len() as u64).to_le_bytes()),
        }
        for (tag, value) in &self.0 {
            let (kind, count, mut encoded) = value.encode(form);
            bytes.extend(tag.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend_from_slice(&(count as u64).to_le_bytes()[..inline]);
            if encoded.len() <= inline {
                encoded.resize(inline, 0);
                bytes.extend(encoded);
            } else {
                let place = values_at + values.len() as u64;
                bytes.extend_from_slice(&place.to_le_bytes()[..inline]);
                values.extend(encoded);
                // Values begin at even places.
                values.resize(values.len().next_multiple_of(2), 0);
            }
        }
        bytes.extend_from_slice(&next.to_le_bytes()[..inline]);
        bytes.extend(values);
        bytes
    }
}

impl Form {
    fn offset_bytes(self) -> usize {
        match self {
            Self::Classic => 4,
            Self::Big => 8,
        }
    }

    /// The first bytes of a file whose first page is at `first_page`.
    pub(in crate::raster) fn header(self, first_page: u64) -> Vec<u8> {
        let place = &first_page.to_le_bytes()[..self.offset_bytes()];
        match self {
            Self::Classic => [b"II\x2a\0", place].concat(),
            Self::Big => [b"II\x2b\0\x08\0\0\0", place].concat(),
        }
    }
}

impl Values {
    /// Code of the type, number of values, and their bytes.
    fn encode(&self, form: Form) -> (u16, usize, Vec<u8>) {
        match self {
            Self::Text(text) => {
                let bytes = [text.as_bytes(), b"\0"].concat();
                (2, bytes.len(), bytes)
            }
            Self::Short(values) => {
                let bytes = values.iter().flat_map(|value| value.to_le_bytes());
                (3, values.len(), bytes.collect())
            }
            Self::Long(values) => {
                let bytes = values.iter().flat_map(|value| value.to_le_bytes());
                (4, values.len(), bytes.collect())
            }
            Self::Offsets(values) => {
                let length = form.offset_bytes();
                let bytes = values.iter();
                let bytes = bytes.flat_map(|value| value.to_le_bytes().into_iter().take(length));
                let kind = match form {
                    Form::Classic => 4,
                    Form::Big => 16,
                };
                (kind, values.len(), bytes.collect())
            }
            Self::Double(values) => {
                let bytes = values.iter().flat_map(|value| value.to_le_bytes());
                (12, values.len(), bytes.collect())
            }
        }
    }
}
