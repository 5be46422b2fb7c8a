//! Convolutions.

use super::window::{Padding, Window, image, numbers};
use crate::onnx::outline::call::Call;

/// The shape of a convolution's weights, which must suit the input and `kernel_shape`.
fn weights<'c>(call: &'c Call<'_, '_>, rank: usize) -> Result<(&'c [usize], usize), String> {
    let weights = call.shape(1)?;
    if weights.len() != rank || weights.contains(&0) {
        return Err(format!(
            "weights of shape {weights:?} for an input of {rank} dimensions"
        ));
    }
    if let Some(kernel) = call.ints("kernel_shape")? {
        let same = kernel
            .iter()
            .zip(&weights[2..])
            .all(|(k, w)| *k == *w as i64);
        if kernel.len() != rank - 2 || !same {
            return Err(format!(
                "`kernel_shape` is {kernel:?}, and the weights are {weights:?}"
            ));
        }
    }
    let groups = call.int("group")?.unwrap_or(1);
    match usize::try_from(groups) {
        Ok(count) if count > 0 => Ok((weights, count)),
        _ => Err(format!("{groups} groups")),
    }
}

/// A convolution: weights are (out, in / groups, rows, columns).
pub(super) fn conv(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let input = call.shape(0)?;
    let (batch, channels, size) = image(input)?;
    let (weights, groups) = weights(call, input.len())?;
    if weights[1].checked_mul(groups) != Some(channels) || !weights[0].is_multiple_of(groups) {
        return Err(format!(
            "weights of shape {weights:?} in {groups} groups for {channels} channels"
        ));
    }
    let window = Window::new(call, weights[2..].to_vec())?;
    let mut output = vec![batch, weights[0]];
    output.extend(window.slide(size, false)?);
    Ok(vec![output])
}

/// A transposed convolution: weights are (in, out / groups, rows, columns).
pub(super) fn transposed(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let input = call.shape(0)?;
    let (batch, channels, size) = image(input)?;
    let (weights, groups) = weights(call, input.len())?;
    let outputs = weights[1].checked_mul(groups);
    let Some(outputs) = outputs.filter(|_| weights[0] == channels) else {
        return Err(format!(
            "weights of shape {weights:?} in {groups} groups for {channels} channels"
        ));
    };
    let window = Window::new(call, weights[2..].to_vec())?;
    let mut output = vec![batch, outputs];
    if call.ints("output_shape")?.is_some() {
        output.extend(numbers(call, "output_shape", size.len(), 0)?);
        return Ok(vec![output]);
    }
    let more = numbers(call, "output_padding", size.len(), 0)?;
    for (dimension, size) in size.iter().enumerate() {
        let stride = window.strides[dimension];
        let extent = match &window.padding {
            Padding::Same => size.checked_mul(stride),
            Padding::Explicit(pads) => {
                let (before, after) = pads[dimension];
                let reach = window.reach(dimension)?;
                size.saturating_sub(1)
                    .checked_mul(stride)
                    .and_then(|start| start.checked_add(reach))
                    .and_then(|end| end.checked_add(more[dimension]))
                    .and_then(|end| end.checked_sub(before)?.checked_sub(after))
            }
        };
        output.push(extent.ok_or("padding that leaves nothing, or sizes beyond all bounds")?);
    }
    Ok(vec![output])
}
