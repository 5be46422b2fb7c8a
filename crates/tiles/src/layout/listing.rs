//! What lies in a folder, in natural order of names: what the system lists first does not matter.

use std::path::{Path, PathBuf};

use super::natural;
use crate::error::Error;

/// The folders in `folder` with their names; hidden ones are left out.
pub(super) fn folders(folder: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let mut folders: Vec<_> = (visible(folder)?.into_iter())
        .filter(|entry| entry.is_folder)
        .map(|entry| (entry.name, entry.path))
        .collect();
    folders.sort_by(|(a, _), (b, _)| natural::compare(a, b));
    Ok(folders)
}

/// The files in `folder` that end in one of `endings`, in upper or lower case, with their names
/// before the ending, so that equal ones stand side by side. Hidden ones are left out: macOS
/// leaves a `._NAME.tif` beside each file on foreign disks.
pub(super) fn files(folder: &Path, endings: &[&str]) -> Result<Vec<(String, PathBuf)>, Error> {
    let stem = |entry: Entry| {
        let (stem, ending) = entry.name.rsplit_once('.')?;
        let is_one = endings.iter().any(|e| e.eq_ignore_ascii_case(ending));
        (is_one && !entry.is_folder).then(|| (stem.to_owned(), entry.path))
    };
    let mut files: Vec<_> = visible(folder)?.into_iter().filter_map(stem).collect();
    files.sort_by(|(a, path_a), (b, path_b)| {
        natural::compare(a, b).then_with(|| path_a.cmp(path_b))
    });
    Ok(files)
}

struct Entry {
    name: String,
    path: PathBuf,
    is_folder: bool,
}

fn visible(folder: &Path) -> Result<Vec<Entry>, Error> {
    let list = || -> std::io::Result<Vec<Entry>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = entry.path();
            let kind = entry.file_type()?;
            found.push(Entry {
                name: name.into_string().map_err(|name| {
                    let reason = format!("the name {} is not UTF-8", name.display());
                    std::io::Error::new(std::io::ErrorKind::InvalidData, reason)
                })?,
                // A link may lead to one.
                is_folder: kind.is_dir() || kind.is_symlink() && path.is_dir(),
                path,
            });
        }
        Ok(found)
    };
    list().map_err(Error::io("read folder", folder))
}
