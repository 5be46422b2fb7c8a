//! The header of NumPy's `.npy` files (format 1.0, and 2.0 and 3.0 for reading), as
//! `numpy.lib.format` describes it.

mod element;
mod literal;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub(crate) use element::Element;

use literal::{Value, parse_dictionary};

/// Bytes that a written header takes, whatever its shape: it can be rewritten in place.
pub(crate) const HEADER_LEN: usize = 128;

/// Bytes from the start of a file that hold the header of any array of numbers.
const MOST_HEADER_BYTES: u64 = 4096;

const MAGIC: &[u8] = b"\x93NUMPY";

/// What a `.npy` file says about its array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Byte order, kind and size of an element, such as `<f4`.
    pub descr: String,
    /// Whether the first axis varies fastest.
    pub fortran_order: bool,
    /// The length of each axis.
    pub shape: Vec<usize>,
    /// Where the elements start, in bytes from the start of the file.
    pub data_offset: usize,
}

/// The header of a C-ordered array, [`HEADER_LEN`] bytes.
pub(crate) fn encode(descr: &str, shape: &[usize]) -> Vec<u8> {
    let mut axes = String::new();
    for length in shape {
        axes.push_str(&format!("{length}, "));
    }
    // NumPy writes "(3,)" for one axis and "(3, 4)" for two.
    let axes = match shape.len() {
        1 => axes.trim_end(),
        _ => axes.trim_end_matches(", "),
    };
    let dictionary = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({axes}), }}");
    let length = HEADER_LEN - MAGIC.len() - 4;
    assert!(
        dictionary.len() < length,
        "a header of at most five axes fits"
    );
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(format!("{dictionary:<width$}\n", width = length - 1).bytes());
    bytes
}

/// Reads the header at the start of a file. The error says what is wrong.
pub(crate) fn parse(bytes: &[u8]) -> Result<Header, String> {
    if !bytes.starts_with(MAGIC) {
        return Err("not a .npy file: it does not start with \\x93NUMPY".into());
    }
    let cut = || "truncated in its header".to_owned();
    let (length, start) = match bytes.get(MAGIC.len()).ok_or_else(cut)? {
        1 => {
            let field = bytes.get(8..10).ok_or_else(cut)?;
            (usize::from(u16::from_le_bytes([field[0], field[1]])), 10)
        }
        2 | 3 => {
            let field = bytes.get(8..12).ok_or_else(cut)?;
            let length = u32::from_le_bytes([field[0], field[1], field[2], field[3]]);
            (length as usize, 12)
        }
        version => {
            return Err(format!(
                "unknown .npy version {version}; expected 1, 2 or 3"
            ));
        }
    };
    let text = bytes.get(start..start + length).ok_or_else(cut)?;
    let text = std::str::from_utf8(text).map_err(|_| "its header is not text".to_owned())?;

    let (mut descr, mut fortran_order, mut shape) = (None, None, None);
    for (key, value) in parse_dictionary(text)? {
        match (key.as_str(), value) {
            ("descr", Value::Text(text)) => descr = Some(text),
            ("fortran_order", Value::Bool(flag)) => fortran_order = Some(flag),
            ("shape", Value::Tuple(axes)) => shape = Some(axes),
            (key, value) => return Err(format!("unexpected header entry '{key}': {value:?}")),
        }
    }
    let missing = |key: &str| format!("its header lacks '{key}'");
    Ok(Header {
        descr: descr.ok_or_else(|| missing("descr"))?,
        fortran_order: fortran_order.ok_or_else(|| missing("fortran_order"))?,
        shape: shape.ok_or_else(|| missing("shape"))?,
        data_offset: start + length,
    })
}

/// Reads the header of a file. The error says what is wrong.
pub(crate) fn read_header(path: &Path) -> Result<Header, String> {
    let mut start = Vec::new();
    (File::open(path).and_then(|file| file.take(MOST_HEADER_BYTES).read_to_end(&mut start)))
        .map_err(|e| e.to_string())?;
    parse(&start)
}

impl Header {
    /// The number of elements; `None` if it exceeds the address space.
    pub(crate) fn elements(&self) -> Option<usize> {
        self.shape
            .iter()
            .try_fold(1usize, |product, &length| product.checked_mul(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_header_as_numpy_writes_it() {
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (8, 100, 100, 5), }";
        let bytes = encode("<f4", &[8, 100, 100, 5]);
        assert_eq!(bytes.len() % 64, 0);
        assert_eq!(&bytes[10..10 + text.len()], text.as_bytes());
        assert_eq!(bytes.last(), Some(&b'\n'));
        let bytes = encode("<i8", &[3]);
        assert!(String::from_utf8_lossy(&bytes).contains("'shape': (3,), }"));
    }

    #[test]
    fn damaged_headers_are_errors() {
        let whole = encode("<f4", &[2, 3]);
        for keep in 0..whole.len() {
            assert!(parse(&whole[..keep]).is_err(), "{keep} bytes");
        }
        let mut other = whole;
        other[6] = 9;
        assert!(parse(&other).unwrap_err().contains("version 9"));
    }

    proptest! {
        #[test]
        fn headers_read_back(shape in prop::collection::vec(0usize..1_000_000, 0..5)) {
            let bytes = encode("<f4", &shape);
            prop_assert_eq!(bytes.len(), HEADER_LEN);
            let header = parse(&bytes).unwrap();
            prop_assert_eq!(header.shape, shape);
            prop_assert_eq!(header.descr, "<f4");
            prop_assert!(!header.fortran_order);
            prop_assert_eq!(header.data_offset, HEADER_LEN);
        }

        #[test]
        fn arbitrary_bytes_never_panic(tail in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = MAGIC.to_vec();
            bytes.extend(tail);
            let _ = parse(&bytes);
        }
    }
}
