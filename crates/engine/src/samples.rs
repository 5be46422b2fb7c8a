use edgefront_graph::Shape;

use crate::{ChannelScales, Error};

/// Labelled images, all of one shape.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a> {
    images: &'a [f32],
    labels: &'a [usize],
    shape: Shape,
    classes: usize,
    groups: Option<&'a [usize]>,
    scales: Option<&'a ChannelScales>,
}

impl<'a> Samples<'a> {
    /// Samples from `images` in the order (sample, row, column, band) and one label of `0..classes`
    /// for each.
    ///
    /// # Errors
    /// If the images are not as many as the labels, or a label is not below `classes`.
    pub fn new(
        images: &'a [f32],
        labels: &'a [usize],
        shape: Shape,
        classes: usize,
    ) -> Result<Self, Error> {
        if classes < 2 {
            return Err(Error::TooFewClasses(classes));
        }
        if images.len() != labels.len() * shape.elements() {
            return Err(Error::ImageData {
                samples: labels.len(),
                shape,
                got: images.len(),
            });
        }
        if let Some(sample) = labels.iter().position(|&label| label >= classes) {
            return Err(Error::Label {
                sample,
                label: labels[sample],
                classes,
            });
        }
        Ok(Self {
            images,
            labels,
            shape,
            classes,
            groups: None,
            scales: None,
        })
    }

    /// The samples with the group of each: what is held back of a training to validate with, then,
    /// is whole groups.
    ///
    /// # Errors
    /// If the groups are not as many as the samples.
    pub fn with_groups(self, groups: &'a [usize]) -> Result<Self, Error> {
        if groups.len() != self.len() {
            return Err(Error::Groups {
                groups: groups.len(),
                samples: self.len(),
            });
        }
        Ok(Self {
            groups: Some(groups),
            ..self
        })
    }

    /// These samples, their channels scaled whenever a network is shown them.
    ///
    /// # Errors
    /// If the scales are not one for each channel.
    pub fn scaled(self, scales: &'a ChannelScales) -> Result<Self, Error> {
        scales.check(self.shape.channels)?;
        Ok(Self {
            scales: Some(scales),
            ..self
        })
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Bands, rows and columns of a sample.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The image of a sample as it was given: (row, column, band).
    ///
    /// # Panics
    /// If there is no such sample.
    #[must_use]
    pub fn image(&self, index: usize) -> &'a [f32] {
        let size = self.shape.elements();
        &self.images[index * size..(index + 1) * size]
    }

    /// The label of a sample.
    ///
    /// # Panics
    /// If there is no such sample.
    #[must_use]
    pub fn label(&self, index: usize) -> usize {
        self.labels[index]
    }

    /// The group of a sample, if there are groups.
    pub(crate) fn group(&self, index: usize) -> Option<usize> {
        self.groups.map(|groups| groups[index])
    }

    /// Makes images of samples what a network is shown.
    pub(crate) fn scale(&self, images: &mut [f32]) {
        if let Some(scales) = self.scales {
            scales.apply(images);
        }
    }

    pub(crate) fn scales(&self) -> Option<&ChannelScales> {
        self.scales
    }

    pub(crate) fn check_indices(&self, indices: &[usize]) -> Result<(), Error> {
        match indices.iter().find(|&&index| index >= self.len()) {
            None => Ok(()),
            Some(&index) => Err(Error::Index {
                index,
                samples: self.len(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused() {
        let shape = Shape::new(2, 1, 3);
        let images = [0.0; 12];
        let samples = Samples::new(&images, &[0, 1], shape, 2).unwrap();
        assert_eq!(
            (samples.len(), samples.image(1).len(), samples.label(1)),
            (2, 6, 1)
        );
        let message = |images, labels, classes| {
            Samples::new(images, labels, shape, classes)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            message(&images[1..], &[0, 1], 2),
            "2 samples of 2x1x3 need 12 numbers of image data, got 11"
        );
        assert_eq!(
            message(&images, &[0, 2], 2),
            "sample 1 has the label 2, expected 0 to 1"
        );
        assert_eq!(
            message(&images, &[0, 0], 1),
            "1 class(es) given, expected at least 2"
        );
    }
}
