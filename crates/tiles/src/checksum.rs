//! SHA-256 sums of files and texts, as lower-case hexadecimal digits.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::Error;

/// The sum of a file's bytes.
pub(crate) fn of_file(path: &Path) -> Result<String, Error> {
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    let mut sum = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = file.read(&mut buffer).map_err(Error::io("read", path))?;
        if count == 0 {
            return Ok(digits(sum));
        }
        sum.update(&buffer[..count]);
    }
}

/// The sum of a sequence of byte strings, each preceded by its length.
pub(crate) fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut sum = Sha256::new();
    for part in parts {
        sum.update((part.len() as u64).to_le_bytes());
        sum.update(part);
    }
    digits(sum)
}

fn digits(sum: Sha256) -> String {
    let mut text = String::with_capacity(64);
    for byte in sum.finalize() {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        assert_eq!(
            of_file(&path).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn parts_are_kept_apart() {
        let join = |parts: &[&str]| of_parts(parts.iter().map(|p| p.as_bytes()));
        assert_ne!(join(&["ab", "c"]), join(&["a", "bc"]));
    }
}
