//! How much memory trainings take, and how much there is for them.

mod available;

pub(crate) use available::available;

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
    /// `None` where nobody can tell.
    bytes: Option<u64>,
    taken: u64,
}

/// Whether a training may begin.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Now,
    /// Once others have ended.
    Later,
    /// It would not fit if it were alone.
    Never(String),
}

impl Budget {
    pub(crate) fn new(bytes: Option<u64>) -> Self {
        Self { bytes, taken: 0 }
    }

    pub(crate) fn admit(&self, needed: u64) -> Admission {
        match self.bytes {
            Some(bytes) if needed > bytes => Admission::Never(format!(
                "the training needs {needed} bytes of memory, {bytes} are available"
            )),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_beside_the_others_begins() {
        let mut budget = Budget::new(Some(100));
        assert_eq!(budget.admit(100), Admission::Now);
        budget.take(60);
        assert_eq!(budget.admit(40), Admission::Now);
        assert_eq!(budget.admit(41), Admission::Later);
        let Admission::Never(reason) = budget.admit(101) else {
            panic!("more than there is");
        };
        assert_eq!(
            reason,
            "the training needs 101 bytes of memory, 100 are available"
        );
        budget.give_back(60);
        assert_eq!(budget.admit(41), Admission::Now);
        assert_eq!(Budget::new(None).admit(u64::MAX), Admission::Now);
    }
}
