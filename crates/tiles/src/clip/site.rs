use crate::resample::Block;

/// What a tile is cut for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A crossing: the feature of this number.
    Crossing(usize),
    /// A negative on a road.
    Road,
    /// A negative anywhere.
    Ground,
}

impl Kind {
    /// The class folder.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Crossing(_) => "T",
            Self::Road | Self::Ground => "F",
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Crossing(_) => "crossing",
            Self::Road => "road",
            Self::Ground => "ground",
        }
    }
}

/// Where a tile lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Site {
    pub block: Block,
    pub kind: Kind,
}

impl Site {
    /// The tile of `size` pixels whose centre is nearest to a position.
    pub(super) fn around(position: [f64; 2], size: usize, kind: Kind) -> Self {
        let corner = position.map(|x| (x - 0.5 * size as f64).round() as i64);
        Self {
            block: Block {
                column: corner[0],
                row: corner[1],
                width: size,
                height: size,
            },
            kind,
        }
    }

    /// The position of its centre.
    pub(super) fn centre(&self) -> [f64; 2] {
        let half = 0.5 * self.block.width as f64;
        [
            self.block.column as f64 + half,
            self.block.row as f64 + half,
        ]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_centre_is_within_half_a_pixel(
            position in prop::array::uniform2(-1e6..1e6f64),
            size in 8usize..300,
        ) {
            let centre = Site::around(position, size, Kind::Ground).centre();
            for axis in 0..2 {
                prop_assert!((centre[axis] - position[axis]).abs() <= 0.5);
            }
        }
    }
}
