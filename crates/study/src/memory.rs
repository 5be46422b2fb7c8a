//! How much memory trainings take, and how much there is for them.

mod available;

pub(crate) use available::{available, capacity};

use edgefront_engine::{Cpu, Error};

use crate::plan::Job;
use crate::{FoldWeights, Study};

/// Bytes that a training takes at most beside the tiles: what the engine predicts, to within a
/// tenth, the weights that it starts from, the last and the best, and the images of a batch; the
/// checkpoint that is saved now and then, with its bytes; and where weights are carried, the one
/// that is handed on.
///
/// # Errors
/// If the engine does not run the network.
pub(crate) fn needed(study: &Study, job: &Job) -> Result<u64, Error> {
    let optimizer = &study.options.optimizer;
    let training = Cpu::new().training_memory(&job.graph, job.batch_size, optimizer)?;
    let batch = job.graph.input_shape().elements() * job.batch_size;
    let checkpoints = match study.header.file.folds.fold_weights {
        FoldWeights::Fresh => 2,
        FoldWeights::Carried => 3,
    };
    let copies = 3 + checkpoints * (1 + optimizer.width());
    let numbers = copies * job.graph.trainable_parameters() + batch;
    Ok(training as u64 + (numbers * size_of::<f32>()) as u64)
}

/// The memory for trainings that run at the same time.
///
/// An allocation that fails, or a system that runs out of memory, ends the process and not the
/// trial; so nothing is begun that is not sure to fit.
pub(crate) struct Budget {
    /// What all trainings may take together; `None` where nobody can tell.
    bytes: Option<u64>,
    /// What the machine has, whoever else takes it now.
    capacity: Option<u64>,
    taken: u64,
}

/// Whether a training may begin.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Now,
    /// Once others have ended.
    Later,
    /// Not in this run, even if it were alone in it; in one with more memory. How much there is.
    NotHere(u64),
    /// It is too large for this machine, and why.
    Never(String),
}

impl Budget {
    pub(crate) fn new(bytes: Option<u64>, capacity: Option<u64>) -> Self {
        Self {
            bytes,
            capacity,
            taken: 0,
        }
    }

    pub(crate) fn admit(&self, needed: u64) -> Admission {
        if let Some(capacity) = self.capacity.filter(|&capacity| needed > capacity) {
            let (needed, capacity) = (megabytes(needed), megabytes(capacity));
            return Admission::Never(format!(
                "the training needs {needed} of memory, the machine has {capacity}"
            ));
        }
        match self.bytes {
            Some(bytes) if needed > bytes => Admission::NotHere(bytes),
            Some(bytes) if self.taken.saturating_add(needed) > bytes => Admission::Later,
            _ => Admission::Now,
        }
    }

    pub(crate) fn take(&mut self, bytes: u64) {
        self.taken += bytes;
    }

    pub(crate) fn give_back(&mut self, bytes: u64) {
        self.taken -= bytes;
    }
}

/// `175.1 MB`.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_beside_the_others_begins() {
        let mut budget = Budget::new(Some(100), Some(200));
        assert_eq!(budget.admit(100), Admission::Now);
        budget.take(60);
        assert_eq!(budget.admit(40), Admission::Now);
        assert_eq!(budget.admit(41), Admission::Later);
        budget.give_back(60);
        assert_eq!(budget.admit(41), Admission::Now);
        assert_eq!(Budget::new(None, None).admit(u64::MAX), Admission::Now);
    }

    /// What a run may take can be more the next time; what the machine has cannot.
    #[test]
    fn too_large_for_a_run_is_not_too_large_for_the_machine() {
        let budget = Budget::new(Some(100_000), Some(2_000_000));
        assert_eq!(budget.admit(100_001), Admission::NotHere(100_000));
        assert_eq!(budget.admit(2_000_000), Admission::NotHere(100_000));
        let reason = "the training needs 2.2 MB of memory, the machine has 2.0 MB";
        assert_eq!(budget.admit(2_200_000), Admission::Never(reason.to_owned()));
    }
}
