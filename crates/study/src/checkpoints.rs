//! Trainings that are not done, on disk: a study that is killed loses minutes, not folds.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use edgefront_engine::{Checkpoint, EpochEnd};
use edgefront_graph::Graph;

use crate::directory::{is_ours, write_whole};
use crate::{Directory, Error, TrialId, models};

/// How often a training is saved where nobody says otherwise: seldom enough for what it costs, 0.2 GB
/// written at once for a ResNet-18.
pub(crate) const INTERVAL: Duration = Duration::from_secs(60);

/// The checkpoint of one fold, which is there from the first epoch that ends an interval until the
/// fold is done.
pub(crate) struct FoldCheckpoint {
    path: PathBuf,
    interval: Duration,
    /// When the training began, or was last saved. What is saved does not depend on it.
    saved: Instant,
}

impl FoldCheckpoint {
    pub fn new(directory: &Directory, id: TrialId, fold: usize, interval: Duration) -> Self {
        Self {
            path: directory.checkpoint(id, fold),
            interval,
            saved: Instant::now(),
        }
    }

    /// What an earlier run has left, if it is whole. One that is not is no loss but of time: the
    /// fold begins anew, and ends with the same result.
    pub fn load(&self, graph: &Graph) -> Option<Checkpoint> {
        let bytes = fs::read(&self.path).ok()?;
        Checkpoint::from_bytes(&bytes, graph).ok()
    }

    /// Saves the training if an interval has passed.
    pub fn save(&mut self, end: &EpochEnd<'_>) -> Result<(), Error> {
        if self.saved.elapsed() < self.interval {
            return Ok(());
        }
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(Error::file(folder))?;
        }
        write_whole(&self.path, &end.checkpoint().to_bytes())?;
        self.saved = Instant::now();
        Ok(())
    }
}

/// Removes the checkpoint of a fold that is done. The folder stays: another fold may be about to
/// write its own there.
pub(crate) fn remove(directory: &Directory, id: TrialId, fold: usize) -> Result<(), Error> {
    let path = directory.checkpoint(id, fold);
    models::remove(&path)?;
    models::remove(&path.with_extension("partial"))
}

/// Removes the checkpoints of all folds with their folder, once no fold is at work and nothing is
/// left to do: a run that was killed just after a fold was done has left one.
pub(crate) fn remove_all(directory: &Directory) -> Result<(), Error> {
    let folder = directory.checkpoints();
    let Ok(entries) = fs::read_dir(&folder) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry.map_err(Error::file(&folder))?.path();
        // Whatever else lies there is not ours to remove.
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(is_ours) {
            models::remove(&path)?;
        }
    }
    // It stays if others have put something into it.
    let _ = fs::remove_dir(&folder);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    #[test]
    fn what_is_not_whole_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::new(folder.path());
        let id = TrialId {
            kind: Kind::Searched,
            number: 7,
        };
        let checkpoint = FoldCheckpoint::new(&directory, id, 0, INTERVAL);
        let graph = edgefront_graph::ResNet::resnet18(1, 32, 2).build().unwrap();
        assert!(checkpoint.load(&graph).is_none());
        fs::create_dir(folder.path().join("checkpoints")).unwrap();
        fs::write(&checkpoint.path, "EDGEFRCP, cut off").unwrap();
        assert!(checkpoint.load(&graph).is_none());
        remove(&directory, id, 0).unwrap();
        remove(&directory, id, 0).unwrap();
        assert_eq!(fs::read_dir(directory.checkpoints()).unwrap().count(), 0);
        fs::write(&checkpoint.path, "of a fold that is done").unwrap();
        remove_all(&directory).unwrap();
        remove_all(&directory).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
