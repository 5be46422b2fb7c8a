//! Pairwise fusion: which operators become one kernel by the device's pair rules.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::operator::Operators;
use crate::rules::{Branching, Rules};

/// Groups of operators, each one kernel: the root first, then what it took up, in topological
/// order; the groups in the order of their roots.
///
/// A group takes up a consumer by the type of its *root* alone: `conv-bn-relu` needs the pairs
/// (conv, bn) and (conv, relu). An operator with two producers joins the group that comes first.
///
/// # Errors
/// [`Error::Cycle`] where the operators have no topological order.
pub(crate) fn fuse_pairs(
    operators: &Operators<'_>,
    rules: &Rules,
) -> Result<Vec<Vec<usize>>, Error> {
    let order = operators.topological_order()?;
    let mut position = vec![0; order.len()];
    for (at, &index) in order.iter().enumerate() {
        position[index] = at;
    }
    let mut fusion = Fusion {
        operators,
        rules,
        order: &order,
        position: &position,
        taken: vec![false; order.len()],
    };
    Ok((0..order.len())
        .filter_map(|root| fusion.group(root))
        .collect())
}

/// The state of a fusion; operators are known by their place in the topological order.
struct Fusion<'a, 'ir> {
    operators: &'a Operators<'ir>,
    rules: &'a Rules,
    order: &'a [usize],
    position: &'a [usize],
    /// Whether an operator belongs to the group of an earlier root.
    taken: Vec<bool>,
}

impl Fusion<'_, '_> {
    /// The group of this root, or `None` where an earlier group has taken it up.
    fn group(&mut self, root: usize) -> Option<Vec<usize>> {
        if self.taken[root] {
            return None;
        }
        let mut members = BTreeSet::from([root]);
        let mut outgoing = self.readers(root);
        while !(self.rules.branching == Branching::Never && outgoing.len() > 1) {
            let joining = self.joining(root, &outgoing);
            if joining.is_empty() {
                break;
            }
            if self.rules.branching == Branching::Never {
                outgoing.clear();
            }
            for next in joining {
                self.taken[next] = true;
                members.insert(next);
                outgoing.extend(self.readers(next));
            }
        }
        Some(members.into_iter().map(|at| self.order[at]).collect())
    }

    /// Those of the outgoing operators that the root's group takes up now.
    fn joining(&self, root: usize, outgoing: &BTreeSet<usize>) -> Vec<usize> {
        let limit = match self.rules.branching {
            Branching::Never | Branching::First => 1,
            Branching::All => usize::MAX,
        };
        let fits =
            |&next: &usize| !self.taken[next] && self.rules.fuses(self.kind(root), self.kind(next));
        outgoing.iter().copied().filter(fits).take(limit).collect()
    }

    fn kind(&self, at: usize) -> &str {
        &self.operators.nodes()[self.order[at]].kind
    }

    fn readers(&self, at: usize) -> BTreeSet<usize> {
        let consumers = self.operators.consumers(self.order[at]).iter();
        consumers.map(|&consumer| self.position[consumer]).collect()
    }
}
