/// An upright rectangle of positions in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The least column and row.
    pub low: [f64; 2],
    /// The greatest column and row.
    pub high: [f64; 2],
}

impl Bounds {
    /// The smallest one that holds all positions; `None` of none.
    pub fn around(positions: impl IntoIterator<Item = [f64; 2]>) -> Option<Self> {
        positions.into_iter().fold(None, |bounds, at| {
            let point = Self { low: at, high: at };
            Some(bounds.map_or(point, |bounds: Self| bounds.joined(point)))
        })
    }

    /// The smallest one that holds both.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self {
            low: [0, 1].map(|axis| self.low[axis].min(other.low[axis])),
            high: [0, 1].map(|axis| self.high[axis].max(other.high[axis])),
        }
    }

    /// What both have in common, `None` if that has no area.
    #[must_use]
    pub fn common(self, other: Self) -> Option<Self> {
        let low = [0, 1].map(|axis| self.low[axis].max(other.low[axis]));
        let high = [0, 1].map(|axis| self.high[axis].min(other.high[axis]));
        (low[0] < high[0] && low[1] < high[1]).then_some(Self { low, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_are_joined_and_cut() {
        let a = Bounds::around([[1.0, 5.0], [4.0, 2.0]]).unwrap();
        assert_eq!((a.low, a.high), ([1.0, 2.0], [4.0, 5.0]));
        let b = Bounds::around([[3.0, 0.0], [9.0, 3.0]]).unwrap();
        let common = a.common(b).unwrap();
        assert_eq!((common.low, common.high), ([3.0, 2.0], [4.0, 3.0]));
        let joined = a.joined(b);
        assert_eq!((joined.low, joined.high), ([1.0, 0.0], [9.0, 5.0]));
        let beside = Bounds::around([[4.0, 2.0], [9.0, 5.0]]).unwrap();
        assert_eq!(a.common(beside), None);
        assert_eq!(Bounds::around([]), None);
    }
}
