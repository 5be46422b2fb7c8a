use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// A folder that is written beside its final place and takes the name when it is complete:
/// nobody ever sees half of it.
///
/// Dropped before [`Aside::publish`], it is removed. A killed process leaves it behind under a
/// name that says what it is, `NAME.partial-PROCESS`; the next [`Aside::create`] for the same
/// place removes it. The living are told from the dead by a lock on the folder, which goes with
/// its process.
#[derive(Debug)]
pub(crate) struct Aside {
    output: PathBuf,
    path: PathBuf,
    /// Holds the lock. `None` where the system cannot lock folders: there nothing is cleaned up.
    _lock: Option<File>,
    is_replaceable: fn(&Path) -> bool,
    expected: &'static str,
}

/// What a folder beside its place is called.
const PARTIAL: &str = "partial";
/// What the folder is called that is being replaced.
const REPLACED: &str = "replaced";

impl Aside {
    /// Creates the folder for `output`, which may be free, an empty folder, or a folder for
    /// which `is_replaceable` holds; `expected` tells the user what may be there.
    pub(crate) fn create(
        output: &Path,
        is_replaceable: fn(&Path) -> bool,
        expected: &'static str,
    ) -> Result<Self, Error> {
        clean_up(output);
        let path = beside(output, PARTIAL);
        let mut aside = Self {
            output: output.to_path_buf(),
            path,
            _lock: None,
            is_replaceable,
            expected,
        };
        aside.check_output()?;
        remove_if_there(&aside.path)?;
        let path = &aside.path;
        let parent = path.parent().unwrap_or(Path::new(""));
        std::fs::create_dir_all(parent).map_err(Error::io("create folder", parent))?;
        aside._lock = loop {
            std::fs::create_dir(path).map_err(Error::io("create folder", path))?;
            let lock = locked(path);
            // Between the two, another process may have taken it for one of the dead.
            if path.exists() {
                break lock;
            }
        };
        Ok(aside)
    }

    /// The folder while it is being written.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The folder's final place.
    pub(crate) fn output(&self) -> &Path {
        &self.output
    }

    /// Gives the folder its name, in place of what it replaces.
    pub(crate) fn publish(self) -> Result<(), Error> {
        self.check_output()?;
        let rename =
            |from: &Path, to: &Path| std::fs::rename(from, to).map_err(Error::io("rename", from));
        if !self.output.exists() {
            return rename(&self.path, &self.output);
        }
        let _at_work = locked(&self.output);
        let old = beside(&self.output, REPLACED);
        remove_if_there(&old)?;
        rename(&self.output, &old)?;
        if let Err(error) = rename(&self.path, &self.output) {
            // What was there is worth more than what could not take its place. If this fails
            // too, it is still there under a name that says what it is.
            let _ = std::fs::rename(&old, &self.output);
            return Err(error);
        }
        remove_if_there(&old)
    }

