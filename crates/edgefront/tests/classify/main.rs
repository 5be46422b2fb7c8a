//! `edgefront classify` as a user runs it.

mod crossings;
mod plain;
mod refusals;
mod tables;

use std::path::Path;
use std::process::{Command, Output};

/// Runs `edgefront classify` with these arguments.
fn classify(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_edgefront"))
        .arg("classify")
        .args(args)
        .output()
        .expect("the binary runs")
}

/// Runs it to a good end, and gives back standard output and standard error.
fn done(args: &[&str]) -> (String, String) {
    let output = classify(args);
    let [out, err] = [output.stdout, output.stderr].map(|bytes| text(&bytes));
    assert!(output.status.success(), "{args:?}: {err}");
    (out, err)
}

/// Runs it to an error with this exit code, and gives back standard error.
fn failed(args: &[&str], code: i32) -> String {
    let output = classify(args);
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {err}");
    assert!(output.stdout.is_empty(), "an error is no data");
    err
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8")
}

fn path(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}
