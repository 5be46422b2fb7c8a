//! The types of elements.

/// A number in an array, by the code that NumPy writes for its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    kind: Kind,
    size: usize,
    big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Float,
    Signed,
    Unsigned,
}

impl Element {
    /// The type that `descr` stands for, such as `<f4`; `None` if it is no number of ours.
    pub(crate) fn from_descr(descr: &str) -> Option<Self> {
        let (order, code) = descr.split_at_checked(1)?;
        let (kind, size) = match code {
            "f4" => (Kind::Float, 4),
            "f8" => (Kind::Float, 8),
            "b1" | "u1" => (Kind::Unsigned, 1),
            "u2" => (Kind::Unsigned, 2),
            "u4" => (Kind::Unsigned, 4),
            "u8" => (Kind::Unsigned, 8),
            "i1" => (Kind::Signed, 1),
            "i2" => (Kind::Signed, 2),
            "i4" => (Kind::Signed, 4),
            "i8" => (Kind::Signed, 8),
            _ => return None,
        };
        let big_endian = match order {
            "<" => false,
            ">" => true,
            "|" if size == 1 => false,
            _ => return None,
        };
        Some(Self {
            kind,
            size,
            big_endian,
        })
    }

    /// Bytes of an element.
    pub(crate) fn size(self) -> usize {
        self.size
    }

    /// Whether it is a floating-point number.
    pub(crate) fn is_float(self) -> bool {
        self.kind == Kind::Float
    }

    /// Whether it may be negative.
    pub(crate) fn is_signed(self) -> bool {
        self.kind != Kind::Unsigned
    }

    /// Puts elements into the byte order of this machine.
    pub(crate) fn to_native(self, bytes: &mut [u8]) {
        if self.big_endian == cfg!(target_endian = "little") {
            bytes.chunks_exact_mut(self.size).for_each(<[u8]>::reverse);
        }
    }

    /// The values of whole elements. Integers beyond 2^53 are rounded.
    pub(crate) fn values(self, bytes: &[u8]) -> impl Iterator<Item = f64> + '_ {
        bytes.chunks_exact(self.size).map(move |chunk| {
            let mut padded = [0; 8];
            padded[..self.size].copy_from_slice(chunk);
            if self.big_endian {
                padded[..self.size].reverse();
            }
            let bits = u64::from_le_bytes(padded);
            let unused = 64 - 8 * self.size as u32;
            match (self.kind, self.size) {
                (Kind::Float, 4) => f64::from(f32::from_bits(bits as u32)),
                (Kind::Float, _) => f64::from_bits(bits),
                (Kind::Signed, _) => ((bits << unused) as i64 >> unused) as f64,
                (Kind::Unsigned, _) => bits as f64,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_reads_its_bytes() {
        for (descr, bytes, expected) in [
            ("<f4", &1.5f32.to_le_bytes()[..], 1.5),
            (">f8", &(-2.25f64).to_be_bytes(), -2.25),
            ("|i1", &[0xff], -1.0),
            ("|b1", &[1], 1.0),
            ("|u1", &[0xff], 255.0),
            ("<i2", &(-300i16).to_le_bytes(), -300.0),
            (">u2", &300u16.to_be_bytes(), 300.0),
            ("<i4", &i32::MIN.to_le_bytes(), f64::from(i32::MIN)),
            ("<u4", &u32::MAX.to_le_bytes(), f64::from(u32::MAX)),
            ("<i8", &(-7i64).to_le_bytes(), -7.0),
            (">u8", &9u64.to_be_bytes(), 9.0),
        ] {
            let element = Element::from_descr(descr).unwrap();
            assert_eq!(element.size(), bytes.len(), "{descr}");
            let values: Vec<f64> = element.values(bytes).collect();
            assert_eq!(values, [expected], "{descr}");
        }
    }

    #[test]
    fn other_types_are_refused() {
        for descr in ["<c8", "|O", "<U3", "|f4", "=f4", "f4", "", "é4"] {
            assert_eq!(Element::from_descr(descr), None, "{descr}");
        }
    }
}