    fn check_output(&self) -> Result<(), Error> {
        let output = &self.output;
        let may_be_written = output.file_name().is_some()
            && (!output.exists()
                || output.is_dir() && (is_empty(output) || (self.is_replaceable)(output)));
        if may_be_written {
            return Ok(());
        }
        Err(Error::OutputTaken {
            path: output.clone(),
            expected: self.expected,
        })
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // After `publish` there is nothing under this name. A failure here leaves a folder that
        // is named as partial: there is nobody to tell and nothing to be done.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// A lock on a folder, for as long as the result lives. Waits for others. `None` where the system
/// has no such locks.
fn locked(folder: &Path) -> Option<File> {
    let folder = File::open(folder).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

/// Removes what killed processes have left beside `output`, and gives a folder its name back that
/// they had moved out of the way. What cannot be removed stays: it is in nobody's way.
fn clean_up(output: &Path) {
    let (Some(parent), Some(name)) = (output.parent(), output.file_name()) else {
        return;
    };
    let parent = if parent == Path::new("") {
        Path::new(".")
    } else {
        parent
    };
    let Ok(entries) = std::fs::read_dir(parent) else {
        return;
    };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let is_of = |kind| {
            path.file_name()
                .is_some_and(|other| is_beside(other, name, kind))
        };
        if !(is_of(PARTIAL) || is_of(REPLACED)) {
            continue;
        }
        let Ok(folder) = File::open(&path) else {
            continue;
        };
        if folder.try_lock().is_err() {
            continue; // Somebody is at work on it.
        }
        if is_of(REPLACED) && !output.exists() {
            let _ = std::fs::rename(&path, output);
        } else {
            let _ = std::fs::remove_dir_all(&path);
        }
    }
}

/// Whether `other` is `NAME.KIND-PROCESS`.
fn is_beside(other: &OsStr, name: &OsStr, kind: &str) -> bool {
    let rest = other
        .as_encoded_bytes()
        .strip_prefix(name.as_encoded_bytes());
    let prefix = format!(".{kind}-");
    let process = rest.and_then(|rest| rest.strip_prefix(prefix.as_bytes()));
    process.is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

/// `NAME.KIND-PROCESS` in the same folder, so that it can be renamed to `NAME`.
fn beside(output: &Path, kind: &str) -> PathBuf {
    let mut name = output.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{kind}-{}", std::process::id()));
    output.with_file_name(name)
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

fn remove_if_there(folder: &Path) -> Result<(), Error> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    match std::fs::remove_dir_all(folder) {
        // Below a file there is nothing either; whoever creates the folder says so.
        Err(e) if !matches!(e.kind(), NotFound | NotADirectory) => {
            Err(Error::io("remove", folder)(e))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn write(output: &Path, text: &str) -> Result<(), Error> {
        let aside = Aside::create(
            output,
            |folder| folder.join("mark").exists(),
            "a marked one",
        )?;
        std::fs::write(aside.path().join("mark"), text).unwrap();
        aside.publish()
    }

    #[test]
    fn a_marked_or_empty_folder_is_replaced() {
        let work = tempfile::tempdir().unwrap();
        let output = work.path().join("out");
        std::fs::create_dir(&output).unwrap();
        for text in ["first", "second"] {
            write(&output, text).unwrap();
            assert_eq!(std::fs::read_to_string(output.join("mark")).unwrap(), text);
            assert_eq!(names(work.path()), ["out"]);
        }
    }

    #[test]
    fn anything_else_is_kept() {
        let work = tempfile::tempdir().unwrap();
        std::fs::write(work.path().join("file"), "").unwrap();
        let folder = work.path().join("folder");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("thesis.txt"), "").unwrap();
        for name in ["file", "folder"] {
            let message = write(&work.path().join(name), "").unwrap_err().to_string();
            assert!(message.contains("a marked one"), "{message}");
        }
        assert_eq!(names(&folder), ["thesis.txt"]);
    }

    #[test]
    fn a_place_below_a_file_cannot_be_created() {
        let work = tempfile::tempdir().unwrap();
        std::fs::write(work.path().join("file"), "").unwrap();
        let message = write(&work.path().join("file/out"), "")
            .unwrap_err()
            .to_string();
        assert!(message.starts_with("cannot create folder"), "{message}");
    }

    #[test]
    fn what_the_dead_have_left_is_removed() {
        let work = tempfile::tempdir().unwrap();
        for name in [
            "out.partial-999999999",
            "out.partial-x",
            "out.partial-",
            "other.partial-1",
            "out.replaced-999999999",
        ] {
            std::fs::create_dir(work.path().join(name)).unwrap();
            std::fs::write(work.path().join(name).join("mark"), name).unwrap();
        }
        let living = work.path().join("out.partial-999999998");
        std::fs::create_dir(&living).unwrap();
        let lock = File::open(&living).unwrap();
        lock.lock().unwrap();

        let output = work.path().join("out");
        let aside = Aside::create(&output, |folder| folder.join("mark").exists(), "").unwrap();
        let mark = std::fs::read_to_string(output.join("mark")).unwrap();
        assert_eq!(
            mark, "out.replaced-999999999",
            "moved away and never replaced"
        );
        let own = aside
            .path()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        let mut expected = vec![
            "other.partial-1",
            "out",
            "out.partial-",
            "out.partial-999999998",
            "out.partial-x",
            &own,
        ];
        expected.sort_unstable();
        assert_eq!(names(work.path()), expected);
        drop(lock);
        clean_up(&output);
        assert!(!living.exists());
        assert!(aside.path().exists(), "its lock is held");
    }

    #[test]
    fn unpublished_work_is_removed() {
        let work = tempfile::tempdir().unwrap();
        let aside = Aside::create(&work.path().join("out"), |_| false, "").unwrap();
        assert_eq!(names(work.path()).len(), 1);
        drop(aside);
        assert!(names(work.path()).is_empty());
    }
}
