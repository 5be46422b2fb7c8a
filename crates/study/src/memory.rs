//! Whether a training has any chance to fit into the machine.

use edgefront_graph::Graph;

/// Says why a training cannot run here, if it cannot: what its batches hold at the least is more
/// than the machine has. An allocation that fails would end the process, not the trial.
pub(crate) fn shortage(graph: &Graph, batch_size: usize) -> Option<String> {
    let needed = activations(graph, batch_size);
    let there = machine()?;
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    (needed > there).then(|| {
        format!(
            "a batch of {batch_size} needs at least {:.1} GB of memory, the machine has {:.1}",
            gigabytes(needed),
            gigabytes(there)
        )
    })
}

/// Bytes of all operators' float32 outputs for a batch: the backward pass reads most of them.
fn activations(graph: &Graph, batch_size: usize) -> u64 {
    let numbers = graph.nodes().iter().map(|node| node.shape.elements());
    let numbers = numbers.fold(0_u64, |sum, n| sum.saturating_add(n as u64));
    numbers.saturating_mul(4).saturating_mul(batch_size as u64)
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
    use edgefront_graph::op::Relu;
    use edgefront_graph::{Graph, Shape};

    #[test]
    fn only_what_cannot_fit_is_refused() {
        let mut graph = Graph::new(Shape::new(7, 100, 100)).unwrap();
        graph.push("relu", Relu, &[graph.input()]).unwrap();
        assert_eq!(activations(&graph, 16), 2 * 70_000 * 4 * 16);
        assert_eq!(shortage(&graph, 16), None);
        if machine().is_none() {
            eprintln!("skipped: the system does not tell how much memory there is");
            return;
        }
        let reason = shortage(&graph, 1 << 40).unwrap();
        assert!(
            reason.starts_with("a batch of 1099511627776 needs at least"),
            "{reason}"
        );
    }
}
