use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::{Error, TrialId};

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
        fs::rename(&aside, path)
    };
    write().map_err(Error::file(path))
}
