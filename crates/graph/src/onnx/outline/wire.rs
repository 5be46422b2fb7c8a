//! Protobuf's wire format over borrowed bytes: nothing is copied, and what is not asked for is
//! stepped over by its length.

use crate::Error;

/// One field of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Field<'a> {
    /// The field's number in the message's definition.
    pub number: u64,
    /// What it holds.
    pub value: Value<'a>,
}

/// What a field holds, by its wire type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

/// The fields of a message, in the order of its bytes.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

/// The fields of the message that `bytes` hold.
pub(super) fn fields(bytes: &[u8]) -> Fields<'_> {
    Fields { rest: bytes }
}

impl<'a> Fields<'a> {
    /// The next field, if there is one.
    pub fn next(&mut self) -> Result<Option<Field<'a>>, Error> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = varint(&mut self.rest)?;
        let number = tag >> 3;
        let value = match tag & 7 {
            0 => Value::Varint(varint(&mut self.rest)?),
            1 => Value::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = varint(&mut self.rest)?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.array()?)),
            other => return Err(invalid(format!("a field of wire type {other}"))),
        };
        Ok(Some(Field { number, value }))
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Error> {
        let split = usize::try_from(length)
            .ok()
            .and_then(|length| self.rest.split_at_checked(length));
        let Some((head, tail)) = split else {
            return Err(invalid(format!(
                "cut short: a field of {length} bytes where {} are left",
                self.rest.len()
            )));
        };
        self.rest = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let bytes = self.take(N as u64)?;
        Ok(bytes.try_into().expect("take gives what it is asked for"))
    }
}

/// A number of 7 bits a byte, the lowest first.
fn varint(bytes: &mut &[u8]) -> Result<u64, Error> {
    let mut number = 0;
    for place in 0..10 {
        let Some((&byte, rest)) = bytes.split_first() else {
            return Err(invalid("cut short within a number"));
        };
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(invalid("a number of more than ten bytes"))
}

impl<'a> Value<'a> {
    /// The bytes of a field that must hold some.
    pub fn bytes(self) -> Result<&'a [u8], Error> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Varint(_) | Self::Fixed32(_) | Self::Fixed64(_) => {
                Err(invalid("a number where bytes were expected"))
            }
        }
    }

    /// The text of a field that must hold some.
    pub fn text(self) -> Result<&'a str, Error> {
        std::str::from_utf8(self.bytes()?).map_err(|_| invalid("a name that is not UTF-8"))
    }

    /// The number of a field that must hold one.
    pub fn int(self) -> Result<i64, Error> {
        match self {
            Self::Varint(number) => Ok(number.cast_signed()),
            Self::Bytes(_) | Self::Fixed32(_) | Self::Fixed64(_) => {
                Err(invalid("something else where a whole number was expected"))
            }
        }
    }

    /// The number of a field that must hold a float.
    pub fn float(self) -> Result<f32, Error> {
        match self {
            Self::Fixed32(bits) => Ok(f32::from_bits(bits)),
            Self::Bytes(_) | Self::Varint(_) | Self::Fixed64(_) => {
                Err(invalid("something else where a float was expected"))
            }
        }
    }

    /// Appends the whole numbers of a repeated field, packed or not.
    pub fn extend_ints(self, numbers: &mut Vec<i64>) -> Result<(), Error> {
        let Self::Bytes(mut packed) = self else {
            numbers.push(self.int()?);
            return Ok(());
        };
        while !packed.is_empty() {
            numbers.push(varint(&mut packed)?.cast_signed());
        }
        Ok(())
    }

    /// Appends the doubles of a repeated field, packed or not.
    pub fn extend_doubles(self, numbers: &mut Vec<f64>) -> Result<(), Error> {
        let packed = match self {
            Self::Fixed64(bits) => {
                numbers.push(f64::from_bits(bits));
                return Ok(());
            }
            other => other.bytes()?,
        };
        let (chunks, rest) = packed.as_chunks();
        if !rest.is_empty() {
            return Err(invalid("a list of doubles that ends within one"));
        }
        numbers.extend(chunks.iter().map(|bytes| f64::from_le_bytes(*bytes)));
        Ok(())
    }

    /// Appends the floats of a repeated field, packed or not.
    pub fn extend_floats(self, numbers: &mut Vec<f32>) -> Result<(), Error> {
        let Self::Bytes(packed) = self else {
            numbers.push(self.float()?);
            return Ok(());
        };
        let (chunks, rest) = packed.as_chunks();
        if !rest.is_empty() {
            return Err(invalid("a list of floats that ends within one"));
        }
        numbers.extend(chunks.iter().map(|bytes| f32::from_le_bytes(*bytes)));
        Ok(())
    }
}

/// The error for bytes that are no ONNX model.
pub(super) fn invalid(reason: impl Into<String>) -> Error {
    Error::InvalidOnnx(reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<Field<'_>>, Error> {
        let mut reader = fields(bytes);
        let mut found = Vec::new();
        while let Some(field) = reader.next()? {
            found.push(field);
        }
        Ok(found)
    }

    #[test]
    fn fields_of_every_wire_type_are_told_apart() {
        // The varint is the example of protobuf's own documentation: field 1, 150.
        let bytes = [
            &[0x08, 0x96, 0x01][..],
            &[0x12, 2, b'h', b'i'],
            &[0x1d, 0, 0, 0x80, 0x3f],
            &[0x21, 1, 0, 0, 0, 0, 0, 0, 0],
        ]
        .concat();
        let found: Vec<_> = all(&bytes)
            .unwrap()
            .into_iter()
            .map(|f| (f.number, f.value))
            .collect();
        assert_eq!(
            found,
            [
                (1, Value::Varint(150)),
                (2, Value::Bytes(b"hi")),
                (3, Value::Fixed32(1.0_f32.to_bits())),
                (4, Value::Fixed64(1)),
            ]
        );
        assert_eq!(found[2].1.float().unwrap(), 1.0);
    }

    #[test]
    fn a_length_beyond_the_end_is_an_error_and_allocates_nothing() {
        let claim = [
            0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 2,
        ];
        let error = all(&claim).unwrap_err().to_string();
        assert!(error.contains("where 2 are left"), "{error}");
        assert!(all(&[0x08]).is_err());
        assert!(
            all(&[
                0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
            ])
            .is_err()
        );
        assert!(all(&[0x0b]).is_err());
    }

    #[test]
    fn repeated_numbers_are_read_packed_or_one_by_one() {
        let mut numbers = Vec::new();
        for field in all(&[0x08, 3, 0x0a, 3, 1, 0xac, 0x02, 0x08, 5]).unwrap() {
            field.value.extend_ints(&mut numbers).unwrap();
        }
        assert_eq!(numbers, [3, 1, 300, 5]);
        assert!(
            Value::Bytes(&[0, 0, 0])
                .extend_floats(&mut Vec::new())
                .is_err()
        );
    }
}
