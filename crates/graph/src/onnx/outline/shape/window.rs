//! Windows that slide over an image: convolutions and pools.

use crate::onnx::outline::call::{Call, extent};

/// The settings of a window, one number for each spatial dimension.
pub(super) struct Window {
    pub kernel: Vec<usize>,
    pub strides: Vec<usize>,
    pub dilations: Vec<usize>,
    /// How padding is chosen.
    pub padding: Padding,
}

/// How much is added around an image.
pub(super) enum Padding {
    /// Before and after each dimension.
    Explicit(Vec<(usize, usize)>),
    /// As much as makes the output as large as the input by the stride, rounded up.
    Same,
}

impl Window {
    /// Reads the settings of a window of the size `kernel`.
    pub fn new(call: &Call<'_, '_>, kernel: Vec<usize>) -> Result<Self, String> {
        let rank = kernel.len();
        let strides = numbers(call, "strides", rank, 1)?;
        let dilations = numbers(call, "dilations", rank, 1)?;
        for (name, of) in [
            ("kernel_shape", &kernel),
            ("strides", &strides),
            ("dilations", &dilations),
        ] {
            if of.contains(&0) {
                return Err(format!("`{name}` is {of:?}, expected no zero"));
            }
        }
        let padding = match call.text("auto_pad")?.unwrap_or("NOTSET") {
            "SAME_UPPER" | "SAME_LOWER" => Padding::Same,
            "VALID" => Padding::Explicit(vec![(0, 0); rank]),
            "NOTSET" => {
                let pads = numbers(call, "pads", 2 * rank, 0)?;
                Padding::Explicit((0..rank).map(|d| (pads[d], pads[rank + d])).collect())
            }
            other => return Err(format!("`auto_pad` is {other:?}")),
        };
        Ok(Self {
            kernel,
            strides,
            dilations,
            padding,
        })
    }

    /// How far the window reaches in a dimension.
    pub fn reach(&self, dimension: usize) -> Result<usize, String> {
        let gaps = (self.kernel[dimension] - 1).checked_mul(self.dilations[dimension]);
        gaps.and_then(|gaps| gaps.checked_add(1))
            .ok_or_else(|| "a window beyond all bounds".to_owned())
    }

    /// How often the window fits into each dimension of an image. With `ceil`, a last window may
    /// begin in the image, or in the padding before it, and end outside.
    pub fn slide(&self, image: &[usize], ceil: bool) -> Result<Vec<usize>, String> {
        (0..image.len())
            .map(|dimension| {
                let (size, stride) = (image[dimension], self.strides[dimension]);
                let Padding::Explicit(pads) = &self.padding else {
                    return Ok(size.div_ceil(stride));
                };
                let (before, after) = pads[dimension];
                let reach = self.reach(dimension)?;
                let padded = size
                    .checked_add(before)
                    .and_then(|size| size.checked_add(after));
                let room = padded
                    .and_then(|padded| padded.checked_sub(reach))
                    .ok_or_else(|| {
                        format!(
                            "a window that reaches over {reach} does not fit into {size} with \
                         {before} and {after} padded"
                        )
                    })?;
                let count = if ceil {
                    room.div_ceil(stride)
                } else {
                    room / stride
                } + 1;
                let outside = ceil && (count - 1).saturating_mul(stride) >= size + before;
                Ok(count - usize::from(outside))
            })
            .collect()
    }
}

/// An attribute with `count` numbers that are not negative, all of them `default` if it is not set.
pub(super) fn numbers(
    call: &Call<'_, '_>,
    name: &str,
    count: usize,
    default: usize,
) -> Result<Vec<usize>, String> {
    match call.ints(name)? {
        None => Ok(vec![default; count]),
        Some(numbers) if numbers.len() == count => numbers
            .iter()
            .map(|number| extent(*number).map_err(|_| format!("`{name}` is {numbers:?}")))
            .collect(),
        Some(numbers) => Err(format!("`{name}` is {numbers:?}, expected {count} numbers")),
    }
}

/// The batch, the channels and the spatial dimensions of an image.
pub(super) fn image(shape: &[usize]) -> Result<(usize, usize, &[usize]), String> {
    match shape {
        [batch, channels, image @ ..] if !image.is_empty() => Ok((*batch, *channels, image)),
        _ => Err(format!(
            "an input of shape {shape:?}, expected batch, channels and an image"
        )),
    }
}
