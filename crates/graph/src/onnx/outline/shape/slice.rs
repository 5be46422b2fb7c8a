//! A part of a tensor.

use crate::onnx::outline::call::{Call, axis};

/// What a slice takes of one dimension.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::onnx::outline) struct Range {
    /// The first place.
    pub start: i64,
    /// From one place to the next; negative where it goes backwards.
    pub step: i64,
    /// How many.
    pub count: usize,
}

pub(super) fn slice(call: &Call<'_, '_>) -> Result<Vec<Vec<usize>>, String> {
    let shape = ranges(call)?.iter().map(|range| range.count).collect();
    Ok(vec![shape])
}

/// What a `Slice` takes of each dimension. Starts and ends count from the end where they are
/// negative, and are brought into the tensor where they lie outside.
pub(in crate::onnx::outline) fn ranges(call: &Call<'_, '_>) -> Result<Vec<Range>, String> {
    let input = call.shape(0)?;
    let starts = call.setting("starts", 1)?.ok_or("no starts are given")?;
    let ends = call.setting("ends", 2)?.ok_or("no ends are given")?;
    let axes = call.setting("axes", 3)?;
    let axes = axes.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = call.whole(4)?.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
        return Err("starts, ends, axes and steps of different numbers".to_owned());
    }
    let mut ranges: Vec<_> = input
        .iter()
        .map(|&count| Range {
            start: 0,
            step: 1,
            count,
        })
        .collect();
    for (((start, end), number), step) in starts.into_iter().zip(ends).zip(axes).zip(steps) {
        let place = axis(number, input.len())?;
        ranges[place] = range(start, end, step, input[place])?;
    }
    Ok(ranges)
}

fn range(start: i64, end: i64, step: i64, extent: usize) -> Result<Range, String> {
    let extent = extent as i64;
    let (low, high) = match step {
        0 => return Err("a step of zero".to_owned()),
        1.. => (0, extent),
        _ => (-1, extent - 1),
    };
    if extent == 0 {
        return Ok(Range {
            start: 0,
            step,
            count: 0,
        });
    }
    let place = |place: i64| {
        let counted = if place < 0 {
            place.saturating_add(extent)
        } else {
            place
        };
        counted.clamp(low, high)
    };
    // A start before the first element goes to it even where an end would go beyond.
    let (start, end) = (place(start).max(0), place(end));
    let length = if step > 0 { end - start } else { start - end };
    Ok(Range {
        start,
        step,
        count: length.max(0).unsigned_abs().div_ceil(step.unsigned_abs()) as usize,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_python() {
        let count = |start, end, step, extent| range(start, end, step, extent).unwrap().count;
        assert_eq!(count(1, i64::MAX, 1, 5), 4);
        assert_eq!(count(0, -1, 2, 5), 2);
        assert_eq!(count(-100, 100, 1, 5), 5);
        assert_eq!(count(-1, i64::MIN, -1, 5), 5);
        assert_eq!(count(4, 0, -3, 5), 2);
        assert_eq!(count(3, 1, 1, 5), 0);
        assert_eq!(count(0, 1, 1, 0), 0);
        assert_eq!(count(-1, i64::MIN, -1, 0), 0);
        assert_eq!(count(0, 5, i64::MAX, 5), 1);
        assert_eq!(count(4, -6, i64::MIN, 5), 1);
        assert!(range(0, 1, 0, 5).is_err());
    }
}
