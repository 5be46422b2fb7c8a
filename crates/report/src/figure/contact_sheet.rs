//! Contact sheets: what the channels of some tiles look like, side by side.

use kuva::render::color::Color;
use kuva::render::render::{Primitive, Scene, TextAnchor};

use super::Figure;
use super::palette::Theme;
use super::primitives::{Font, text, text_width};

/// The most pixels of a picture's side; larger ones are shrunk.
const MOST_PIXELS: usize = 200;
/// The side of a picture on the sheet, about. The PNG has twice as many pixels.
const SIDE: f64 = 100.0;
const GAP: f64 = 6.0;
const MARGIN: f64 = 14.0;
const HEADER: f64 = 24.0;
const LINE: f64 = 15.0;

/// Pictures in rows and columns, with their labels.
#[derive(Clone, Debug)]
pub struct ContactSheet {
    /// What the columns show.
    pub columns: Vec<String>,
    /// From the top.
    pub rows: Vec<SheetRow>,
    /// Lines below the pictures.
    pub notes: Vec<String>,
}

/// One tile.
#[derive(Clone, Debug)]
pub struct SheetRow {
    /// Its label, a line each; the first in bold.
    pub label: Vec<String>,
    /// One picture per column.
    pub pictures: Vec<Picture>,
}

/// A picture in colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    /// Red, green and blue, row by row.
    pixels: Vec<[u8; 3]>,
}

/// Colours for numbers from the least to the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ramp {
    /// Black to white.
    Grey,
    /// Blue to yellow, alike to all eyes (Nunez, Anderton and Renslow, "cividis", 2018).
    Elevation,
    /// Brown below zero, white at zero, green above.
    Diverging,
}

impl Ramp {
    fn stops(self) -> &'static [[u8; 3]] {
        match self {
            Self::Grey => &[[0, 0, 0], [255, 255, 255]],
            Self::Elevation => &[
                [0, 34, 78],
                [53, 69, 108],
                [102, 105, 112],
                [148, 142, 119],
                [200, 184, 102],
                [254, 232, 56],
            ],
            Self::Diverging => &[
                [140, 81, 10],
                [216, 179, 101],
                [245, 245, 245],
                [90, 180, 172],
                [1, 102, 94],
            ],
        }
    }

    /// The colour at a place from 0 to 1.
    fn at(self, place: f64) -> [u8; 3] {
        let stops = self.stops();
        let place = place.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
        let below = (place as usize).min(stops.len() - 2);
        let share = place - below as f64;
        std::array::from_fn(|part| {
            let [low, high] = [below, below + 1].map(|stop| f64::from(stops[stop][part]));
            (low + (high - low) * share).round() as u8
        })
    }
}

impl Picture {
    /// One channel, row by row: from its 2nd percentile to its 98th over the whole ramp, of a
    /// diverging one with zero in its middle. What is not a number becomes magenta.
    ///
    /// # Panics
    /// If the values are no whole number of rows.
    #[must_use]
    pub fn of_channel(values: &[f32], width: usize, ramp: Ramp) -> Self {
        check(values.len(), width);
        let (mut low, mut high) = range(values.iter().copied());
        if ramp == Ramp::Diverging {
            high = high.max(-low);
            low = -high;
        }
        let pixels = values.iter().map(|&value| match place(value, low, high) {
            Some(place) => ramp.at(place),
            None => MISSING,
        });
        Self {
            width,
            pixels: pixels.collect(),
        }
    }

    /// Three channels as red, green and blue, from the 2nd percentile of all to the 98th.
    ///
    /// # Panics
    /// If they are not equally long, or no whole number of rows.
    #[must_use]
    pub fn of_colours(channels: [&[f32]; 3], width: usize) -> Self {
        check(channels[0].len(), width);
        assert!(channels.iter().all(|c| c.len() == channels[0].len()));
        let (low, high) = range(channels.into_iter().flatten().copied());
        let pixel = |number: usize| {
            let parts = channels.map(|channel| place(channel[number], low, high));
            match parts {
                [Some(red), Some(green), Some(blue)] => {
                    [red, green, blue].map(|part| (255.0 * part.clamp(0.0, 1.0)).round() as u8)
                }
                _ => MISSING,
            }
        };
        Self {
            width,
            pixels: (0..channels[0].len()).map(pixel).collect(),
        }
    }

