//! Blocks of several operators that run as one kernel, found by their structure.
//!
//! A pattern is a small graph. It matches where the network, restricted to the matched operators,
//! has exactly the pattern's edges; edges to other operators do not matter.

mod activation;
mod channel_shuffle;
mod global_pool;
mod hard_swish;
mod layer_norm;
mod squeeze_excite;

use crate::error::Error;
use crate::operator::{Group, Operators};

/// Matches any operator, which stays outside the fused block.
const ANY: &str = "dummy";

/// How many operators and edges the search for a pattern may look at. A real network needs a few
/// per operator; only a graph built to be slow needs more.
const MAX_COMPARISONS: usize = 20_000_000;

/// A block of operators.
pub(crate) struct Pattern {
    /// The type of the fused operator.
    pub kind: &'static str,
    /// The operators' types; each after the first has an edge with an earlier one.
    pub operators: &'static [&'static str],
    /// `(producer, consumer)` as indices of `operators`.
    pub edges: &'static [(usize, usize)],
    /// The operator whose shape the fused one has.
    pub root: usize,
}

/// The built-in patterns, in the order in which nn-Meter tries them; then those that are ours.
const PATTERNS: &[&[Pattern]] = &[
    squeeze_excite::PATTERNS,
    hard_swish::PATTERNS,
    channel_shuffle::PATTERNS,
    global_pool::PATTERNS,
    activation::PATTERNS,
    layer_norm::PATTERNS,
];

/// Replaces every match of the device's chains, then of the built-in patterns.
///
/// # Errors
/// [`Error::Pattern`] where a graph is too interwoven to search.
pub(crate) fn fuse_patterns<'ir>(
    mut operators: Operators<'ir>,
    chains: &[Vec<String>],
) -> Result<Operators<'ir>, Error> {
    for chain in chains {
        let kinds: Vec<&str> = chain.iter().map(String::as_str).collect();
        if kinds.contains(&ANY) {
            // A chain names operators, and none has this name.
            continue;
        }
        let edges: Vec<(usize, usize)> = (1..kinds.len()).map(|i| (i - 1, i)).collect();
        let kind = chain.join("-");
        operators = fuse(operators, "chain", &kind, &kinds, &edges, 0)?;
    }
    for pattern in PATTERNS.iter().copied().flatten() {
        let Pattern {
            kind,
            operators: kinds,
            edges,
            root,
        } = *pattern;
        operators = fuse(operators, kind, kind, kinds, edges, root)?;
    }
    Ok(operators)
}

fn fuse<'ir>(
    operators: Operators<'ir>,
    pattern: &'static str,
    kind: &str,
    kinds: &[&str],
    edges: &[(usize, usize)],
    root: usize,
) -> Result<Operators<'ir>, Error> {
    let present = |kind: &&str| operators.nodes().iter().any(|n| n.kind == **kind);
    if kinds.is_empty() || !kinds.iter().filter(|k| **k != ANY).all(present) {
        return Ok(operators);
    }
    let mut search = Search {
        operators: &operators,
        kinds,
        edges,
        taken: vec![false; operators.nodes().len()],
        matched: Vec::with_capacity(kinds.len()),
        comparisons: 0,
    };
    let mut groups = Vec::new();
    for start in 0..operators.nodes().len() {
        search.matched.clear();
        if search.try_next(start) {
            let members = search.members();
            for &member in &members {
                search.taken[member] = true;
            }
            groups.push(Group {
                kind,
                root: search.matched[root],
                members,
            });
        }
        if search.comparisons > MAX_COMPARISONS {
            return Err(Error::Pattern {
                pattern,
                limit: MAX_COMPARISONS,
            });
        }
    }
    if groups.is_empty() {
        return Ok(operators);
    }
    // A path may leave a block and come back to it, or run both ways between two blocks. As
    // single operators they would wait for each other, so that they stay apart.
    let fused = operators.replace(&groups);
    Ok(if fused.topological_order().is_ok() {
        fused
    } else {
        operators
    })
}

/// A depth-first search for an occurrence of a pattern among operators no match has taken yet.
struct Search<'a, 'ir> {
    operators: &'a Operators<'ir>,
    kinds: &'a [&'a str],
    edges: &'a [(usize, usize)],
    taken: Vec<bool>,
    /// The operator found for each of the first `matched.len()` of the pattern.
    matched: Vec<usize>,
    comparisons: usize,
}

impl Search<'_, '_> {
    /// Takes `candidate` for the pattern's next operator and completes the match, or takes it back.
    fn try_next(&mut self, candidate: usize) -> bool {
        self.comparisons += 1;
        if self.comparisons > MAX_COMPARISONS || !self.fits(candidate) {
            return false;
        }
        self.matched.push(candidate);
        let next = self.matched.len();
        if next == self.kinds.len() {
            return true;
        }
        let operators = self.operators;
        let &(producer, consumer) = self
            .edges
            .iter()
            .find(|&&(a, b)| a.max(b) == next)
            .expect("each operator of a pattern has an edge with an earlier one");
        let candidates = if consumer == next {
            operators.consumers(self.matched[producer])
        } else {
            &operators.nodes()[self.matched[consumer]].producers
        };
        if candidates.iter().any(|&candidate| self.try_next(candidate)) {
            return true;
        }
        self.matched.pop();
        false
    }

    fn fits(&mut self, candidate: usize) -> bool {
        let position = self.matched.len();
        let kind = self.kinds[position];
        if kind != ANY && (self.taken[candidate] || self.operators.nodes()[candidate].kind != *kind)
        {
            return false;
        }
        let nodes = self.operators.nodes();
        let looked_at =
            |other: &usize| nodes[*other].producers.len() + nodes[candidate].producers.len();
        self.comparisons += self.matched.iter().map(looked_at).sum::<usize>();
        self.matched.iter().enumerate().all(|(earlier, &other)| {
            let expected = |edge| usize::from(self.edges.contains(&edge));
            candidate != other
                && self.operators.edges(other, candidate) == expected((earlier, position))
                && self.operators.edges(candidate, other) == expected((position, earlier))
        })
    }

    fn members(&self) -> Vec<usize> {
        let found = self.matched.iter().zip(self.kinds);
        found
            .filter(|(_, kind)| **kind != ANY)
            .map(|(&index, _)| index)
            .collect()
    }
}
