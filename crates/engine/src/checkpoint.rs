//! A training that was stopped, to be continued.

mod format;

use edgefront_graph::Graph;
use edgefront_random::Key;
use sha2::{Digest, Sha256};

use crate::train::Course;
use crate::{Error, NetworkState, Samples, TrainOptions};

/// All that the rest of a training depends on, at the end of one of its epochs: the weights, the
/// optimiser's state, the reports so far, and the best epoch so far.
///
/// Handed to [`train`](crate::train()) as its start, with the other arguments as they were, it
/// leads to the same outcome, bit by bit, as if the training had never been stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) network: NetworkState,
    /// Steps that the optimiser has taken, those of trainings before this one included.
    pub(crate) steps: u64,
    pub(crate) course: Course,
}

impl Checkpoint {
    /// Epochs that are done.
    #[must_use]
    pub fn epochs(&self) -> &[crate::EpochReport] {
        &self.course.epochs
    }

    pub(crate) fn check(&self, fingerprint: Fingerprint) -> Result<(), Error> {
        if self.fingerprint == fingerprint {
            Ok(())
        } else {
            Err(Error::ForeignCheckpoint)
        }
    }
}

/// Tells trainings apart: a SHA-256 sum of all that a training is a function of but the pixels, the
/// initial weights and the backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub fn new(
        graph: &Graph,
        samples: &Samples<'_>,
        train: &[usize],
        test: &[usize],
        options: &TrainOptions,
        key: Key,
    ) -> Self {
        let mut sum = Sha256::new();
        // The derived Debug text holds every option.
        let text = format!("{} {options:?} {:x}", graph.key(), key.seed());
        sum.update((text.len() as u64).to_le_bytes());
        sum.update(text);
        for indices in [train, test] {
            sum.update((indices.len() as u64).to_le_bytes());
            for &index in indices {
                sum.update((index as u64).to_le_bytes());
                sum.update((samples.label(index) as u64).to_le_bytes());
                if let Some(group) = samples.group(index) {
                    sum.update((group as u64).to_le_bytes());
                }
            }
        }
        if let Some(scales) = samples.scales() {
            sum.update(format!("{scales:?}"));
        }
        Self(sum.finalize().into())
    }
}
