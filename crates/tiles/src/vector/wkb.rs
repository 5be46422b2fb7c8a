//! Well-known binary geometries (OGC Simple Features 06-103r4, 8.2), with the flags for height
//! and measure of ISO 13249-3 and of EWKB.

use super::Shape;

/// The points and lines of a geometry; none if it is empty.
///
/// Never takes more memory than a small multiple of `bytes`.
///
/// # Errors
/// What is wrong, as the object of "has".
pub(super) fn shapes(bytes: &[u8]) -> Result<Vec<Shape>, String> {
    let mut reader = Reader { rest: bytes };
    let mut shapes = Vec::new();
    match reader.head()? {
        head if head.is_multiple() => {
            for _ in 0..reader.count(head, SMALLEST_PART)? {
                let part = reader.head()?;
                if part.is_multiple() {
                    return Err("a part that has parts itself".to_owned());
                }
                shapes.extend(reader.shape(part)?);
            }
        }
        head => shapes.extend(reader.shape(head)?),
    }
    Ok(shapes)
}

const POINT: u32 = 1;
const LINE: u32 = 2;
const MULTI_POINT: u32 = 4;
const MULTI_LINE: u32 = 5;

/// Byte order, type and count of an empty line.
const SMALLEST_PART: usize = 9;

/// What a geometry begins with.
#[derive(Clone, Copy)]
struct Head {
    is_little_endian: bool,
    kind: u32,
    dimensions: usize,
}

impl Head {
    fn is_multiple(self) -> bool {
        matches!(self.kind, MULTI_POINT | MULTI_LINE)
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (bytes, rest) = self
            .rest
            .split_first_chunk()
            .ok_or("a truncated geometry")?;
        self.rest = rest;
        Ok(*bytes)
    }

