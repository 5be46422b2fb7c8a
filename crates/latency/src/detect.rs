//! From a network to the kernels that a device runs.

use crate::error::Error;
use crate::fusion::fuse_pairs;
use crate::ir::Ir;
use crate::kernel::Kernel;
use crate::normalize::normalize;
use crate::pattern::fuse_patterns;
use crate::rules::Rules;

/// The kernels into which a device with these rules fuses the network, in topological order of
/// their first operators.
///
/// # Errors
/// [`Error::Node`] where an operator lacks what its cost depends on or none of several reads
/// another, [`Error::Cycle`] where the graph has one, [`Error::Pattern`] where it is too interwoven
/// to search.
pub fn detect(ir: &Ir, rules: &Rules) -> Result<Vec<Kernel>, Error> {
    let operators = fuse_patterns(normalize(ir)?, &rules.chains)?;
    let groups = fuse_pairs(&operators, rules)?;
    Ok(groups
        .iter()
        .filter_map(|members| Kernel::new(&operators, members))
        .collect())
}
