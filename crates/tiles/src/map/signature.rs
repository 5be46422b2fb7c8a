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
}

/// The metadata key of the classes.
const CLASSES: &str = "classes";

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
        let value = metadata.iter().find(|(key, _)| key == CLASSES);
        let (_, value) = value.ok_or_else(|| Error::Metadata {
            key: CLASSES,
            reason: "missing; expected a model that edgefront trained".into(),
        })?;
        let classes: Vec<String> = value.split(',').map(str::to_owned).collect();
        fits(CLASSES, &classes, outputs, "outputs")?;
        Ok(Self {
            recipe,
            size,
            classes,
        })
    }
}
