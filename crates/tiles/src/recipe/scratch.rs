use super::formula::Memory;

/// How many pixels are taken apart or laid together at a time.
pub(super) const BLOCK: usize = 256;

/// Memory of [`Recipe::apply`](super::Recipe::apply), kept from tile to tile.
#[derive(Debug, Default)]
pub struct Scratch {
    /// A plane per raw band.
    pub(super) bands: Vec<Vec<f32>>,
    /// What formulas compute on the way.
    pub(super) memory: Memory,
    /// A plane per channel.
    pub(super) channels: Vec<Vec<f32>>,
}

impl Scratch {
    /// Takes interleaved rasters apart.
    pub(super) fn load(&mut self, parts: &[&[f32]], bands: usize, width: usize) {
        let values: usize = parts.iter().map(|part| part.len()).sum();
        let pixels = values / bands;
        assert!(
            values == pixels * bands && pixels.is_multiple_of(width) && pixels > 0,
            "{values} values are not whole rows of {width} pixels of {bands} bands"
        );
        self.bands.resize_with(bands, Vec::new);
        let mut planes = self.bands.as_mut_slice();
        for part in parts {
            let step = part.len() / pixels;
            assert_eq!(part.len(), step * pixels, "parts of unequal size");
            let (own, rest) = planes.split_at_mut(step);
            planes = rest;
            own.iter_mut().for_each(Vec::clear);
            for block in part.chunks(BLOCK * step) {
                for (band, plane) in own.iter_mut().enumerate() {
                    plane.extend(block[band..].iter().step_by(step));
                }
            }
        }
    }

    /// The number of pixels of the bands.
    pub(super) fn pixels(&self) -> usize {
        self.bands[0].len()
    }
}
