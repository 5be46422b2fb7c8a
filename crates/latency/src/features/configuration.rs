//! Kernels that differ in little but the size of their maps.

use std::fmt;
use std::str::FromStr;

use crate::kernel::{Family, Kernel};

/// A family, a window, channels and a class of maps: `conv3.s1.64x128.m16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Configuration {
    /// The kernels' family.
    pub family: Family,
    /// Columns of the window.
    pub kernel: usize,
    /// Horizontal step of the window.
    pub stride: usize,
    /// Channels read and written.
    pub channels: [usize; 2],
    /// The largest power of two that is not above the side of the map written, which is taken as
    /// square: whether weights or maps fill the caches depends on it.
    pub map: usize,
}

impl Configuration {
    /// That of a kernel; `None` of one of no known family.
    #[must_use]
    pub fn of(kernel: &Kernel) -> Option<Self> {
        let area = kernel.output_elements / kernel.output_channels.max(1) as f64;
        let side = area.sqrt().max(1.0) as usize;
        Some(Self {
            family: kernel.family?,
            kernel: kernel.kernel[1],
            stride: kernel.stride[1],
            channels: [kernel.input_channels, kernel.output_channels],
            map: 1 << side.ilog2(),
        })
    }
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            family,
            kernel,
            stride,
            channels: [read, written],
            map,
        } = self;
        write!(f, "{family}{kernel}.s{stride}.{read}x{written}.m{map}")
    }
}

impl FromStr for Configuration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text).ok_or_else(|| {
            format!(
                "unknown configuration `{text}`, expected family, window, channels and map as in \
                 `conv3.s1.64x128.m16`"
            )
        })
    }
}

fn parse(text: &str) -> Option<Configuration> {
    let mut parts = text.split('.');
    let [head, stride] = [parts.next()?, parts.next()?];
    let [channels, map] = [parts.next()?, parts.next()?];
    let name = head.trim_end_matches(|c: char| c.is_ascii_digit());
    let (read, written) = channels.split_once('x')?;
    let found = Configuration {
        family: *Family::ALL.iter().find(|family| family.name() == name)?,
        kernel: head[name.len()..].parse().ok()?,
        stride: stride.strip_prefix('s')?.parse().ok()?,
        channels: [read.parse().ok()?, written.parse().ok()?],
        map: map.strip_prefix('m')?.parse().ok()?,
    };
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for name in [
            "conv3.s1.64x128.m16",
            "addrelu1.s1.128x64.m4",
            "fc1.s1.512x2.m1",
        ] {
            assert_eq!(name.parse::<Configuration>().unwrap().to_string(), name);
        }
        for name in [
            "",
            "conv3",
            "conv3.s1.2x2",
            "conv3.1.2x2.m1",
            "conv3.s1.2x2.m1.mac",
            "what3.s1.2x2.m1",
        ] {
            assert!(name.parse::<Configuration>().is_err(), "{name}");
        }
    }
}
