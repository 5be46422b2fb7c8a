//! A device of forests, under a checksum that fits: refused, or read again as it is written.
#![no_main]

use edgefront_latency::ForestDevice;
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

fuzz_target!(|body: &[u8]| {
    let sum: String = Sha256::digest(body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let file = [
        format!("edgefront forests, sha256 {sum}\n").as_bytes(),
        body,
    ]
    .concat();
    if let Ok(device) = ForestDevice::from_bytes(&file, "fuzzed") {
        let again = ForestDevice::from_bytes(&device.to_bytes(), "written");
        assert_eq!(again.expect("what was written is read"), device);
    }
});
