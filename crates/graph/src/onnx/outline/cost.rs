//! Multiply-accumulate operations, and which inputs are trained.

use super::call::Call;

/// Multiply-accumulate operations of a node, counted as in PyTorch's `FlopCounterMode`, which
/// counts each as two: those of convolutions, windows over the border included, and of matrix
/// products. Biases count nothing.
pub(super) fn macs(call: &Call<'_, '_>, outputs: &[Vec<usize>]) -> Result<u64, String> {
    let output = outputs.first().map_or(&[][..], Vec::as_slice);
    let factors = match call.node.kind.as_str() {
        // Each output is a sum over a window of a group's channels: (out, in / groups, rows, ...).
        "Conv" => [output, &call.shape(1)?[1..]].concat(),
        // Each input goes into a window of a group's outputs: (in, out / groups, rows, ...).
        "ConvTranspose" => [call.shape(0)?, &call.shape(1)?[1..]].concat(),
        "Gemm" => {
            let left = call.shape(0)?;
            let inner = left[usize::from(!call.flag("transA")?)];
            [output, &[inner]].concat()
        }
        "MatMul" => {
            let inner = call.shape(0)?.last().copied().unwrap_or(1);
            [output, &[inner]].concat()
        }
        "Einsum" => super::shape::einsum_extents(call)?,
        _ => return Ok(0),
    };
    factors
        .iter()
        .try_fold(1_u64, |product, factor| product.checked_mul(*factor as u64))
        .ok_or_else(|| "more multiply-accumulate operations than 64 bits count".to_owned())
}

/// Whether a float that an operator reads there is a trained number: not if it is a statistic or
/// a setting.
pub(super) fn is_trained(kind: &str, input: usize) -> bool {
    match kind {
        "BatchNormalization" => input < 3,
        "Resize" | "Upsample" => input == 0,
        "Shape" | "Size" => false,
        _ => true,
    }
}
