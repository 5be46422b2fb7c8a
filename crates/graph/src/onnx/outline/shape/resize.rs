//! Images made larger or smaller.

use crate::onnx::outline::call::{Call, axis, extent};

/// `Resize`: by scales, or to sizes. In operator set 10 the scales are the second input, later
/// the third, with the sizes after them.
pub(super) fn resize(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let input = call.shape(0)?;
    let rank = input.len() as i64;
    let axes = call
        .ints("axes")?
        .map_or_else(|| (0..rank).collect(), <[i64]>::to_vec);
    if let Some(sizes) = call.whole(3)?.filter(|sizes| !sizes.is_empty()) {
        if sizes.len() != axes.len() {
            return Err(format!("sizes {sizes:?} for an input of shape {input:?}"));
        }
        let policy = call.text("keep_aspect_ratio_policy")?.unwrap_or("stretch");
        if policy != "stretch" {
            return Err(format!(
                "`keep_aspect_ratio_policy` is {policy:?}, expected stretch"
            ));
        }
        let mut shape = input.to_vec();
        for (number, size) in axes.into_iter().zip(sizes) {
            shape[axis(number, input.len())?] = extent(size)?;
        }
        return Ok(vec![shape]);
    }
    let place = if call.inputs.len() == 2 { 1 } else { 2 };
    let scales = call.numbers(place)?.unwrap_or_default();
    scaled(input, &axes, scales)
}

/// `Upsample`: by scales.
pub(super) fn upsample(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let input = call.shape(0)?;
    let axes: Vec<_> = (0..input.len() as i64).collect();
    match call.floats("scales")? {
        Some(scales) => {
            let scales: Vec<_> = scales.iter().map(|scale| f64::from(*scale)).collect();
            scaled(input, &axes, &scales)
        }
        None => scaled(input, &axes, call.numbers(1)?.unwrap_or_default()),
    }
}

fn scaled(input: &[usize], axes: &[i64], scales: &[f64]) -> Result<Vec<Vec<usize>>, String> {
    if scales.len() != axes.len() {
        return Err(format!("scales {scales:?} for an input of shape {input:?}"));
    }
    let mut shape = input.to_vec();
    for (number, scale) in axes.iter().zip(scales) {
        let extent = &mut shape[axis(*number, input.len())?];
        let size = (*extent as f64 * scale).floor();
        if !(0.0..2_f64.powi(40)).contains(&size) {
            return Err(format!("scales {scales:?} for an input of shape {input:?}"));
        }
        *extent = size as usize;
    }
    Ok(vec![shape])
}
