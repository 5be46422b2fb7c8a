//! SHA-256 sums of files, texts and what is being written, as lower-case hexadecimal digits.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

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

/// A sum of what is being written, shared by those who write it.
#[derive(Clone, Debug)]
pub(crate) struct Running(Arc<Mutex<Sha256>>);

impl Running {
    /// A sum that starts with these bytes.
    pub(crate) fn new(start: &[u8]) -> Self {
        Self(Arc::new(Mutex::new(Sha256::new_with_prefix(start))))
    }

    /// Adds values.
    pub(crate) fn update(&self, values: &[f32]) {
        let mut sum = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sum.update(little_endian_bytes(values));
    }

    /// The sum of all so far.
    pub(crate) fn finish(&self) -> String {
        let sum = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        digits(sum.clone())
    }
}

/// The bytes of the values as they stand in files.
pub(crate) fn little_endian_bytes(values: &[f32]) -> &[u8] {
    const { assert!(cfg!(target_endian = "little"), "files are little-endian") };
    // SAFETY: any `f32` can be read as four bytes.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast::<u8>(), size_of_val(values)) }
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

    #[test]
    fn a_running_sum_is_that_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("values");
        let values: Vec<f32> = (0..5000).map(|i| i as f32 / 7.0).collect();
        let running = Running::new(b"head");
        let mut file = b"head".to_vec();
        for part in values.chunks(17) {
            running.clone().update(part);
            file.extend(part.iter().flat_map(|value| value.to_le_bytes()));
        }
        std::fs::write(&path, file).unwrap();
        assert_eq!(running.finish(), of_file(&path).unwrap());
    }
}
