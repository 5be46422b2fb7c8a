//! A graph in nn-Meter's JSON: it is refused, or every device has a latency for it.
#![no_main]

use edgefront_latency::{Ir, Predictor, builtin_devices};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(ir) = Ir::from_json(text, "fuzzed") else {
        return;
    };
    let again = Ir::from_json(&ir.to_json(), "written").expect("what was written is read");
    assert_eq!(again, ir);
    for device in builtin_devices() {
        let Ok(prediction) = device.predict(&ir) else {
            continue;
        };
        assert!(prediction.milliseconds.is_finite() && prediction.milliseconds >= 0.0);
        assert!((0.0..=1.0).contains(&prediction.coverage.kernels));
    }
});
