//! Normalisations that give statistics, too.

use crate::onnx::outline::call::{Call, axis};

/// The input's shape; running mean and variance, which old models give in training.
pub(super) fn batch(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let input = call.shape(0)?.to_vec();
    let channels = input.get(1).copied().unwrap_or(1);
    for place in 1..5 {
        let shape = call.shape(place)?;
        if shape != [channels] {
            return Err(format!(
                "input {place} of shape {shape:?} for {channels} channels"
            ));
        }
    }
    let mut shapes = vec![input];
    shapes.resize(5, vec![channels]);
    Ok(shapes)
}

/// The input's shape; mean and inverse deviation over the dimensions from `axis` on.
pub(super) fn layer(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let input = call.shape(0)?.to_vec();
    let axis = axis(call.int("axis")?.unwrap_or(-1), input.len())?;
    let mut statistics = input.clone();
    statistics[axis..].fill(1);
    Ok(vec![input, statistics.clone(), statistics])
}
