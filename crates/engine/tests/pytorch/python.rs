//! The scripts in `fixtures/`.

use std::path::Path;
use std::process::Command;

use super::interpreter::python;

/// What a script writes to its standard output. A test whose packages are not installed says so
/// and gets nothing.
pub fn run(script: &str, packages: &str, args: &[&str]) -> Option<Vec<u8>> {
    let python = python(packages)?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(script);
    // -B: no bytecode is left among the sources.
    let output = Command::new(python)
        .arg("-B")
        .arg(&script)
        .args(args)
        // Tests run side by side; threads that wait for each other would take turns.
        .env("OMP_NUM_THREADS", "1")
        .output()
        .expect("python runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{} {args:?}: {complaint}",
        script.display()
    );
    Some(output.stdout)
}
