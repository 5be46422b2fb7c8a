use std::io::Write as _;
use std::process::Command;

/// The Python that has these packages: `EDGEFRONT_PYTHON`, or else `python3`. A test without it
/// says so, gets `None`, and ends.
pub fn python(packages: &str) -> Option<String> {
    let python = std::env::var("EDGEFRONT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let import = Command::new(&python)
        .args(["-c", &format!("import {packages}")])
        .output();
    if import.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    // Straight to the stream: the harness hides what a passing test prints.
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {python} lacks one of {packages}"
    );
    None
}
