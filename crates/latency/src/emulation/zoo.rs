//! How the layers of well-known networks are distributed: what kernels are sampled by.
//!
//! nn-Meter's builder draws from tables of the layers of a model zoo that are not published. These
//! are the layers of the 31 reference networks of its integration tests instead (18 of its own
//! benchmark, 13 of torchvision, Inception at its own 299 x 299): 1,227 convolutions where nn-Meter
//! has 1,251, 163 depthwise ones, 46 fully connected layers and 100 pools, counted in 40 equal bins
//! as the builder does.

use edgefront_random::Stream;

/// A histogram of 40 equal bins from the least to the greatest value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Histogram {
    low: f64,
    high: f64,
    counts: [u16; 40],
}

impl Histogram {
    /// A value by the inverse of the cumulative distribution, linear within a bin, cut to a whole
    /// number.
    pub(crate) fn draw(&self, stream: &mut Stream) -> usize {
        let total: f64 = self.counts.iter().map(|&count| f64::from(count)).sum();
        let mut left = stream.unit() * total;
        let width = (self.high - self.low) / self.counts.len() as f64;
        for (bin, &count) in self.counts.iter().enumerate() {
            let count = f64::from(count);
            if left < count {
                return (self.low + width * (bin as f64 + left / count)) as usize;
            }
            left -= count;
        }
        self.high as usize
    }
}

/// Values and how often they occur.
pub(crate) type Frequencies = &'static [(usize, u16)];

/// One of the values, as often as it occurs.
pub(crate) fn draw(frequencies: Frequencies, stream: &mut Stream) -> usize {
    let total: usize = frequencies
        .iter()
        .map(|&(_, count)| usize::from(count))
        .sum();
    let mut left = stream.below(total);
    for &(value, count) in frequencies {
        if left < usize::from(count) {
            return value;
        }
        left -= usize::from(count);
    }
    unreachable!("the draw is below the total")
}

/// Rows of the maps that convolutions read.
pub(crate) const CONVOLUTION_MAP: Histogram = Histogram {
    low: 1.0,
    high: 224.0,
    counts: [
        50, 229, 466, 0, 236, 0, 25, 0, 0, 155, 0, 0, 2, 0, 0, 0, 0, 0, 0, 27, 0, 0, 0, 0, 0, 0, 2,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 35,
    ],
};

/// Channels that convolutions read.
pub(crate) const CONVOLUTION_INPUTS: Histogram = Histogram {
    low: 3.0,
    high: 2160.0,
    counts: [
        152, 149, 223, 129, 139, 22, 4, 31, 28, 129, 21, 6, 14, 4, 24, 22, 3, 21, 39, 2, 2, 8, 2,
        8, 2, 2, 2, 2, 2, 2, 2, 4, 2, 2, 2, 2, 2, 12, 2, 3,
    ],
};

/// Channels that convolutions write.
pub(crate) const CONVOLUTION_OUTPUTS: Histogram = Histogram {
    low: 4.0,
    high: 2048.0,
    counts: [
        250, 182, 215, 180, 135, 7, 12, 28, 2, 113, 0, 15, 0, 8, 0, 0, 0, 0, 16, 39, 1, 0, 6, 0, 6,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12,
    ],
};

/// Windows of convolutions; those of 11 count as 7, the largest that is sampled.
pub(crate) const CONVOLUTION_WINDOW: Frequencies = &[(1, 788), (3, 398), (5, 14), (7, 27)];

/// Strides of convolutions.
pub(crate) const CONVOLUTION_STRIDE: Frequencies = &[(1, 1162), (2, 63), (4, 2)];

/// Rows of the maps that depthwise convolutions read.
pub(crate) const DEPTHWISE_MAP: Histogram = Histogram {
    low: 7.0,
    high: 112.0,
    counts: [
        27, 0, 68, 0, 0, 0, 0, 0, 33, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 15,
    ],
};

/// Channels of depthwise convolutions.
pub(crate) const DEPTHWISE_CHANNELS: Histogram = Histogram {
    low: 16.0,
    high: 1152.0,
    counts: [
        10, 19, 7, 30, 6, 2, 7, 18, 2, 4, 0, 0, 8, 0, 0, 0, 9, 6, 0, 13, 0, 0, 0, 4, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 11, 0, 1, 0, 0, 0, 6,
    ],
};

/// Windows of depthwise convolutions.
pub(crate) const DEPTHWISE_WINDOW: Frequencies = &[(3, 116), (5, 40), (7, 7)];

/// Strides of depthwise convolutions.
pub(crate) const DEPTHWISE_STRIDE: Frequencies = &[(1, 119), (2, 44)];

/// Numbers that fully connected layers read.
pub(crate) const CONNECTED_INPUTS: Histogram = Histogram {
    low: 256.0,
    high: 25_088.0,
    counts: [
        10, 12, 4, 1, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
    ],
};

/// Numbers that fully connected layers write.
pub(crate) const CONNECTED_OUTPUTS: Histogram = Histogram {
    low: 1000.0,
    high: 4096.0,
    counts: [
        30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 16,
    ],
};

/// Channels of pools.
pub(crate) const POOL_CHANNELS: Histogram = Histogram {
    low: 24.0,
    high: 2048.0,
    counts: [
        20, 3, 7, 9, 15, 2, 0, 1, 0, 29, 0, 0, 0, 0, 5, 6, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
    ],
};

/// Windows of pools.
pub(crate) const POOL_WINDOW: Frequencies = &[(2, 40), (3, 60)];

/// Strides of pools.
pub(crate) const POOL_STRIDE: Frequencies = &[(1, 29), (2, 71)];
