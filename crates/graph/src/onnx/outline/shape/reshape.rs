//! The same elements in another shape.

use crate::onnx::outline::call::{Call, axis, extent};

/// The shape that is asked for: 0 keeps the input's dimension, -1 takes what is left.
pub(super) fn reshape(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let input = call.shape(0)?;
    let wanted = call.setting("shape", 1)?.ok_or("no shape is given")?;
    let keep_zero = call.flag("allowzero")?;
    let mut shape = Vec::with_capacity(wanted.len());
    let mut rest = None;
    for (place, number) in wanted.iter().enumerate() {
        shape.push(match number {
            -1 if rest.replace(place).is_none() => 1,
            0 if !keep_zero => match input.get(place) {
                Some(extent) => *extent,
                None => return Err(format!("{input:?} as {wanted:?}: nothing to keep")),
            },
            number => extent(*number)?,
        });
    }
    let elements: usize = input.iter().product();
    let others = product(&shape)?;
    if let Some(place) = rest
        && others > 0
    {
        shape[place] = elements / others;
    }
    if product(&shape)? == elements {
        Ok(vec![shape])
    } else {
        Err(format!(
            "{input:?} as {wanted:?}, which has another number of elements"
        ))
    }
}

fn product(shape: &[usize]) -> Result<usize, String> {
    let product = shape
        .iter()
        .try_fold(1_usize, |product, extent| product.checked_mul(*extent));
    product.ok_or_else(|| format!("a shape of {shape:?}"))
}

/// A matrix: the dimensions before `axis` and those from it on.
pub(super) fn flatten(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let input = call.shape(0)?;
    let number = call.int("axis")?.unwrap_or(1);
    let axis = match usize::try_from(number) {
        Ok(place) if place == input.len() => place,
        _ => axis(number, input.len())?,
    };
    let (before, after) = input.split_at(axis);
    Ok(vec![vec![before.iter().product(), after.iter().product()]])
}

/// Without the dimensions of one that are named, or without all.
pub(super) fn squeeze(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let input = call.shape(0)?;
    let mut gone = vec![false; input.len()];
    match call.setting("axes", 1)? {
        Some(axes) => {
            for number in axes {
                let place = axis(number, input.len())?;
                if input[place] != 1 {
                    return Err(format!("dimension {number} of {input:?} is not one"));
                }
                gone[place] = true;
            }
        }
        None => gone
            .iter_mut()
            .zip(input)
            .for_each(|(gone, extent)| *gone = *extent == 1),
    }
    let kept = input.iter().zip(gone).filter(|(_, gone)| !gone);
    Ok(vec![kept.map(|(extent, _)| *extent).collect()])
}

/// With dimensions of one at the places that are named.
pub(super) fn unsqueeze(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let input = call.shape(0)?;
    let axes = call.setting("axes", 1)?.ok_or("no axes are given")?;
    let rank = input.len() + axes.len();
    let mut new = vec![false; rank];
    for number in &axes {
        if std::mem::replace(&mut new[axis(*number, rank)?], true) {
            return Err(format!("axes {axes:?}, one of them twice"));
        }
    }
    let mut kept = input.iter();
    let shape = new
        .into_iter()
        .map(|new| if new { None } else { kept.next() });
    Ok(vec![
        shape.map(|extent| extent.copied().unwrap_or(1)).collect(),
    ])
}

/// The dimensions in another order: the reverse where none is given.
pub(super) fn transpose(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let input = call.shape(0)?;
    let order = permutation(call, input.len())?;
    Ok(vec![order.into_iter().map(|place| input[place]).collect()])
}

/// Which dimension of the input each of a `Transpose`'s output is.
pub(in crate::onnx::outline) fn permutation(
    call: &Call<'_, '_>,
    rank: usize,
) -> Result<Vec<usize>, String> {
    let Some(order) = call.ints("perm")? else {
        return Ok((0..rank).rev().collect());
    };
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    if !sorted.into_iter().eq(0..rank as i64) {
        return Err(format!(
            "`perm` is {order:?} for a tensor of {rank} dimensions"
        ));
    }
    Ok(order.iter().map(|place| *place as usize).collect())
}

/// Channels to squares of pixels.
pub(super) fn depth_to_space(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let (block, [batch, channels, rows, columns]) = block(call)?;
    match block.checked_mul(block) {
        Some(area) if channels.is_multiple_of(area) => {
            let grown = |extent: usize| extent.checked_mul(block).ok_or("sizes beyond all bounds");
            Ok(vec![vec![
                batch,
                channels / area,
                grown(rows)?,
                grown(columns)?,
            ]])
        }
        _ => Err(format!("{channels} channels in blocks of {block}")),
    }
}

/// Squares of pixels to channels.
pub(super) fn space_to_depth(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let (block, [batch, channels, rows, columns]) = block(call)?;
    if !rows.is_multiple_of(block) || !columns.is_multiple_of(block) {
        return Err(format!("{rows}x{columns} in blocks of {block}"));
    }
    // The block is no larger than the image, so that the product is bounded by its elements.
    let channels = channels * block * block;
    Ok(vec![vec![batch, channels, rows / block, columns / block]])
}

fn block(call: &Call<'_, '_>) -> Result<(usize, [usize; 4]), String> {
    let input = call.shape(0)?;
    let image = input
        .try_into()
        .map_err(|_| format!("an input of shape {input:?}, expected four dimensions"))?;
    match call.int("blocksize")?.map(usize::try_from) {
        Some(Ok(block)) if block > 0 => Ok((block, image)),
        _ => Err("a block size that is missing or not positive".to_owned()),
    }
}
