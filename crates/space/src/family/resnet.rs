use edgefront_graph::{Graph, ResNet, Shape, Stem};

use super::{Domain, Family, Reader, TileShape};
use crate::{Error, Values};

/// Residual networks of eight basic blocks; see [`ResNet`].
pub(super) struct ResNetFamily;

impl Family for ResNetFamily {
    fn name(&self) -> &'static str {
        "resnet"
    }

    fn parameters(&self) -> &'static [(&'static str, Domain)] {
        &[
            ("channels", Domain::Count(1..=4096)),
            ("width", Domain::Count(1..=4096)),
            ("kernel", Domain::Count(1..=255)),
            ("stride", Domain::Count(1..=255)),
            ("padding", Domain::Count(0..=255)),
            ("pool", Domain::Flag),
            ("pool_kernel", Domain::Count(1..=255)),
            ("pool_stride", Domain::Count(1..=255)),
            ("relu_after_add", Domain::Flag),
        ]
    }

    fn build(&self, values: &Values, tile: TileShape) -> Result<Graph, Error> {
        let read = Reader {
            family: self.name(),
            values,
        };
        let pool = if read.flag("pool")? {
            Some((read.count("pool_kernel")?, read.count("pool_stride")?))
        } else {
            None
        };
        let net = ResNet {
            input: Shape::new(read.count("channels")?, tile.height, tile.width),
            stem: Stem {
                kernel: read.count("kernel")?,
                stride: read.count("stride")?,
                padding: read.count("padding")?,
                pool,
            },
            width: read.count("width")?,
            relu_after_add: read.flag("relu_after_add")?,
            classes: tile.classes,
        };
        Ok(net.build()?)
    }
}
