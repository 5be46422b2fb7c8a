//! A TIFF or PNG file: refused, or read soundly, and the same in windows as in whole.
#![no_main]

use std::fs;

use edgefront_tiles::raster::{RasterFile, Window};
use libfuzzer_sys::fuzz_target;

/// Larger images only take time.
const MOST_SAMPLES: usize = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let path = std::env::temp_dir().join(format!("raster-{}", std::process::id()));
    fs::write(&path, bytes).expect("a temporary file");
    let Ok(file) = RasterFile::open(&path) else {
        return;
    };
    let info = file.info();
    let samples = info.width.saturating_mul(info.height).saturating_mul(info.bands);
    if samples > MOST_SAMPLES {
        return;
    }
    let window = |column, row, width, height| Window { column, row, width, height };
    let Ok(whole) = file.read_stored(window(0, 0, info.width, info.height)) else {
        return;
    };
    let pixel = info.bands * info.sample.bytes();
    assert_eq!(whole.bytes.len(), info.width * info.height * pixel);
    let values = file.read().map(|raster| raster.samples.len());
    assert!(values.is_err() || values.is_ok_and(|values| values == samples));
    // The lower right quarter.
    let (column, row) = (info.width / 2, info.height / 2);
    let (width, height) = (info.width - column, info.height - row);
    let part = file.read_stored(window(column, row, width, height));
    let part = part.expect("a part of what was read").bytes;
    for (n, found) in part.chunks_exact(width * pixel).enumerate() {
        let start = ((row + n) * info.width + column) * pixel;
        assert_eq!(found, &whole.bytes[start..][..width * pixel]);
    }
});
