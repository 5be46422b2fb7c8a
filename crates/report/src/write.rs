use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Writes a file aside and renames it, so that no reader sees half of it. Makes the folder.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<PathBuf, Error> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| Error::Write {
            path: folder.to_owned(),
            source,
        })?;
    }
    let mut aside = path.as_os_str().to_owned();
    aside.push(".partial");
    let aside = PathBuf::from(aside);
    let written = fs::write(&aside, bytes).and_then(|()| fs::rename(&aside, path));
    written.map_err(|source| {
        // What is left of the attempt is of no use; that it may not exist is fine.
        let _ = fs::remove_file(&aside);
        Error::Write {
            path: path.to_owned(),
            source,
        }
    })?;
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unwritable_place_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("taken");
        fs::write(&file, "a file, where a folder is wanted").unwrap();
        let error = write_file(&file.join("report.md"), b"").unwrap_err();
        assert!(error.to_string().contains("taken"), "{error}");
    }

    #[test]
    fn nothing_is_left_aside() {
        let folder = tempfile::tempdir().unwrap();
        write_file(&folder.path().join("a/b.txt"), b"text").unwrap();
        let names: Vec<_> = fs::read_dir(folder.path().join("a"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["b.txt"]);
    }
}
