use super::stack::Stack;
use crate::error::{Error, Size};
use crate::recipe::Recipe;

/// What a trained network takes and what it says.
#[derive(Clone, Debug)]
pub struct Signature {
    /// How its channels are made of raw bands.
    pub recipe: Recipe,
    /// Pixels of its input.
    pub size: Size,
    /// The names of its classes, in the order of its outputs.
    pub classes: Vec<String>,
    /// Width and height of a pixel of the tiles that it was trained on, in units of their coordinate
    /// system, if that is known.
    pub pixel_size: Option<[f64; 2]>,
}

/// The metadata key of the classes.
const CLASSES: &str = "classes";

/// The metadata key of the size of a pixel, `WIDTH,HEIGHT`; it may be missing.
const PIXEL_SIZE: &str = "pixel_size";

/// By what share pixels may differ from those of the training: images that were taken for the same
/// size on the ground differ by less, the next usual size by more.
const SAME_PIXELS: f64 = 0.02;

impl Signature {
    /// The signature in the metadata of a model whose input has this size and number of channels,
    /// and which has this number of outputs.
    ///
    /// # Errors
    /// [`Error::Metadata`] names a key that is missing, or whose value does not fit the network;
    /// beside it the errors of [`Recipe::from_metadata`].
    pub fn from_metadata(
        metadata: &[(String, String)],
        size: Size,
        channels: usize,
        outputs: usize,
    ) -> Result<Self, Error> {
        let recipe = Recipe::from_metadata(metadata)?;
        let fits = |key, found: &[String], expected: usize, what| {
            if found.len() == expected {
                return Ok(());
            }
            Err(Error::Metadata {
                key,
                reason: format!(
                    "{} ({}); expected {expected}, as the network has {what}",
                    found.len(),
                    found.join(", ")
                ),
            })
        };
        fits("bands", &recipe.channel_names(), channels, "input channels")?;
        let value = |of: &str| {
            let entry = metadata.iter().find(|(key, _)| key == of);
            entry.map(|(_, value)| value.as_str())
        };
        let classes = value(CLASSES).ok_or_else(|| Error::Metadata {
            key: CLASSES,
            reason: "missing; expected a model that edgefront trained".into(),
        })?;
        let classes: Vec<String> = classes.split(',').map(str::to_owned).collect();
        fits(CLASSES, &classes, outputs, "outputs")?;
        Ok(Self {
            recipe,
            size,
            classes,
            pixel_size: value(PIXEL_SIZE).map(pixel_size).transpose()?,
        })
    }

    /// Refuses rasters whose pixels are not as large as those of the training.
    ///
    /// # Errors
    /// [`Error::PixelSize`] names both. If either is not known, there is none.
    pub fn check_pixels(&self, stack: &Stack) -> Result<(), Error> {
        let (Some(expected), Some(t)) = (self.pixel_size, stack.transform()) else {
            return Ok(());
        };
        let found = [t.pixel_width, t.pixel_height];
        let differs =
            |(found, expected): (&f64, &f64)| (found / expected - 1.0).abs() > SAME_PIXELS;
        if !found.iter().zip(&expected).any(differs) {
            return Ok(());
        }
        let text = |[width, height]: [f64; 2]| format!("{width} x {height}");
        Err(Error::PixelSize {
            path: stack.path().to_path_buf(),
            found: text(found),
            expected: text(expected),
        })
    }
}

fn pixel_size(text: &str) -> Result<[f64; 2], Error> {
    let number = |text: &str| {
        text.parse()
            .ok()
            .filter(|size: &f64| size.is_finite() && *size > 0.0)
    };
    let size = text.split_once(',');
    size.and_then(|(width, height)| Some([number(width)?, number(height)?]))
        .ok_or_else(|| Error::Metadata {
            key: PIXEL_SIZE,
            reason: format!("\"{text}\"; expected WIDTH,HEIGHT"),
        })
}