    fn height(&self) -> usize {
        self.pixels.len() / self.width
    }

    /// The picture with each square of so many pixels as one, their mean.
    fn shrunk(&self, by: usize) -> Self {
        let (width, height) = (self.width.div_ceil(by), self.height().div_ceil(by));
        let pixel = |place: usize| {
            let (row, column) = (place / width * by, place % width * by);
            let rows = row..(row + by).min(self.height());
            let columns = column..(column + by).min(self.width);
            let count = rows.len() * columns.len();
            let mut sums = [0usize; 3];
            for row in rows {
                for pixel in &self.pixels[row * self.width..][columns.clone()] {
                    for (sum, &part) in sums.iter_mut().zip(pixel) {
                        *sum += usize::from(part);
                    }
                }
            }
            sums.map(|sum| (sum / count) as u8)
        };
        Self {
            width,
            pixels: (0..width * height).map(pixel).collect(),
        }
    }
}

const MISSING: [u8; 3] = [255, 0, 255];

fn check(values: usize, width: usize) {
    assert!(
        width > 0 && values > 0 && values.is_multiple_of(width),
        "{values} values, expected rows of {width}"
    );
}

/// Where a value lies between two others, from 0 to 1; one half if those are equal. `None` if it
/// is not finite.
fn place(value: f32, low: f64, high: f64) -> Option<f64> {
    let place = if high > low {
        (f64::from(value) - low) / (high - low)
    } else {
        0.5
    };
    value.is_finite().then_some(place)
}

/// The 2nd and the 98th percentile of the finite values; zeros if there are none.
fn range(values: impl Iterator<Item = f32>) -> (f64, f64) {
    let mut values: Vec<f32> = values.filter(|value| value.is_finite()).collect();
    values.sort_unstable_by(f32::total_cmp);
    let at = |share: f64| {
        let place = (share * values.len().saturating_sub(1) as f64).round();
        values
            .get(place as usize)
            .map_or(0.0, |&value| f64::from(value))
    };
    (at(0.02), at(0.98))
}

/// Draws the sheet.
#[must_use]
pub fn contact_sheet(sheet: &ContactSheet, theme: Theme) -> Figure {
    let bold = Font {
        size: 12,
        color: theme.ink(),
        bold: true,
    };
    let plain = Font {
        color: theme.muted(),
        bold: false,
        size: 11,
    };
    let lines = sheet.rows.iter().flat_map(|row| &row.label);
    let label = lines.map(|line| text_width(line, 12)).fold(0.0, f64::max);
    let left = MARGIN + label + GAP;
    let (width, height) = size(sheet);
    let columns = sheet.columns.len() as f64;
    let notes = sheet.notes.iter().map(|note| text_width(note, 11));
    let total = (left + columns * (width + GAP)).max(notes.fold(MARGIN, |a, b| a.max(MARGIN + b)));
    let bottom = MARGIN + HEADER + sheet.rows.len() as f64 * (height + GAP);
    let mut scene = Scene::new(
        total - GAP + MARGIN,
        bottom + sheet.notes.len() as f64 * LINE + MARGIN,
    )
    .with_background(Some(theme.paper()));
    scene.font_family = Some("DejaVu Sans, Helvetica, Arial, sans-serif".to_owned());
    let column = |number: usize| left + number as f64 * (width + GAP);
    for (number, name) in sheet.columns.iter().enumerate() {
        let at = (column(number) + 0.5 * width, MARGIN + 12.0);
        scene.add(text(at, name, TextAnchor::Middle, bold));
    }
    for (number, row) in sheet.rows.iter().enumerate() {
        let top = MARGIN + HEADER + number as f64 * (height + GAP);
        for (line, words) in row.label.iter().enumerate() {
            let at = (MARGIN, top + 13.0 + line as f64 * LINE);
            let font = if line == 0 { bold } else { plain };
            scene.add(text(at, words, TextAnchor::Start, font));
        }
        for (place, picture) in row.pictures.iter().enumerate() {
            scene.add(pixels(picture, column(place), top));
        }
    }
    for (line, note) in sheet.notes.iter().enumerate() {
        let at = (MARGIN, bottom + 10.0 + line as f64 * LINE);
        scene.add(text(at, note, TextAnchor::Start, plain));
    }
    Figure {
        name: "contact-sheet".to_owned(),
        caption: sheet.notes.join(" "),
        scene,
    }
}

