//! Pools.

use super::window::{Window, image};
use crate::onnx::outline::call::{Call, extent};

/// A pool over windows; a max-pool's second output are the places of the maxima.
pub(super) fn pool(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let (batch, channels, size) = image(call.shape(0)?)?;
    let kernel = call.ints("kernel_shape")?.unwrap_or_default();
    if kernel.len() != size.len() {
        return Err(format!(
            "`kernel_shape` is {kernel:?}, expected {} numbers",
            size.len()
        ));
    }
    let kernel = kernel
        .iter()
        .map(|number| extent(*number))
        .collect::<Result<_, _>>()?;
    let window = Window::new(call, kernel)?;
    let mut output = vec![batch, channels];
    output.extend(window.slide(size, call.flag("ceil_mode")?)?);
    Ok(vec![output; 2])
}

/// A pool over the whole image.
pub(super) fn global(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let (batch, channels, size) = image(call.shape(0)?)?;
    let mut output = vec![batch, channels];
    output.extend(size.iter().map(|_| 1));
    Ok(vec![output])
}
