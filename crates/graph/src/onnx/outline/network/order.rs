//! The order of execution.

use std::collections::BTreeSet;

use super::{Node, TensorId};
use crate::Error;
use crate::onnx::outline::wire::invalid;

/// Puts each node after those that it reads from; nodes that may stand in any order keep the one
/// they have. `given` are the tensors that no node has to make.
///
/// # Errors
///
/// Tensors that two nodes make, that no node makes, or that come from themselves.
pub(super) fn sort<'a>(
    nodes: Vec<Node<'a>>,
    names: &[&'a str],
    given: impl IntoIterator<Item = TensorId>,
) -> Result<Vec<Node<'a>>, Error> {
    let mut makers = vec![Maker::None; names.len()];
    let given = given.into_iter().map(|tensor| (tensor, Maker::Given));
    let made = nodes.iter().enumerate().flat_map(|(place, node)| {
        let outputs = node.outputs.iter().flatten();
        outputs.map(move |tensor| (*tensor, Maker::Node(place)))
    });
    for (tensor, maker) in given.chain(made) {
        if makers[tensor] != Maker::None {
            return Err(invalid(format!(
                "two tensors are named `{}`",
                names[tensor]
            )));
        }
        makers[tensor] = maker;
    }
    let mut readers = vec![Vec::new(); nodes.len()];
    let mut missing = vec![0_usize; nodes.len()];
    for (place, node) in nodes.iter().enumerate() {
        for tensor in node.inputs.iter().flatten() {
            match makers[*tensor] {
                Maker::Given => {}
                Maker::Node(maker) => {
                    readers[maker].push(place);
                    missing[place] += 1;
                }
                Maker::None => {
                    return Err(node.error(format!("nothing makes its input `{}`", names[*tensor])));
                }
            }
        }
    }
    let mut ready: BTreeSet<usize> = (0..nodes.len()).filter(|&n| missing[n] == 0).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(place) = ready.pop_first() {
        order.push(place);
        for &reader in &readers[place] {
            missing[reader] -= 1;
            if missing[reader] == 0 {
                ready.insert(reader);
            }
        }
    }
    let mut nodes: Vec<_> = nodes.into_iter().map(Some).collect();
    let sorted = order
        .iter()
        .filter_map(|&place| nodes[place].take())
        .collect();
    match nodes.iter().flatten().next() {
        Some(node) => Err(node.error("is part of a cycle, or reads from one")),
        None => Ok(sorted),
    }
}

/// Who makes a tensor.
#[derive(Clone, Copy, PartialEq)]
enum Maker {
    None,
    Given,
    Node(usize),
}
