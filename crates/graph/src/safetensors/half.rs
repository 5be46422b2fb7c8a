//! Numbers of 16 bits, which widen to 32 without loss.

/// A number in IEEE 754's binary16: 1 bit of sign, 5 of exponent, 10 of fraction.
pub(crate) fn binary16(bits: u16) -> f32 {
    let sign = u32::from(bits >> 15) << 31;
    let exponent = u32::from(bits >> 10) & 0x1f;
    let fraction = u32::from(bits) & 0x3ff;
    match exponent {
        // Zero and the subnormal numbers count in units of 2^-24, which float32 holds exactly.
        0 => {
            let magnitude = fraction as f32 * 2f32.powi(-24);
            f32::from_bits(sign | magnitude.to_bits())
        }
        0x1f => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 127 - 15) << 23 | fraction << 13),
    }
}

/// A number in bfloat16: the upper half of a float32.
pub(crate) fn bfloat16(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_5e-8),
            (0x03ff, 6.097_555e-5),
            (0x0400, 6.103_515_6e-5),
            (0x7c00, f32::INFINITY),
            (0xfc00, f32::NEG_INFINITY),
        ] {
            assert_eq!(binary16(bits), value, "{bits:#06x}");
        }
        assert_eq!(binary16(0x8000).to_bits(), (-0.0f32).to_bits());
        assert!(binary16(0x7e00).is_nan());
        assert_eq!(bfloat16(0x3f80), 1.0);
        assert_eq!(bfloat16(0xc049), -3.140_625);
    }

    /// All numbers in the order of their bits are in the order of their values.
    #[test]
    fn binary16_is_monotonic() {
        let values: Vec<f32> = (0..0x7c01).map(binary16).collect();
        assert!(values.is_sorted_by(|a, b| a < b));
    }
}
