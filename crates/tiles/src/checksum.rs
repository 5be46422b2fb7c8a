//! SHA-256 sums of files, texts and what is being written, as lower-case hexadecimal digits.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{Sender, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

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

/// A sum of values that a thread takes while they are being written elsewhere.
#[derive(Debug)]
pub(crate) struct Running {
    values: SyncSender<Vec<f32>>,
    thread: JoinHandle<String>,
}

/// Values that may wait for the thread before who writes waits too.
const WAITING: usize = 4;

impl Running {
    /// A sum that starts with these bytes. Values that have been summed go to `spent`: their memory
    /// can be used again.
    pub(crate) fn new(start: &[u8], spent: Option<Sender<Vec<f32>>>) -> Self {
        let mut sum = Sha256::new();
        sum.update(start);
        let (values, received) = sync_channel::<Vec<f32>>(WAITING);
        let thread = thread::spawn(move || {
            for values in received {
                sum.update(little_endian_bytes(&values));
                if let Some(spent) = &spent {
                    // Without a receiver nobody needs the memory.
                    let _ = spent.send(values);
                }
            }
            digits(sum)
        });
        Self { values, thread }
    }

    /// Adds values.
    pub(crate) fn update(&self, values: Vec<f32>) {
        (self.values.send(values)).expect("the thread takes all until the channel is closed");
    }

    /// The sum of all.
    pub(crate) fn finish(self) -> String {
        drop(self.values);
        self.thread.join().expect("summing does not panic")
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
        let (spent, returned) = std::sync::mpsc::channel();
        let running = Running::new(b"head", Some(spent));
        let mut file = b"head".to_vec();
        for part in values.chunks(17) {
            running.update(part.to_vec());
            file.extend(part.iter().flat_map(|value| value.to_le_bytes()));
        }
        std::fs::write(&path, file).unwrap();
        assert_eq!(running.finish(), of_file(&path).unwrap());
        assert_eq!(returned.iter().flatten().collect::<Vec<_>>(), values);
        drop(Running::new(b"", None));
    }
}