/// How much larger a pixel of a picture is than one of the PNG, whole so that no seams show, and
/// by how much the picture is shrunk before.
fn zoom(picture: &Picture) -> (f64, usize) {
    let side = picture.width.max(picture.height());
    let by = side.div_ceil(MOST_PIXELS);
    let times = (2.0 * SIDE) as usize / side.div_ceil(by);
    (times.max(1) as f64 / 2.0, by)
}

/// Width and height of the largest picture as drawn.
fn size(sheet: &ContactSheet) -> (f64, f64) {
    let pictures = sheet.rows.iter().flat_map(|row| &row.pictures);
    pictures.fold((0.0f64, 0.0f64), |(width, height), picture| {
        let (pixel, by) = zoom(picture);
        let drawn = |side: usize| side.div_ceil(by) as f64 * pixel;
        (
            width.max(drawn(picture.width)),
            height.max(drawn(picture.height())),
        )
    })
}

fn pixels(picture: &Picture, left: f64, top: f64) -> Primitive {
    let (pixel, by) = zoom(picture);
    let drawn = picture.shrunk(by);
    let count = drawn.pixels.len();
    // To half a unit, a pixel of the PNG.
    let [left, top] = [left, top].map(|edge| (2.0 * edge).round() / 2.0);
    Primitive::RectBatch {
        x: (0..count)
            .map(|place| left + pixel * (place % drawn.width) as f64)
            .collect(),
        y: (0..count)
            .map(|place| top + pixel * (place / drawn.width) as f64)
            .collect(),
        w: vec![pixel; count],
        h: vec![pixel; count],
        fills: (drawn.pixels.iter())
            .map(|&[red, green, blue]| Color::Rgb(red, green, blue))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ramps_go_from_end_to_end() {
        let values: Vec<f32> = (0..100).map(|n| n as f32).collect();
        let grey = Picture::of_channel(&values, 10, Ramp::Grey);
        assert_eq!((grey.width, grey.height()), (10, 10));
        assert_eq!((grey.pixels[0], grey.pixels[99]), ([0; 3], [255; 3]));
        assert!(grey.pixels.is_sorted());
        // Zero is white, whatever else there is.
        let index = Picture::of_channel(&[-0.1, 0.0, 0.8, f32::NAN], 2, Ramp::Diverging);
        assert_eq!(index.pixels[1], [245; 3]);
        assert_eq!(index.pixels[2], [1, 102, 94]);
        assert_eq!(index.pixels[3], MISSING);
        let flat = Picture::of_channel(&[7.0; 4], 2, Ramp::Grey);
        assert_eq!(flat.pixels, [[128; 3]; 4]);
    }

    #[test]
    fn colours_share_one_range() {
        let picture = Picture::of_colours([&[0.0, 1.0], &[0.0, 0.5], &[0.0, 0.0]], 2);
        assert_eq!(picture.pixels, [[0, 0, 0], [255, 128, 0]]);
    }

    #[test]
    fn large_pictures_are_shrunk_by_whole_squares() {
        let values: Vec<f32> = (0..450 * 300).map(|n| (n % 450 / 3) as f32).collect();
        let picture = Picture::of_channel(&values, 450, Ramp::Grey);
        let (pixel, by) = zoom(&picture);
        assert_eq!((pixel, by), (0.5, 3));
        let shrunk = picture.shrunk(by);
        assert_eq!((shrunk.width, shrunk.height()), (150, 100));
        assert_eq!(shrunk.pixels[7], picture.pixels[22]);
    }

    #[test]
    fn each_picture_has_its_place() {
        let picture = Picture::of_channel(&[0.0, 1.0, 2.0, 3.0], 2, Ramp::Elevation);
        let row = SheetRow {
            label: vec!["north".into(), "T".into()],
            pictures: vec![picture; 3],
        };
        let sheet = ContactSheet {
            columns: ["dem", "r", "g"].map(str::to_owned).to_vec(),
            rows: vec![row; 2],
            notes: vec!["of nothing".into()],
        };
        let figure = contact_sheet(&sheet, Theme::Light);
        let svg = figure.to_svg();
        for word in ["north", "dem", "of nothing"] {
            assert!(svg.contains(word), "{word}");
        }
        assert_eq!(svg.matches("#00224e").count(), 6);
        assert!(figure.to_png().unwrap().starts_with(b"\x89PNG"));
    }
}
