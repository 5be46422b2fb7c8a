//! Operators that go element by element.

use crate::onnx::outline::call::Call;

/// The first input's shape.
pub(super) fn same(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    Ok(vec![call.shape(0)?.to_vec()])
}

/// The input's shape, and that of the mask.
pub(super) fn dropout(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    Ok(vec![call.shape(0)?.to_vec(); 2])
}

/// The shape that all inputs are broadcast to.
pub(super) fn broadcasting(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let mut shape = call.shape(0)?.to_vec();
    for place in 1..call.inputs.len() {
        shape = broadcast(&shape, call.shape(place)?)?;
    }
    Ok(vec![shape])
}

/// The shape that two are broadcast to, as in NumPy: aligned at their ends, and a dimension of one
/// repeats.
pub(super) fn broadcast(left: &[usize], right: &[usize]) -> Result<Vec<usize>, String> {
    let rank = left.len().max(right.len());
    let extent = |shape: &[usize], place: usize| match place + shape.len() {
        sum if sum >= rank => shape[sum - rank],
        _ => 1,
    };
    (0..rank)
        .map(|place| match (extent(left, place), extent(right, place)) {
            (left, right) if left == right || right == 1 => Ok(left),
            (1, right) => Ok(right),
            _ => Err(format!(
                "inputs of shapes {left:?} and {right:?}, which do not broadcast"
            )),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_broadcast_as_in_numpy() {
        assert_eq!(broadcast(&[2, 3, 4], &[3, 1]).unwrap(), [2, 3, 4]);
        assert_eq!(broadcast(&[4, 1], &[5]).unwrap(), [4, 5]);
        assert_eq!(broadcast(&[], &[0]).unwrap(), [0]);
        assert!(broadcast(&[2], &[3]).is_err());
    }
}
