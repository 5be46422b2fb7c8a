//! Samples that do not fill whole bytes.

/// Bytes of a row of samples of `bits` bits: rows start at whole bytes.
pub(super) fn packed_row_bytes(samples: usize, bits: u16) -> Option<usize> {
    Some(samples.checked_mul(usize::from(bits))?.div_ceil(8))
}

/// Appends the samples of a packed row to `unpacked`, each in `container` bytes in the byte order
/// of this machine.
///
/// Samples of up to 32 bits follow each other from the most significant bit of a byte to the
/// least, whatever the byte order of the file (TIFF 6.0, `FillOrder`).
pub(super) fn unpack_row(
    row: &[u8],
    samples: usize,
    bits: u16,
    container: usize,
    unpacked: &mut Vec<u8>,
) {
    let bits = u32::from(bits);
    let (mut buffer, mut buffered) = (0u64, 0);
    let mut bytes = row.iter();
    for _ in 0..samples {
        while buffered < bits {
            buffer = buffer << 8 | bytes.next().map_or(0, |&byte| u64::from(byte));
            buffered += 8;
        }
        buffered -= bits;
        let sample = buffer >> buffered & ((1 << bits) - 1);
        match container {
            1 => unpacked.push(sample as u8),
            2 => unpacked.extend((sample as u16).to_ne_bytes()),
            _ => unpacked.extend((sample as u32).to_ne_bytes()),
        }
    }
}
