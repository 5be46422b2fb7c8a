//! What many runs of one model say.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// A slow run takes at most this many times what a fast one takes, on a quiet machine.
const QUIET_SPREAD: f64 = 1.25;

/// A run that is not kept waiting works at least this share of its time.
const BUSY_SHARE: f64 = 0.9;

/// The times of the runs of a model, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Timing {
    /// Runs that count.
    pub runs: usize,
    /// The fastest.
    pub min: f64,
    /// As many are faster as are slower.
    pub median: f64,
    /// Nine of ten are faster.
    pub p90: f64,
    /// Their mean.
    pub mean: f64,
    /// Mean time that the processor worked for a run, all threads together; `None` where the
    /// system does not tell.
    pub cpu: Option<f64>,
}

/// Why a measurement may say more about the machine than about the model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum Noise {
    /// The runs differ: the 90th percentile is so many times the fastest.
    Spread(f64),
    /// The runs waited for the processor: it worked this share of the time.
    Waiting(f64),
}

impl Timing {
    /// Of one or more runs, and the CPU time of all together.
    ///
    /// # Panics
    /// If there are no runs.
    pub(super) fn of(runs: &[Duration], cpu: Option<Duration>) -> Self {
        let mut times: Vec<f64> = runs.iter().map(|run| 1e3 * run.as_secs_f64()).collect();
        times.sort_by(f64::total_cmp);
        let count = times.len() as f64;
        Self {
            runs: times.len(),
            min: times[0],
            median: quantile(&times, 0.5),
            p90: quantile(&times, 0.9),
            mean: times.iter().sum::<f64>() / count,
            cpu: cpu.map(|cpu| 1e3 * cpu.as_secs_f64() / count),
        }
    }

    /// What speaks against the measurement; nothing on a quiet machine.
    #[must_use]
    pub fn noise(&self) -> Vec<Noise> {
        let spread = self.p90 / self.min;
        let busy = self.cpu.map_or(1.0, |cpu| cpu / self.mean);
        let spread = (spread > QUIET_SPREAD).then_some(Noise::Spread(spread));
        let waiting = (busy < BUSY_SHARE).then_some(Noise::Waiting(busy));
        spread.into_iter().chain(waiting).collect()
    }
}

impl fmt::Display for Noise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spread(times) => write!(
                f,
                "the runs differ: one in ten takes {times:.2} times the fastest or longer"
            ),
            Self::Waiting(share) => write!(
                f,
                "other work is in the way: the processor worked {:.0} % of the time",
                100.0 * share
            ),
        }
    }
}

/// The value below which this share of the sorted values lies, between two in proportion.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (low, rest) = (place.floor() as usize, place.fract());
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + rest * (sorted[high] - sorted[low])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing(micros: &[u64], cpu: u64) -> Timing {
        let runs: Vec<_> = micros.iter().map(|&us| Duration::from_micros(us)).collect();
        Timing::of(&runs, Some(Duration::from_micros(cpu)))
    }

    #[test]
    fn figures_of_known_runs() {
        let timing = timing(&[3000, 1000, 2000, 5000, 4000], 14_000);
        assert_eq!((timing.min, timing.median, timing.mean), (1.0, 3.0, 3.0));
        assert!((timing.p90 - 4.6).abs() < 1e-12);
        assert!((timing.cpu.unwrap() - 2.8).abs() < 1e-12);
    }

    #[test]
    fn a_noisy_machine_is_told() {
        assert_eq!(timing(&[1000, 1010, 1020], 3030).noise(), []);
        assert!(matches!(
            timing(&[1000, 1000, 3000], 5000).noise()[..],
            [Noise::Spread(_)]
        ));
        assert!(matches!(
            timing(&[2000, 2000], 2000).noise()[..],
            [Noise::Waiting(share)] if (share - 0.5).abs() < 1e-9
        ));
        assert_eq!(timing(&[1000, 1000], 4000).noise(), [], "two threads");
    }
}
