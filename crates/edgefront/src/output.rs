//! The only way to standard output and standard error.

use std::io::{self, Write};
use std::process;

/// Writes data to standard output. A reader that has gone, as `head` does, ends the program
/// quietly.
pub fn data(text: &str) {
    let mut out = io::stdout().lock();
    if out
        .write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .is_err()
    {
        process::exit(0);
    }
}

/// Writes JSON to standard output.
pub fn json(value: &serde_json::Value) {
    data(&format!("{value:#}\n"));
}

/// Writes a line for people to standard error.
pub fn message(text: &str) {
    // Nobody is left to be told that nobody listens.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
