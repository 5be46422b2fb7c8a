use crate::error::Error;

/// A trained network, ready to run on one thread.
pub trait Classifier: Send {
    /// Appends the probabilities of each image's classes, image by image.
    ///
    /// The images have the shape (image, row, column, channel); there are at least 1 and at most
    /// [`BATCH`] of them.
    ///
    /// # Errors
    /// [`Error::Classifier`] with the network's reason. There is none for images of the shape that
    /// its signature says.
    fn classify(&mut self, images: &[f32], probabilities: &mut Vec<f32>) -> Result<(), Error>;
}

/// The most images that a [`Classifier`] is given at once. It does not depend on the number of
/// threads, because a network's rounding may depend on it.
pub const BATCH: usize = 16;
