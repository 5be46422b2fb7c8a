//! Reductions over some dimensions.

use crate::onnx::outline::call::{Call, axis};

/// A sum, a mean, a maximum, ...: over all dimensions where none is named.
pub(super) fn reduce(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let input = call.shape(0)?;
    let axes = call.setting("axes", 1)?.unwrap_or_default();
    if axes.is_empty() && call.flag("noop_with_empty_axes")? {
        return Ok(vec![input.to_vec()]);
    }
    let mut reduced = vec![axes.is_empty(); input.len()];
    for number in axes {
        reduced[axis(number, input.len())?] = true;
    }
    Ok(vec![without(input, &reduced, keeps(call)?)])
}

/// The place of the least or greatest element.
pub(super) fn arg(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let input = call.shape(0)?;
    let mut reduced = vec![false; input.len()];
    reduced[axis(call.int("axis")?.unwrap_or(0), input.len())?] = true;
    Ok(vec![without(input, &reduced, keeps(call)?)])
}

fn keeps(call: &Call<'_, '_>) -> Result<bool, String> {
    Ok(call.int("keepdims")?.unwrap_or(1) != 0)
}

fn without(shape: &[usize], reduced: &[bool], keep: bool) -> Vec<usize> {
    let dimensions = shape.iter().zip(reduced);
    dimensions
        .filter(|(_, reduced)| keep || !**reduced)
        .map(|(extent, reduced)| if *reduced { 1 } else { *extent })
        .collect()
}
