//! A pickle: refused, or a forest that predicts a finite number.
#![no_main]

use edgefront_latency::read_forest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|pickle: &[u8]| {
    if let Ok(forest) = read_forest(pickle, "fuzzed") {
        let prediction = forest.predict(&vec![0.5; forest.features()]);
        // Leaves are finite; their sum may not be.
        assert!(!prediction.is_nan() || forest.trees() > 1);
    }
});
