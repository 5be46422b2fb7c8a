use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::{Error, Kind, ModelFormat, TrialId};

/// The directory that holds a study: its store and its models.
#[derive(Clone, Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// The study's directory at this path, which need not exist yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The store's file.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.0.join("study.sqlite")
    }

    /// The trained network of a trial's fold, kept while the trial is on the front.
    #[must_use]
    pub fn model(&self, id: TrialId, fold: usize) -> PathBuf {
        self.models()
            .join(format!("{}-{}-fold-{fold}.onnx", id.kind.name(), id.number))
    }

    /// What a trial's fold hands on to the next, kept until that one is done.
    pub(crate) fn carried(&self, id: TrialId, fold: usize) -> PathBuf {
        self.model(id, fold).with_extension("carried")
    }

    /// The training of a trial's fold that is not done, kept until it is.
    #[must_use]
    pub fn checkpoint(&self, id: TrialId, fold: usize) -> PathBuf {
        let name = format!("{}-{}-fold-{fold}.checkpoint", id.kind.name(), id.number);
        self.checkpoints().join(name)
    }

    pub(crate) fn checkpoints(&self) -> PathBuf {
        self.0.join("checkpoints")
    }

    /// Writes a copy of a trained network, which is there whole or not at all. Gives its size in
    /// bytes.
    ///
    /// # Errors
    /// If the network is not kept or its file is broken, or the copy cannot be written.
    pub fn copy_model(
        &self,
        id: TrialId,
        fold: usize,
        format: ModelFormat,
        target: &Path,
    ) -> Result<u64, Error> {
        let source = self.model(id, fold);
        let bytes = fs::read(&source).map_err(Error::file(&source))?;
        let bytes = format.of_onnx(bytes).map_err(|error| Error::Model {
            path: source,
            source: error,
        })?;
        write_whole(target, &bytes)?;
        Ok(bytes.len() as u64)
    }

    /// The folder of the trained networks.
    #[must_use]
    pub fn models(&self) -> PathBuf {
        self.0.join("models")
    }

    /// Creates the directory with its folders and takes it for this process alone, until the
    /// lock is dropped or the process ends, however it ends.
    pub(crate) fn lock(&self) -> Result<File, Error> {
        let models = self.models();
        fs::create_dir_all(&models).map_err(Error::file(&models))?;
        let path = self.0.join("study.lock");
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(Error::file(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(Error::Busy(self.0.clone())),
            Err(TryLockError::Error(source)) => Err(Error::File { path, source }),
        }
    }
}

/// Writes a file so that it is there whole or not at all, and durable when this returns.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let aside = path.with_extension("partial");
    let write = || {
        let mut file = File::create(&aside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&aside, path)?;
        // The new name is durable once its folder is.
        #[cfg(unix)]
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    write().map_err(|source| {
        // What cannot be completed, for want of space say, shall not take any.
        let _ = fs::remove_file(&aside);
        Error::file(path)(source)
    })
}

/// Whether a file's name is one that [`Directory::model`], [`Directory::carried`] or
/// [`Directory::checkpoint`] gives, or that of its file aside. Others in the same folder are not
/// ours.
pub(crate) fn is_ours(name: &str) -> bool {
    let number = |text: &str| text.parse::<usize>().is_ok();
    let endings = [".onnx", ".carried", ".checkpoint", ".partial"];
    let stem = endings.iter().find_map(|ending| name.strip_suffix(ending));
    let parts = stem.and_then(|stem| stem.split_once("-fold-"));
    parts.is_some_and(|(trial, fold)| {
        let trial = trial.split_once('-');
        let known = |(kind, n)| Kind::by_name(kind).is_some() && number(n);
        trial.is_some_and(known) && number(fold)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_files_are_models() {
        let directory = Directory::new("study");
        for (kind, fold) in [(Kind::Searched, 0), (Kind::Baseline, 12)] {
            let path = directory.model(TrialId { kind, number: 7 }, fold);
            let carried = directory.carried(TrialId { kind, number: 7 }, fold);
            for path in [path.with_extension("partial"), path, carried] {
                assert!(
                    is_ours(path.file_name().unwrap().to_str().unwrap()),
                    "{path:?}"
                );
            }
        }
        for name in [
            "",
            "a.onnx",
            "trial-7.onnx",
            "trial-x-fold-1.onnx",
            "trial-7-fold-0.txt",
        ] {
            assert!(!is_ours(name), "{name}");
        }
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.onnx");
        write_whole(&path, b"first").unwrap();
        write_whole(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        let error = write_whole(&folder.path().join("none/model.onnx"), b"").unwrap_err();
        assert!(error.to_string().contains("none/model.onnx: "), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
