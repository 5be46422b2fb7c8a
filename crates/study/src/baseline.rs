//! The networks that stand beside a search: ResNet-18 for each combination of input and training
//! parameters.

use edgefront_graph::{Graph, ResNet, Shape};

use crate::{Error, Study};

/// ResNet-18, as it is fed and trained.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Baseline {
    pub channels: usize,
    pub batch_size: usize,
}

impl Baseline {
    /// The baselines that a study asks for.
    pub(crate) fn all(study: &Study) -> Vec<Self> {
        if !study.header.file.search.baseline {
            return Vec::new();
        }
        let counts =
            |name: &str, default: usize| study.space.counts(name).unwrap_or_else(|| vec![default]);
        let batch_sizes = counts("batch_size", study.options.batch_size);
        let channels = counts("channels", study.dataset.channels());
        let combine = |channels| {
            let with = move |&batch_size| Self {
                channels,
                batch_size,
            };
            batch_sizes.iter().map(with)
        };
        channels.into_iter().flat_map(combine).collect()
    }

    /// Its name, by which a store knows it.
    pub(crate) fn key(&self) -> String {
        let Self {
            channels,
            batch_size,
        } = self;
        format!("ResNet-18 channels={channels} batch_size={batch_size}")
    }

    /// What of it a report shows as configuration.
    pub(crate) fn choices(&self) -> Vec<(String, Option<String>)> {
        let choice = |name: &str, value: usize| (name.to_owned(), Some(value.to_string()));
        vec![
            choice("channels", self.channels),
            choice("batch_size", self.batch_size),
        ]
    }

    /// The network.
    pub(crate) fn graph(&self, study: &Study) -> Result<Graph, Error> {
        let tile = study.tile_shape();
        let input = Shape::new(self.channels, tile.height, tile.width);
        let net = ResNet::resnet18(self.channels, tile.height, tile.classes);
        Ok(ResNet { input, ..net }.build()?)
    }
}
