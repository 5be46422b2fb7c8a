/// How much of the machine a run may take. The result does not depend on it: a run that comes to a
/// training that does not fit into its memory ends there, and one with more memory goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Trainings at a time, each on one core; at least 1.
    pub workers: usize,
    /// Bytes for all trainings together, beside the tiles; default: what the system has left.
    pub memory: Option<u64>,
}

impl Limits {
    /// This many trainings at a time, as far as the memory allows.
    #[must_use]
    pub fn workers(workers: usize) -> Self {
        Self {
            workers,
            memory: None,
        }
    }
}
