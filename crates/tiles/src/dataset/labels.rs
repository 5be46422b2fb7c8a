use std::path::Path;

use crate::error::Error;
use crate::npy;

/// Reads a one-axis array of integers of any size as classes `0..classes`.
pub(super) fn read(path: &Path, classes: usize) -> Result<Vec<usize>, Error> {
    let values = read_integers(path)?;
    values
        .iter()
        .enumerate()
        .map(|(tile, &value)| {
            usize::try_from(value)
                .ok()
                .filter(|&label| label < classes)
                .ok_or_else(|| {
                    Error::dataset(
                        path,
                        format!("label {value} of tile {tile}; expected 0..{classes}"),
                    )
                })
        })
        .collect()
}

/// Reads a one-axis array of integers.
pub(super) fn read_integers(path: &Path) -> Result<Vec<i64>, Error> {
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
    let data = &bytes[header.data_offset..];
    let expect = |size: usize| match count.checked_mul(size) {
        Some(bytes) if bytes == data.len() => Ok(()),
        _ => Err(fail(format!(
            "{} bytes of data; expected {count} elements of {size} bytes",
            data.len()
        ))),
    };
    macro_rules! integers {
        ($type:ty) => {{
            const SIZE: usize = size_of::<$type>();
            expect(SIZE)?;
            data.chunks_exact(SIZE)
                .map(|chunk| {
                    let value =
                        <$type>::from_le_bytes(chunk.try_into().expect("chunks of this size"));
                    i64::try_from(value).map_err(|_| fail(format!("label {value} is too large")))
                })
                .collect()
        }};
    }
    match header.descr.as_str() {
        "|i1" => integers!(i8),
        "<i2" => integers!(i16),
        "<i4" => integers!(i32),
        "<i8" => integers!(i64),
        "|u1" | "|b1" => integers!(u8),
        "<u2" => integers!(u16),
        "<u4" => integers!(u32),
        "<u8" => integers!(u64),
        descr => Err(fail(format!(
            "elements are '{descr}'; expected little-endian integers such as '<i8'"
        ))),
    }
}
