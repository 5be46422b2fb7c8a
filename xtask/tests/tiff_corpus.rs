//! The corpus of TIFF files, where it is at hand.

use std::path::Path;
use std::process::Command;

#[test]
fn the_corpus_is_read_as_demanded() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/tiff-corpus");
    if !corpus.join("manifest.json").exists() {
        eprintln!("skipped: no corpus of TIFF files in ../shared");
        return;
    }
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("tiff-corpus")
        .arg(&corpus)
        .output()
        .expect("the runner starts");
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{table}");
    assert!(table.contains("| valid_core | 760 |"), "{table}");
}
