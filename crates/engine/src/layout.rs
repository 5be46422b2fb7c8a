use std::ops::Range;

use edgefront_graph::Shape;

/// Where the numbers of a batch of feature maps lie: image by image, row by row, position by
/// position, the channels fastest (NHWC).
///
/// Two things make kernels simple. Every map has a `border` of zeros, at least as wide as the
/// padding of any convolution that slides over it, so that no kernel asks where an edge is. And a
/// position takes `pitch` numbers, the channels rounded up to a whole number of vector lanes,
/// the surplus zero, so that no kernel has a tail of channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Layout {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    /// Numbers from one position to the next.
    pub pitch: usize,
    /// Rows and columns of zeros on every side.
    pub border: usize,
}

impl Layout {
    /// Channels are rounded up to a multiple of this: the numbers in a line of the cache, and in
    /// the widest vector.
    pub const LANES: usize = 16;

    /// Channels padded to whole vectors.
    pub fn padded(shape: Shape, border: usize) -> Self {
        Self {
            pitch: shape.channels.next_multiple_of(Self::LANES),
            ..Self::exact(shape, border)
        }
    }

    /// Channels as they are: for an input image that only convolutions read.
    pub fn exact(shape: Shape, border: usize) -> Self {
        Self {
            height: shape.height,
            width: shape.width,
            channels: shape.channels,
            pitch: shape.channels,
            border,
        }
    }

    /// Positions of one map, without the border.
    pub fn positions(&self) -> usize {
        self.height * self.width
    }

    /// Numbers from one row to the next.
    pub fn row_stride(&self) -> usize {
        (self.width + 2 * self.border) * self.pitch
    }

    /// Numbers from one image to the next.
    pub fn image_stride(&self) -> usize {
        (self.height + 2 * self.border) * self.row_stride()
    }

    /// Numbers of a batch.
    pub fn len(&self, images: usize) -> usize {
        images * self.image_stride()
    }

    /// Index of the first channel of a position. Rows and columns count from the first one
    /// inside the border.
    pub fn at(&self, image: usize, row: usize, column: usize) -> usize {
        image * self.image_stride()
            + (row + self.border) * self.row_stride()
            + (column + self.border) * self.pitch
    }

    /// The rows of `image` without their borders: `width * pitch` numbers each.
    pub fn rows(self, image: usize) -> impl Iterator<Item = Range<usize>> {
        (0..self.height).map(move |row| {
            let start = self.at(image, row, 0);
            start..start + self.width * self.pitch
        })
    }

    /// Writes the zeros around the maps.
    pub fn clear_border<T: Copy + Default>(&self, data: &mut [T], images: usize) {
        if self.border == 0 {
            return;
        }
        let inside = self.width * self.pitch;
        let mut end = 0;
        for image in 0..images {
            // From the end of one row to the start of the next all is border.
            for row in self.rows(image) {
                data[end..row.start].fill(T::default());
                end = row.start + inside;
            }
        }
        data[end..self.len(images)].fill(T::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_border_is_what_no_row_covers() {
        let layout = Layout::padded(Shape::new(3, 2, 5), 2);
        let mut data = vec![1.0f32; layout.len(3)];
        layout.clear_border(&mut data, 3);
        let ones: usize = data.iter().filter(|&&value| value == 1.0).count();
        assert_eq!(ones, 3 * 2 * 5 * 16);
        for image in 0..3 {
            for row in layout.rows(image) {
                assert!(data[row].iter().all(|&value| value == 1.0));
            }
        }
    }
}
