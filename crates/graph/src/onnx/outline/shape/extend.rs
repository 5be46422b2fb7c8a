//! Tensors made larger, or out of nothing but their shape.

use super::elementwise::broadcast;
use crate::onnx::outline::call::{Call, axis, extent};

/// The input's shape as a list, from `start` to before `end`.
pub(super) fn shape(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let (start, end) = shape_bounds(call)?;
    Ok(vec![vec![end.saturating_sub(start)]])
}

/// The dimensions that a `Shape` lists: from the first to before the second.
pub(in crate::onnx::outline) fn shape_bounds(
    call: &Call<'_, '_>,
) -> Result<(usize, usize), String> {
    let rank = call.shape(0)?.len() as i64;
    let place = |place: i64| {
        let counted = if place < 0 {
            place.saturating_add(rank)
        } else {
            place
        };
        counted.clamp(0, rank) as usize
    };
    Ok((
        place(call.int("start")?.unwrap_or(0)),
        place(call.int("end")?.unwrap_or(rank)),
    ))
}

/// The shape that the input's numbers are.
pub(super) fn constant(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let shape = call.whole(0)?.ok_or("no shape is given")?;
    Ok(vec![
        shape.into_iter().map(extent).collect::<Result<_, _>>()?,
    ])
}

/// The shape that the input broadcasts to together with the one that is given.
pub(super) fn expand(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let shape = call.whole(1)?.ok_or("no shape is given")?;
    let shape: Vec<_> = shape.into_iter().map(extent).collect::<Result<_, _>>()?;
    Ok(vec![broadcast(call.shape(0)?, &shape)?])
}

/// The input, repeated along each dimension.
pub(super) fn tile(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let input = call.shape(0)?;
    let times = call.whole(1)?.ok_or("no repeats are given")?;
    if times.len() != input.len() {
        return Err(format!("repeats {times:?} for an input of shape {input:?}"));
    }
    let tiled = input.iter().zip(times).map(|(size, times)| {
        let tiled = size.checked_mul(extent(times)?);
        tiled.ok_or_else(|| "sizes beyond all bounds".to_owned())
    });
    Ok(vec![tiled.collect::<Result<_, _>>()?])
}

/// As many numbers as there are from start to before the limit.
pub(super) fn range(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let [start, limit, step] = range_bounds(call)?;
    let count = ((limit - start) / step).ceil().max(0.0);
    if count.is_finite() && count < 2_f64.powi(40) {
        Ok(vec![vec![count as usize]])
    } else {
        Err(format!("from {start} to {limit} by {step}"))
    }
}

/// Start, limit and step of a `Range`.
pub(in crate::onnx::outline) fn range_bounds(call: &Call<'_, '_>) -> Result<[f64; 3], String> {
    let bound = |place| match call.numbers(place)? {
        Some([number]) => Ok(*number),
        _ => Err(format!("input {place} is missing or not one number")),
    };
    Ok([bound(0)?, bound(1)?, bound(2)?])
}

/// The input with as much before and after each dimension as is given, which may be negative.
pub(super) fn pad(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let input = call.shape(0)?;
    let pads = call.setting("pads", 1)?.ok_or("no pads are given")?;
    let axes = call.whole(3)?;
    let axes = axes.unwrap_or_else(|| (0..input.len() as i64).collect());
    if pads.len() != 2 * axes.len() {
        return Err(format!(
            "pads {pads:?}, expected two for each of {} axes",
            axes.len()
        ));
    }
    let mut shape = input.to_vec();
    for (place, number) in axes.iter().enumerate() {
        let extent = &mut shape[axis(*number, input.len())?];
        let padded = (*extent as i64)
            .checked_add(pads[place])
            .and_then(|sum| sum.checked_add(pads[axes.len() + place]));
        *extent = padded
            .and_then(|padded| usize::try_from(padded).ok())
            .ok_or_else(|| format!("pads {pads:?} for an input of shape {input:?}"))?;
    }
    Ok(vec![shape])
}
