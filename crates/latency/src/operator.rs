//! The graph that fusion works on: normalised operators that know each other by index.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::error::Error;

/// Operators, each of which may be fused of several; shapes are borrowed from the network's IR.
#[derive(Clone, Debug)]
pub(crate) struct Operators<'ir> {
    nodes: Vec<Operator<'ir>>,
    /// For each operator those that read it, in their order, without repetition.
    consumers: Vec<Vec<usize>>,
}

/// An operator under its normalised name.
#[derive(Clone, Debug)]
pub(crate) struct Operator<'ir> {
    pub name: Cow<'ir, str>,
    /// The normalised type: `conv`, `bn`, ..., or as the file spells it.
    pub kind: Cow<'ir, str>,
    pub inputs: Vec<&'ir [usize]>,
    pub outputs: Vec<&'ir [usize]>,
    pub kernel: [usize; 2],
    pub strides: [usize; 2],
    /// Multiply-accumulates, those of all members if fused.
    pub macs: f64,
    /// Weights, those of all members if fused.
    pub weights: f64,
    /// The operators it reads, by index; twice if it reads one twice.
    pub producers: Vec<usize>,
}

impl<'ir> Operators<'ir> {
    pub(crate) fn new(nodes: Vec<Operator<'ir>>) -> Self {
        let mut consumers = vec![Vec::new(); nodes.len()];
        for (index, node) in nodes.iter().enumerate() {
            for &producer in &node.producers {
                // Consumers are visited in order, so a repetition is the last entry.
                let readers: &mut Vec<usize> = &mut consumers[producer];
                if readers.last() != Some(&index) {
                    readers.push(index);
                }
            }
        }
        Self { nodes, consumers }
    }

    pub(crate) fn nodes(&self) -> &[Operator<'ir>] {
        &self.nodes
    }

    pub(crate) fn consumers(&self, index: usize) -> &[usize] {
        &self.consumers[index]
    }

    /// How often `consumer` reads `producer`.
    pub(crate) fn edges(&self, producer: usize, consumer: usize) -> usize {
        let producers = &self.nodes[consumer].producers;
        producers.iter().filter(|&&p| p == producer).count()
    }

    /// The operators in topological order: Kahn's algorithm, ties in the order of the graph.
    pub(crate) fn topological_order(&self) -> Result<Vec<usize>, Error> {
        // How many distinct operators each one still waits for.
        let mut waiting = vec![0; self.nodes.len()];
        for &consumer in self.consumers.iter().flatten() {
            waiting[consumer] += 1;
        }
        let mut order: Vec<usize> = (0..self.nodes.len()).filter(|&i| waiting[i] == 0).collect();
        let mut next = 0;
        while next < order.len() {
            let index = order[next];
            next += 1;
            for &consumer in &self.consumers[index] {
                waiting[consumer] -= 1;
                if waiting[consumer] == 0 {
                    order.push(consumer);
                }
            }
        }
        match waiting.iter().position(|&w| w > 0) {
            Some(stuck) => Err(Error::Cycle {
                node: self.nodes[stuck].name.to_string(),
            }),
            None => Ok(order),
        }
    }

    /// Replaces each group of operators by one, put at the end of the graph in the order given.
    ///
    /// The new operator has the shape and window of the group's root and reads and is read by what
    /// its members were, without repetition. Groups are disjoint; each lists its members in
    /// the order of the pattern that found it.
    pub(crate) fn replace(&self, groups: &[Group<'_>]) -> Self {
        let group_of: BTreeMap<usize, usize> = groups
            .iter()
            .enumerate()
            .flat_map(|(g, group)| group.members.iter().map(move |&m| (m, g)))
            .collect();
        let survivors: Vec<usize> = (0..self.nodes.len())
            .filter(|i| !group_of.contains_key(i))
            .collect();
        let mut renumbered = vec![0; self.nodes.len()];
        for (new, &old) in survivors.iter().enumerate() {
            renumbered[old] = new;
        }
        for (&member, &group) in &group_of {
            renumbered[member] = survivors.len() + group;
        }

        let mut nodes = Vec::with_capacity(survivors.len() + groups.len());
        for &old in &survivors {
            let mut node = self.nodes[old].clone();
            let touched = node.producers.iter().any(|p| group_of.contains_key(p));
            for producer in &mut node.producers {
                *producer = renumbered[*producer];
            }
            if touched {
                remove_repetitions(&mut node.producers);
            }
            nodes.push(node);
        }
        for (index, group) in groups.iter().enumerate() {
            let own = survivors.len() + index;
            nodes.push(self.fuse(group, own, &renumbered));
        }
        Self::new(nodes)
    }

    fn fuse(&self, group: &Group<'_>, own: usize, renumbered: &[usize]) -> Operator<'ir> {
        let members = || group.members.iter().map(|&m| &self.nodes[m]);
        let names: Vec<&str> = members().map(|m| m.name.as_ref()).collect();
        let mut producers: Vec<usize> = members()
            .flat_map(|m| m.producers.iter().map(|&p| renumbered[p]))
            .filter(|&p| p != own)
            .collect();
        remove_repetitions(&mut producers);
        let root = &self.nodes[group.root];
        Operator {
            name: Cow::Owned(names.join(";")),
            kind: Cow::Owned(group.kind.to_owned()),
            inputs: root.inputs.clone(),
            outputs: root.outputs.clone(),
            kernel: root.kernel,
            strides: root.strides,
            macs: members().map(|m| m.macs).sum(),
            weights: members().map(|m| m.weights).sum(),
            producers,
        }
    }
}

/// Operators that become one.
pub(crate) struct Group<'a> {
    /// The type of the new operator.
    pub kind: &'a str,
    /// The member whose shape and window the new operator has.
    pub root: usize,
    pub members: Vec<usize>,
}

fn remove_repetitions(indices: &mut Vec<usize>) {
    let mut seen = std::collections::HashSet::new();
    indices.retain(|index| seen.insert(*index));
}
