use super::SampleKind;

/// Samples as a file stores them, in the byte order of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What the bytes of a sample mean.
    pub kind: SampleKind,
    /// The samples in shape (height, width, bands), [`SampleKind::bytes`] each.
    pub bytes: Vec<u8>,
}

impl SampleKind {
    /// Bytes of a sample in [`Stored`]: samples of fewer than 8 bits fill a byte, those of 9 to
    /// 15 two.
    #[must_use]
    pub fn bytes(self) -> usize {
        usize::from(self.bits.div_ceil(8)).next_power_of_two()
    }

    /// A sample of this value in [`Stored`], the nearest that can be stored.
    pub(super) fn sample(self, value: f64) -> Vec<u8> {
        match (self.float, self.signed, self.bytes()) {
            (false, false, 1) => (value as u8).to_ne_bytes().to_vec(),
            (false, false, 2) => (value as u16).to_ne_bytes().to_vec(),
            (false, false, 4) => (value as u32).to_ne_bytes().to_vec(),
            (false, false, _) => (value as u64).to_ne_bytes().to_vec(),
            (false, true, 1) => (value as i8).to_ne_bytes().to_vec(),
            (false, true, 2) => (value as i16).to_ne_bytes().to_vec(),
            (false, true, 4) => (value as i32).to_ne_bytes().to_vec(),
            (false, true, _) => (value as i64).to_ne_bytes().to_vec(),
            (true, _, 1 | 2) => half_of(value).to_ne_bytes().to_vec(),
            (true, _, 4) => (value as f32).to_ne_bytes().to_vec(),
            (true, _, _) => value.to_ne_bytes().to_vec(),
        }
    }
}

impl Stored {
    /// Appends the samples as `f32`: integers beyond 2^24 and 64-bit floats are rounded to the
    /// nearest.
    pub(super) fn append_f32(&self, values: &mut Vec<f32>) {
        fn convert<const N: usize>(
            bytes: &[u8],
            values: &mut Vec<f32>,
            value: impl Fn([u8; N]) -> f32,
        ) {
            let (samples, _) = bytes.as_chunks::<N>();
            values.extend(samples.iter().map(|sample| value(*sample)));
        }
        let from = self.bytes.as_slice();
        let SampleKind { float, signed, .. } = self.kind;
        match (float, signed, self.kind.bytes()) {
            (false, false, 1) => convert(from, values, |b: [u8; 1]| f32::from(b[0])),
            (false, false, 2) => convert(from, values, |b| f32::from(u16::from_ne_bytes(b))),
            (false, false, 4) => convert(from, values, |b| u32::from_ne_bytes(b) as f32),
            (false, false, _) => convert(from, values, |b| u64::from_ne_bytes(b) as f32),
            (false, true, 1) => convert(from, values, |b| f32::from(i8::from_ne_bytes(b))),
            (false, true, 2) => convert(from, values, |b| f32::from(i16::from_ne_bytes(b))),
            (false, true, 4) => convert(from, values, |b| i32::from_ne_bytes(b) as f32),
            (false, true, _) => convert(from, values, |b| i64::from_ne_bytes(b) as f32),
            (true, _, 1 | 2) => convert(from, values, |b| half_to_f32(u16::from_ne_bytes(b))),
            (true, _, 4) => convert(from, values, f32::from_ne_bytes),
            (true, _, _) => convert(from, values, |b| f64::from_ne_bytes(b) as f32),
        }
    }
}

/// The value of an IEEE 754 binary16.
fn half_to_f32(half: u16) -> f32 {
    let sign = if half & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(half >> 10 & 0x1f);
    let fraction = f32::from(half & 0x3ff);
    let magnitude = match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * 2f32.powi(exponent - 25),
    };
    sign * magnitude
}

/// The IEEE 754 binary16 of a value, by search: it is wanted once for a file.
fn half_of(value: f64) -> u16 {
    let sign = if value.is_sign_negative() { 0x8000 } else { 0 };
    let magnitude = value.abs();
    if magnitude.is_nan() {
        return 0x7e00;
    }
    // Positive halves are ordered as their bits are.
    let distance = |half: u16| (f64::from(half_to_f32(half)) - magnitude).abs();
    let nearest = (0..0x7c00).min_by(|&a, &b| distance(a).total_cmp(&distance(b)));
    sign | nearest.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(float: bool, signed: bool, bits: u16, bytes: &[u8]) -> Vec<f32> {
        let kind = SampleKind {
            float,
            signed,
            bits,
        };
        let bytes = bytes.to_vec();
        let mut values = Vec::new();
        Stored { kind, bytes }.append_f32(&mut values);
        values
    }

    #[test]
    fn every_kind_becomes_a_float() {
        assert_eq!(converted(false, false, 3, &[7, 0]), [7.0, 0.0]);
        assert_eq!(
            converted(false, false, 12, &4095u16.to_ne_bytes()),
            [4095.0]
        );
        assert_eq!(converted(false, true, 8, &[0xff]), [-1.0]);
        assert_eq!(converted(false, true, 16, &(-5i16).to_ne_bytes()), [-5.0]);
        assert_eq!(converted(false, true, 32, &(-7i32).to_ne_bytes()), [-7.0]);
        assert_eq!(
            converted(false, false, 32, &u32::MAX.to_ne_bytes()),
            [4_294_967_300.0]
        );
        assert_eq!(converted(false, true, 64, &(-9i64).to_ne_bytes()), [-9.0]);
        assert_eq!(converted(false, false, 64, &9u64.to_ne_bytes()), [9.0]);
        assert_eq!(converted(true, true, 32, &1.5f32.to_ne_bytes()), [1.5]);
        assert_eq!(converted(true, true, 64, &0.1f64.to_ne_bytes()), [0.1]);
    }

    #[test]
    fn halves_are_exact() {
        // Values of IEEE 754-2019, binary16: one, largest, smallest, smallest normal, -2.
        for (half, value) in [
            (0x3c00, 1.0),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_5e-8),
            (0x0400, 6.103_515_6e-5),
            (0xc000, -2.0),
            (0x7c00, f32::INFINITY),
        ] {
            assert_eq!(half_to_f32(half), value);
        }
        assert!(half_to_f32(0x7e00).is_nan());
    }
}
