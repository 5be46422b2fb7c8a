//! Numbers that are known before the network runs: what exporters compute with shapes.

use super::call::{Call, axis};
use super::shape;
use super::tensor::{FEW, Numbers, is_whole};

/// The numbers of a node's outputs, whose shapes are given, if they are few and follow from what
/// is known. A node whose numbers are not known here may still not depend on the input: it then
/// counts as a weight.
pub(super) fn numbers(call: &Call<'_, '_>, shapes: &[Vec<usize>]) -> Option<Vec<Numbers>> {
    if shapes.len() > FEW || shapes.iter().any(|shape| count(shape) > FEW) {
        return None;
    }
    if call.node.kind == "Split" {
        return split(call, call.input(0)?.numbers.as_ref()?, shapes);
    }
    Some(vec![first(call, shapes.first()?)?])
}

fn count(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// The numbers of a node's first output, of shape `output`.
fn first(call: &Call<'_, '_>, output: &[usize]) -> Option<Numbers> {
    match call.node.kind.as_str() {
        "Shape" => {
            let (start, end) = shape::shape_bounds(call).ok()?;
            let extents = call.shape(0).ok()?.get(start..end).unwrap_or_default();
            return Some(Numbers::new(
                extents.iter().map(|extent| *extent as f64).collect(),
                true,
            ));
        }
        "Size" => {
            let elements: usize = call.shape(0).ok()?.iter().product();
            return Some(Numbers::new(vec![elements as f64], true));
        }
        _ => {}
    }
    let inputs: Option<Vec<_>> = call
        .inputs
        .iter()
        .flatten()
        .map(|fact| fact.numbers.as_ref())
        .collect();
    let inputs = inputs?;
    if let Some(function) = unary(&call.node.kind) {
        let first = inputs.first()?;
        return Some(Numbers::new(
            first.values.iter().map(|x| function(*x)).collect(),
            first.whole,
        ));
    }
    if let Some(function) = binary(&call.node.kind) {
        return combine(
            call,
            function,
            output,
            inputs.iter().all(|input| input.whole),
        );
    }
    match call.node.kind.as_str() {
        "Identity" | "Reshape" | "Squeeze" | "Unsqueeze" | "Flatten" => {
            Some((*inputs.first()?).clone())
        }
        "Cast" => {
            let whole = is_whole(call.int("to").ok()??);
            let to = |x: &f64| if whole { x.trunc() } else { *x };
            Some(Numbers::new(
                inputs.first()?.values.iter().map(to).collect(),
                whole,
            ))
        }
        "ConstantOfShape" => {
            let value = match &call.node.tensor {
                Some(tensor) => tensor.numbers(1).ok()??,
                None => Numbers {
                    values: vec![0.0],
                    whole: false,
                },
            };
            Some(Numbers::new(
                vec![value.values[0]; count(output)],
                value.whole,
            ))
        }
        "Range" => {
            let [start, _, step] = shape::range_bounds(call).ok()?;
            let numbers = (0..count(output)).map(|place| start + place as f64 * step);
            Some(Numbers::new(numbers.collect(), inputs[0].whole))
        }
        "Where" => {
            let repeat = |place: usize| repeated(call, place, output);
            let (chosen, left, right) = (repeat(0)?, repeat(1)?, repeat(2)?);
            let sides = left.into_iter().zip(right);
            let values = chosen
                .iter()
                .zip(sides)
                .map(|(c, (l, r))| if *c == 0.0 { r } else { l });
            Some(Numbers::new(values.collect(), inputs[1].whole))
        }
        "Expand" => Some(Numbers::new(repeated(call, 0, output)?, inputs[0].whole)),
        "Concat" => concat(call, &inputs),
        "Gather" => gather(call, inputs[0], inputs[1]),
        "Slice" => {
            let strides = strides(call.shape(0).ok()?);
            let (mut offset, mut steps) = (0, Vec::new());
            for (range, stride) in shape::ranges(call).ok()?.iter().zip(strides) {
                offset += range.start * stride;
                steps.push(range.step.checked_mul(stride)?);
            }
            Some(Numbers::new(
                strided(&inputs[0].values, offset, &steps, output)?,
                inputs[0].whole,
            ))
        }
        "Transpose" => {
            let strides = strides(call.shape(0).ok()?);
            let order = shape::permutation(call, strides.len()).ok()?;
            let strides: Vec<_> = order.into_iter().map(|place| strides[place]).collect();
            Some(Numbers::new(
                strided(&inputs[0].values, 0, &strides, output)?,
                inputs[0].whole,
            ))
        }
        "ReduceProd" if output.iter().product::<usize>() == 1 => Some(Numbers::new(
            vec![inputs.first()?.values.iter().product()],
            inputs[0].whole,
        )),
        _ => None,
    }
}

fn unary(kind: &str) -> Option<fn(f64) -> f64> {
    Some(match kind {
        "Abs" => f64::abs,
        "Ceil" => f64::ceil,
        "Exp" => f64::exp,
        "Floor" => f64::floor,
        "Neg" => |x| -x,
        "Not" => |x| f64::from(x == 0.0),
        // ONNX rounds halves to the even number.
        "Round" => f64::round_ties_even,
        "Sqrt" => f64::sqrt,
        _ => return None,
    })
}

/// Operators of two numbers; the flag says whether both are whole.
fn binary(kind: &str) -> Option<fn(f64, f64, bool) -> f64> {
    Some(match kind {
        "Add" => |a, b, _| a + b,
        "And" => |a, b, _| f64::from(a != 0.0 && b != 0.0),
        "Div" => |a, b, whole| if whole { (a / b).trunc() } else { a / b },
        "Equal" => |a, b, _| f64::from(a == b),
        "Greater" => |a, b, _| f64::from(a > b),
        "Less" => |a, b, _| f64::from(a < b),
        "Max" => |a, b, _| a.max(b),
        "Min" => |a, b, _| a.min(b),
        // The result has the divisor's sign, as in Python.
        "Mod" => |a, b, _| a - b * (a / b).floor(),
        "Mul" => |a, b, _| a * b,
        "Or" => |a, b, _| f64::from(a != 0.0 || b != 0.0),
        "Pow" => |a, b, _| a.powf(b),
        "Sub" => |a, b, _| a - b,
        _ => return None,
    })
}

/// An operator of two numbers, or of any number of them from the left.
fn combine(
    call: &Call<'_, '_>,
    function: fn(f64, f64, bool) -> f64,
    output: &[usize],
    whole: bool,
) -> Option<Numbers> {
    let mut values = repeated(call, 0, output)?;
    for place in 1..call.inputs.len() {
        for (value, other) in values.iter_mut().zip(repeated(call, place, output)?) {
            *value = function(*value, other, whole);
        }
    }
    Some(Numbers::new(values, whole))
}

/// How far apart neighbours along each dimension lie in row-major order.
fn strides(shape: &[usize]) -> Vec<i64> {
    let mut strides = vec![1; shape.len()];
    for place in (1..shape.len()).rev() {
        strides[place - 1] = strides[place] * shape[place] as i64;
    }
    strides
}

/// The numbers of a tensor of shape `output` whose neighbours lie `strides` apart in `values`, the
/// first one at `offset`.
fn strided(values: &[f64], offset: i64, strides: &[i64], output: &[usize]) -> Option<Vec<f64>> {
    let value = |mut flat: usize| {
        let mut place = offset;
        for (extent, stride) in output.iter().zip(strides).rev() {
            place = place.checked_add(((flat % extent) as i64).checked_mul(*stride)?)?;
            flat /= extent;
        }
        values.get(usize::try_from(place).ok()?).copied()
    };
    (0..output.iter().product()).map(value).collect()
}

/// The numbers of an input, broadcast to the shape `output`.
fn repeated(call: &Call<'_, '_>, place: usize, output: &[usize]) -> Option<Vec<f64>> {
    let fact = call.input(place)?;
    let mut repeated = vec![0; output.len()];
    let aligned = output.len().checked_sub(fact.shape.len())?;
    for (place, stride) in strides(&fact.shape).into_iter().enumerate() {
        if fact.shape[place] > 1 {
            repeated[aligned + place] = stride;
        }
    }
    strided(&fact.numbers.as_ref()?.values, 0, &repeated, output)
}

fn concat(call: &Call<'_, '_>, inputs: &[&Numbers]) -> Option<Numbers> {
    let shape = call.shape(0).ok()?;
    let axis = axis(call.int("axis").ok()??, shape.len()).ok()?;
    let rows: usize = shape[..axis].iter().product();
    let mut values = Vec::new();
    for row in 0..rows {
        for input in inputs {
            let length = input.values.len() / rows;
            values.extend_from_slice(&input.values[row * length..(row + 1) * length]);
        }
    }
    Some(Numbers::new(values, inputs[0].whole))
}

fn gather(call: &Call<'_, '_>, data: &Numbers, places: &Numbers) -> Option<Numbers> {
    let shape = call.shape(0).ok()?;
    let axis = axis(call.int("axis").ok()?.unwrap_or(0), shape.len()).ok()?;
    let rows: usize = shape[..axis].iter().product();
    let inner: usize = shape[axis + 1..].iter().product();
    let mut values = Vec::new();
    for row in 0..rows {
        for place in &places.values {
            let place = super::call::axis(*place as i64, shape[axis]).ok()?;
            let start = (row * shape[axis] + place) * inner;
            values.extend_from_slice(&data.values[start..start + inner]);
        }
    }
    Some(Numbers::new(values, data.whole))
}

fn split(call: &Call<'_, '_>, data: &Numbers, shapes: &[Vec<usize>]) -> Option<Vec<Numbers>> {
    let shape = call.shape(0).ok()?;
    let strides = strides(shape);
    let axis = axis(call.int("axis").ok()?.unwrap_or(0), shape.len()).ok()?;
    let mut offset = 0;
    let mut parts = Vec::new();
    for part in shapes {
        parts.push(Numbers {
            values: strided(&data.values, offset, &strides, part)?,
            whole: data.whole,
        });
        offset += part[axis] as i64 * strides[axis];
    }
    Some(parts)
}
