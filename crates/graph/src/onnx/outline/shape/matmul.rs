//! Matrix products.

use std::collections::BTreeMap;

use super::elementwise::broadcast;
use crate::onnx::outline::call::Call;

/// `Gemm`: a product of two matrices, each of them transposed or not.
pub(super) fn gemm(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let matrix = |place: usize, transposed: &str| match (call.shape(place)?, call.flag(transposed)?)
    {
        ([rows, columns], false) | ([columns, rows], true) => Ok((*rows, *columns)),
        (shape, _) => Err(format!(
            "input {place} of shape {shape:?}, expected a matrix"
        )),
    };
    let (rows, left) = matrix(0, "transA")?;
    let (right, columns) = matrix(1, "transB")?;
    if left != right {
        return Err(format!("a product over {left} and {right} elements"));
    }
    Ok(vec![vec![rows, columns]])
}

/// `MatMul`: products of matrices, or vectors, whose further dimensions broadcast.
pub(super) fn matmul(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let (left, right) = (call.shape(0)?, call.shape(1)?);
    let (left_batch, rows, left_inner) = match left {
        [batch @ .., rows, inner] => (batch, Some(*rows), *inner),
        [inner] => (&[][..], None, *inner),
        [] => return Err("a scalar, expected a matrix".to_owned()),
    };
    let (right_batch, right_inner, columns) = match right {
        [batch @ .., inner, columns] => (batch, *inner, Some(*columns)),
        [inner] => (&[][..], *inner, None),
        [] => return Err("a scalar, expected a matrix".to_owned()),
    };
    if left_inner != right_inner {
        return Err(format!(
            "inputs of shapes {left:?} and {right:?}, which do not multiply"
        ));
    }
    let mut shape = broadcast(left_batch, right_batch)?;
    shape.extend(rows);
    shape.extend(columns);
    Ok(vec![shape])
}

/// `Einsum` without an ellipsis: the extents of its letters, and the letters of its output.
fn letters(call: &Call<'_, '_>) -> Result<(BTreeMap<char, usize>, Vec<char>), String> {
    let equation = call.text("equation")?.unwrap_or_default();
    let equation: String = equation.chars().filter(|c| !c.is_whitespace()).collect();
    let (terms, output) = match equation.split_once("->") {
        Some((terms, output)) => (terms, Some(output)),
        None => (equation.as_str(), None),
    };
    if equation.contains('.') {
        return Err(format!(
            "the equation {equation:?}, expected one without an ellipsis"
        ));
    }
    let mut extents = BTreeMap::new();
    let mut uses = BTreeMap::new();
    if terms.split(',').count() != call.inputs.len() {
        return Err(format!(
            "the equation {equation:?} for {} inputs",
            call.inputs.len()
        ));
    }
    for (place, term) in terms.split(',').enumerate() {
        let shape = call.shape(place)?;
        if term.chars().count() != shape.len() {
            return Err(format!(
                "`{term}` in the equation for an input of shape {shape:?}"
            ));
        }
        for (letter, extent) in term.chars().zip(shape) {
            *uses.entry(letter).or_insert(0) += 1;
            if *extents.entry(letter).or_insert(*extent) != *extent {
                return Err(format!(
                    "`{letter}` of {equation:?} is {extent} and something else"
                ));
            }
        }
    }
    let output = match output {
        Some(output) => output.chars().collect(),
        None => uses
            .into_iter()
            .filter(|(_, uses)| *uses == 1)
            .map(|(letter, _)| letter)
            .collect(),
    };
    Ok((extents, output))
}

pub(super) fn einsum(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let (extents, output) = letters(call)?;
    let shape = output.iter().map(|letter| {
        let extent = extents.get(letter).copied();
        extent.ok_or_else(|| format!("`{letter}` of the output is in no input"))
    });
    Ok(vec![shape.collect::<Result<_, _>>()?])
}

/// The extents of all letters of an `Einsum` of two inputs: their product is the number of its
/// multiplications. Those of another number of inputs depend on the order of its products; none
/// are given.
pub(in crate::onnx::outline) fn einsum_extents(call: &Call<'_, '_>) -> Result<Vec<usize>, String> {
    match call.inputs.len() {
        2 => Ok(letters(call)?.0.into_values().collect()),
        others => Err(format!("{others} inputs, expected two")),
    }
}
