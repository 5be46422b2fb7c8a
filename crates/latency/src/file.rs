//! Files of bounded size, and their checksums.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::Error;

/// The bytes of a file of at most `limit` bytes; no more of it is read, whatever it is.
///
/// # Errors
/// [`Error::File`] or [`Error::TooLarge`].
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::File {
        action: "read",
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(Error::TooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(bytes)
}

/// Writes a file as a whole: aside first, then under its name, so that a kill or a full disk leaves
/// the one that was there.
///
/// # Errors
/// [`Error::File`].
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".partial-{}", std::process::id()));
    let aside = Path::new(&aside);
    let written = fs::write(aside, bytes).and_then(|()| fs::rename(aside, path));
    written.map_err(|source| {
        // What is left of it is of no use; that it stays is no further error.
        let _ = fs::remove_file(aside);
        Error::File {
            action: "write",
            path: path.to_owned(),
            source,
        }
    })
}

/// SHA-256 of these bytes, in hexadecimal.
pub(crate) fn checksum(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_beyond_the_limit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("board.toml");
        fs::write(&path, [7; 9]).unwrap();
        assert_eq!(read(&path, 9).unwrap(), [7; 9]);
        assert!(matches!(
            read(&path, 8).unwrap_err(),
            Error::TooLarge { limit: 8, .. }
        ));
    }
}
