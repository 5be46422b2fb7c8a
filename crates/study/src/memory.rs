//! Whether a training fits into the machine.

use edgefront_engine::{Error, TrainOptions, training_memory};
use edgefront_graph::Graph;

/// Says why a training cannot run here, if it needs more memory than the machine has. An
/// allocation that fails would end the process, not the trial.
///
/// # Errors
/// If the engine does not run the network.
pub(crate) fn shortage(graph: &Graph, options: &TrainOptions) -> Result<Option<String>, Error> {
    let batch_size = options.batch_size;
    let needed = training_memory(graph, batch_size, &options.optimizer)? as u64;
    Ok(machine().and_then(|there| reason(batch_size, needed, there)))
}

fn reason(batch_size: usize, needed: u64, there: u64) -> Option<String> {
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    (needed > there).then(|| {
        format!(
            "training with batches of {batch_size} needs {:.1} GB of memory, the machine has {:.1}",
            gigabytes(needed),
            gigabytes(there)
        )
    })
}

/// Bytes of memory that the machine has, where the system tells.
fn machine() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use edgefront_graph::ResNet;

    #[test]
    fn only_what_cannot_fit_is_refused() {
        let graph = ResNet::resnet18(7, 100, 2).build().unwrap();
        assert_eq!(shortage(&graph, &TrainOptions::default()).unwrap(), None);
        assert_eq!(reason(16, 1_000, 1_000), None);
        assert_eq!(
            reason(16, 3_000_000_000, 2_000_000_000).unwrap(),
            "training with batches of 16 needs 3.0 GB of memory, the machine has 2.0"
        );
    }
}
