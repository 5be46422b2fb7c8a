//! The only way to standard output and standard error.

use std::io::{self, ErrorKind, Write};
use std::process;

/// Writes data to standard output. A reader that has gone, as `head` does, ends the program
/// quietly; a disk that is full does not.
pub fn data(text: &str) {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => process::exit(0),
        Err(error) => {
            message(&format!("error: standard output: {error}"));
            process::exit(1);
        }
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
