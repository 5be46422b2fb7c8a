//! Tensors put together and taken apart.

use crate::onnx::outline::call::{Call, axis, extent};

/// All inputs, one after the other along `axis`.
pub(super) fn concat(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let mut shape = call.shape(0)?.to_vec();
    let axis = axis(call.int("axis")?.ok_or("`axis` is missing")?, shape.len())?;
    for place in 1..call.inputs.len() {
        let other = call.shape(place)?;
        let fits = other.len() == shape.len()
            && (0..shape.len()).all(|d| d == axis || other[d] == shape[d]);
        if !fits {
            return Err(format!(
                "inputs of shapes {shape:?} and {other:?} along axis {axis}"
            ));
        }
        let sum = shape[axis].checked_add(other[axis]);
        shape[axis] = sum.ok_or("sizes beyond all bounds")?;
    }
    Ok(vec![shape])
}

/// Parts along `axis`: of the sizes that are given, or as many equal ones as there are outputs,
/// the last of which may be smaller.
pub(super) fn split(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let input = call.shape(0)?;
    let axis = axis(call.int("axis")?.unwrap_or(0), input.len())?;
    let (whole, count) = (input[axis], call.node.outputs.len().max(1));
    let parts = match call.setting("split", 1)? {
        Some(parts) => parts
            .into_iter()
            .map(extent)
            .collect::<Result<Vec<_>, _>>()?,
        None => {
            let part = whole.div_ceil(count);
            let start = |place: usize| (place * part).min(whole);
            (0..count)
                .map(|place| start(place + 1) - start(place))
                .collect()
        }
    };
    let sum = parts
        .iter()
        .try_fold(0_usize, |sum, part| sum.checked_add(*part));
    if sum != Some(whole) {
        return Err(format!("parts of {parts:?} of a dimension of {whole}"));
    }
    let part = |part: usize| {
        let mut shape = input.to_vec();
        shape[axis] = part;
        shape
    };
    Ok(parts.into_iter().map(part).collect())
}