    fn word(&mut self, is_little_endian: bool) -> Result<u32, String> {
        let bytes = self.take()?;
        Ok(if is_little_endian {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }

    fn number(&mut self, is_little_endian: bool) -> Result<f64, String> {
        let bytes = self.take()?;
        Ok(if is_little_endian {
            f64::from_le_bytes(bytes)
        } else {
            f64::from_be_bytes(bytes)
        })
    }

    fn head(&mut self) -> Result<Head, String> {
        const EWKB_Z: u32 = 0x8000_0000;
        const EWKB_M: u32 = 0x4000_0000;
        const EWKB_SRID: u32 = 0x2000_0000;
        let is_little_endian = match self.take::<1>()? {
            [0] => false,
            [1] => true,
            [other] => return Err(format!("the byte order {other}; expected 0 or 1")),
        };
        let code = self.word(is_little_endian)?;
        let plain = code & !(EWKB_Z | EWKB_M | EWKB_SRID);
        // ISO adds 1000 for height, 2000 for a measure, 3000 for both.
        let (iso, kind) = (plain / 1000, plain % 1000);
        let extra = match iso {
            0 => (code & EWKB_Z != 0) as usize + (code & EWKB_M != 0) as usize,
            1 | 2 => 1,
            3 => 2,
            _ => {
                return Err(format!(
                    "the geometry type {code}; expected a point or a line"
                ));
            }
        };
        if code & EWKB_SRID != 0 {
            self.word(is_little_endian)?;
        }
        match kind {
            POINT | LINE | MULTI_POINT | MULTI_LINE => Ok(Head {
                is_little_endian,
                kind,
                dimensions: 2 + extra,
            }),
            3 | 6 => Err("a polygon; expected a point or a line".to_owned()),
            7 => Err("a collection; expected a point or a line".to_owned()),
            _ => Err(format!(
                "the geometry type {code}; expected a point or a line"
            )),
        }
    }

    /// A count of things of at least `size` bytes each, which must be there.
    fn count(&mut self, head: Head, size: usize) -> Result<usize, String> {
        let count = self.word(head.is_little_endian)? as usize;
        if count > self.rest.len() / size {
            return Err("a truncated geometry".to_owned());
        }
        Ok(count)
    }

    fn position(&mut self, head: Head) -> Result<(f64, f64), String> {
        let x = self.number(head.is_little_endian)?;
        let y = self.number(head.is_little_endian)?;
        for _ in 2..head.dimensions {
            self.number(head.is_little_endian)?;
        }
        Ok((x, y))
    }

    /// The point or line whose head was read. An empty point is written as NaN.
    fn shape(&mut self, head: Head) -> Result<Option<Shape>, String> {
        if head.kind == POINT {
            let (x, y) = self.position(head)?;
            let is_empty = x.is_nan() && y.is_nan();
            return if is_empty {
                Ok(None)
            } else {
                Shape::point(x, y).map(Some)
            };
        }
        let count = self.count(head, head.dimensions * size_of::<f64>())?;
        let positions: Vec<_> = (0..count)
            .map(|_| self.position(head))
            .collect::<Result<_, _>>()?;
        if positions.is_empty() {
            return Ok(None);
        }
        Shape::line(positions.into_iter()).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::crs::Point;

    /// A geometry in little-endian bytes.
    fn geometry(kind: u32, words: &[u32], numbers: &[f64]) -> Vec<u8> {
        let mut bytes = vec![1];
        bytes.extend(kind.to_le_bytes());
        bytes.extend(words.iter().flat_map(|w| w.to_le_bytes()));
        bytes.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
        bytes
    }

    #[test]
    fn heights_measures_and_srids_are_passed_over() {
        let expected = [Shape::Point(Point { x: 1.0, y: 2.0 })];
        assert_eq!(shapes(&geometry(1, &[], &[1.0, 2.0])).unwrap(), expected);
        for kind in [1001, 2001, 0x8000_0001, 0x4000_0001] {
            assert_eq!(
                shapes(&geometry(kind, &[], &[1.0, 2.0, 9.0])).unwrap(),
                expected
            );
        }
        assert_eq!(
            shapes(&geometry(3001, &[], &[1.0, 2.0, 9.0, 9.0])).unwrap(),
            expected
        );
        assert_eq!(
            shapes(&geometry(0x2000_0001, &[4326], &[1.0, 2.0])).unwrap(),
            expected
        );
        let mut big_endian = vec![0, 0, 0, 0, 1];
        big_endian.extend([1.0f64, 2.0].iter().flat_map(|n| n.to_be_bytes()));
        assert_eq!(shapes(&big_endian).unwrap(), expected);
    }

    #[test]
    fn parts_are_taken_apart_and_empty_ones_are_none() {
        let mut lines = geometry(5, &[2], &[]);
        lines.extend(geometry(2, &[2], &[0.0, 0.0, 4.0, 0.0]));
        lines.extend(geometry(2, &[0], &[]));
        let lines = shapes(&lines).unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].middle(), Point { x: 2.0, y: 0.0 });
        assert_eq!(shapes(&geometry(1, &[], &[f64::NAN; 2])).unwrap(), []);
        assert_eq!(shapes(&geometry(4, &[0], &[])).unwrap(), []);
    }

    #[test]
    fn damage_is_an_error() {
        let mut nested = geometry(4, &[1], &[]);
        nested.extend(geometry(4, &[0], &[]));
        nested.extend([0; 16]);
        for (bytes, reason) in [
            (vec![], "truncated"),
            (vec![7, 1, 0, 0, 0], "byte order 7"),
            (geometry(1, &[], &[1.0]), "truncated"),
            (geometry(2, &[u32::MAX], &[1.0, 2.0]), "truncated"),
            (geometry(5, &[u32::MAX], &[1.0, 2.0]), "truncated"),
            (geometry(3, &[1], &[]), "polygon"),
            (geometry(7, &[1], &[]), "collection"),
            (geometry(99, &[1], &[]), "geometry type 99"),
            (geometry(4001, &[1], &[]), "geometry type 4001"),
            (nested, "parts itself"),
        ] {
            let message = shapes(&bytes).unwrap_err();
            assert!(message.contains(reason), "{message}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = shapes(&bytes);
        }

        #[test]
        fn no_tail_makes_it_panic(
            kind in 0u32..8,
            iso in 0u32..4,
            tail in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            let mut bytes = geometry(1000 * iso + kind, &[], &[]);
            bytes.extend(tail);
            let _ = shapes(&bytes);
        }
    }
}
