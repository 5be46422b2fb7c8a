//! Tensors of a file: how large they are, and, only where asked, their numbers.

use super::wire::{Fields, fields};
use crate::Error;
use crate::safetensors::half::{bfloat16, binary16};

/// `TensorProto`. Its numbers stay where they are in the file.
#[derive(Clone, Debug)]
pub(super) struct Tensor<'a> {
    pub name: &'a str,
    pub dims: Vec<i64>,
    kind: i64,
    external: bool,
    raw: &'a [u8],
    message: &'a [u8],
}

/// A few numbers in row-major order. Whole ones are exact up to 2^53, more than any shape needs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Numbers {
    pub values: Vec<f64>,
    /// Whether their type is one of whole numbers or truth values: division rounds towards zero.
    pub whole: bool,
}

impl Numbers {
    pub fn new(values: Vec<f64>, whole: bool) -> Self {
        Self { values, whole }
    }
}

/// How many numbers a tensor may have that is more than its shape. Shapes and settings have fewer.
pub(super) const FEW: usize = 64;

/// `TensorProto.DataType`: whether it is a float, of any width.
fn is_float(kind: i64) -> bool {
    matches!(kind, 1 | 10 | 11 | 16..=20 | 23)
}

/// `TensorProto.DataType`: whether it is a whole number or a truth value.
pub(super) fn is_whole(kind: i64) -> bool {
    matches!(kind, 2..=7 | 9 | 12 | 13)
}

impl<'a> Tensor<'a> {
    /// Reads the message, the numbers excepted.
    pub fn parse(message: &'a [u8]) -> Result<Self, Error> {
        let mut tensor = Self {
            name: "",
            dims: Vec::new(),
            kind: 0,
            external: false,
            raw: &[],
            message,
        };
        let mut fields: Fields<'a> = fields(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => field.value.extend_ints(&mut tensor.dims)?,
                2 => tensor.kind = field.value.int()?,
                8 => tensor.name = field.value.text()?,
                9 => tensor.raw = field.value.bytes()?,
                14 => tensor.external = field.value.int()? == 1,
                _ => {}
            }
        }
        Ok(tensor)
    }

    /// Whether its numbers are floats.
    pub fn is_float(&self) -> bool {
        is_float(self.kind)
    }

    /// Its numbers, if the file holds `count` of them in a type that can be settings.
    pub fn numbers(&self, count: usize) -> Result<Option<Numbers>, Error> {
        if self.external || count > FEW || !(self.is_float() || is_whole(self.kind)) {
            return Ok(None);
        }
        let values = if self.raw.is_empty() {
            self.listed()?
        } else {
            self.unpacked()
        };
        Ok((values.len() == count).then_some(Numbers {
            values,
            whole: !self.is_float(),
        }))
    }

    /// The numbers of `raw_data`, little-endian.
    fn unpacked(&self) -> Vec<f64> {
        fn each<const N: usize>(raw: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
            raw.as_chunks()
                .0
                .iter()
                .take(FEW + 1)
                .map(|bytes| number(*bytes))
                .collect()
        }
        let raw = self.raw;
        match self.kind {
            1 => each(raw, |b| f64::from(f32::from_le_bytes(b))),
            2 | 9 => each(raw, |[b]| f64::from(b)),
            3 => each(raw, |b| f64::from(i8::from_le_bytes(b))),
            4 => each(raw, |b| f64::from(u16::from_le_bytes(b))),
            5 => each(raw, |b| f64::from(i16::from_le_bytes(b))),
            6 => each(raw, |b| f64::from(i32::from_le_bytes(b))),
            7 => each(raw, |b| i64::from_le_bytes(b) as f64),
            10 => each(raw, |b| f64::from(binary16(u16::from_le_bytes(b)))),
            11 => each(raw, f64::from_le_bytes),
            12 => each(raw, |b| f64::from(u32::from_le_bytes(b))),
            13 => each(raw, |b| u64::from_le_bytes(b) as f64),
            16 => each(raw, |b| f64::from(bfloat16(u16::from_le_bytes(b)))),
            _ => Vec::new(),
        }
    }

    /// The numbers of the typed lists (`float_data` and its like).
    fn listed(&self) -> Result<Vec<f64>, Error> {
        let (mut floats, mut ints, mut doubles) = (Vec::new(), Vec::new(), Vec::new());
        let mut fields = fields(self.message);
        while let Some(field) = fields.next()? {
            match field.number {
                4 => field.value.extend_floats(&mut floats)?,
                5 | 7 | 11 => field.value.extend_ints(&mut ints)?,
                10 => field.value.extend_doubles(&mut doubles)?,
                _ => {}
            }
        }
        Ok(match self.kind {
            1 => floats.into_iter().map(f64::from).collect(),
            10 => ints
                .into_iter()
                .map(|bits| f64::from(binary16(bits as u16)))
                .collect(),
            16 => ints
                .into_iter()
                .map(|bits| f64::from(bfloat16(bits as u16)))
                .collect(),
            11 => doubles,
            _ => ints.into_iter().map(|number| number as f64).collect(),
        })
    }
}
