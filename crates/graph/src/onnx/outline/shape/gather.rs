//! Elements chosen by their places.

use crate::onnx::outline::call::{Call, axis, extent};

/// The places' shape stands for the dimension that they choose from.
pub(super) fn gather(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let (input, places) = (call.shape(0)?, call.shape(1)?);
    let axis = axis(call.int("axis")?.unwrap_or(0), input.len())?;
    Ok(vec![[&input[..axis], places, &input[axis + 1..]].concat()])
}

/// The places' shape.
pub(super) fn elements(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    Ok(vec![call.shape(1)?.to_vec()])
}

/// The last dimension of the places chooses from as many dimensions as it is long.
pub(super) fn nd(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let (input, places) = (call.shape(0)?, call.shape(1)?);
    let batch = extent(call.int("batch_dims")?.unwrap_or(0))?;
    let rest = places
        .last()
        .and_then(|length| input.get(batch.checked_add(*length)?..));
    match rest {
        Some(rest) => Ok(vec![[&places[..places.len() - 1], rest].concat()]),
        None => Err(format!("places of shape {places:?} in {input:?}")),
    }
}
