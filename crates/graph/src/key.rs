use std::fmt;

use crate::Graph;

/// Identifies what a network computes, whatever its nodes are called: two graphs with the same
/// operators, settings, connections and input have the same key.
///
/// It is a 64-bit FNV-1a hash (Fowler, Noll and Vo) of the nodes in order, written as 16 hex
/// digits: stable across machines and releases, so that stores can hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArchitectureKey(u64);

impl fmt::Display for ArchitectureKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Graph {
    /// The key of what this graph computes.
    #[must_use]
    pub fn key(&self) -> ArchitectureKey {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for node in self.nodes() {
            let inputs: Vec<usize> = node.inputs.iter().map(|id| id.index()).collect();
            // The operators' derived Debug text holds every setting and no name.
            for byte in format!("{:?}<-{inputs:?};", node.op).bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        ArchitectureKey(hash)
    }
}

#[cfg(test)]
mod tests {
    use crate::op::{Dropout, Relu};
    use crate::{Graph, ResNet, Shape, Stem};

    #[test]
    fn names_do_not_matter_and_settings_do() {
        let relu = |name: &str, channels| {
            let mut graph = Graph::new(Shape::new(channels, 4, 4)).unwrap();
            graph.push(name, Relu, &[graph.input()]).unwrap();
            graph.key()
        };
        assert_eq!(relu("a", 3), relu("b", 3));
        assert_ne!(relu("a", 3), relu("a", 4));

        let dropout = |probability| {
            let mut graph = Graph::new(Shape::new(3, 4, 4)).unwrap();
            let dropout = Dropout { probability };
            graph.push("drop", dropout, &[graph.input()]).unwrap();
            graph.key()
        };
        assert_eq!(dropout(0.2), dropout(0.2));
        assert_ne!(dropout(0.2), dropout(0.3));
    }

    /// Stores hold keys: a change here orphans every stored trial.
    #[test]
    fn keys_are_stable() {
        let stem = Stem {
            kernel: 3,
            stride: 2,
            padding: 1,
            pool: None,
        };
        let graph = ResNet {
            stem,
            width: 32,
            ..ResNet::resnet18(7, 100, 2)
        }
        .build()
        .unwrap();
        assert_eq!(graph.key().to_string(), "215487706d1cc4bb");
    }
}
