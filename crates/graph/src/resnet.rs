use crate::op::{Add, BatchNorm, Conv2d, Flatten, GlobalAveragePool, Linear, MaxPool, Relu};
use crate::{Error, Graph, NodeId, Shape, Window};

/// Residual networks of basic blocks (He, Zhang, Ren and Sun, 2015): four stages of two blocks,
/// the width doubling from stage to stage and the maps halving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResNet {
    /// Bands, rows and columns of the image.
    pub input: Shape,
    /// The layers before the first block.
    pub stem: Stem,
    /// Channels of the stem and of the first stage.
    pub width: usize,
    /// Whether a ReLU follows the addition at the end of each block, as in the original. The
    /// drainage-crossing study's networks have none.
    pub relu_after_add: bool,
    /// Classes to tell apart.
    pub classes: usize,
}

/// The layers before the first residual block: convolution, batch norm, ReLU, perhaps a max-pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stem {
    /// Kernel rows and columns of the convolution.
    pub kernel: usize,
    /// Its stride.
    pub stride: usize,
    /// Its zero padding on every side.
    pub padding: usize,
    /// Kernel and stride of the max-pool, whose padding is 1; `None` without one.
    pub pool: Option<(usize, usize)>,
}

impl ResNet {
    /// ResNet-18 as torchvision builds it, for square images of `bands` bands.
    #[must_use]
    pub fn resnet18(bands: usize, size: usize, classes: usize) -> Self {
        Self {
            input: Shape::new(bands, size, size),
            stem: Stem {
                kernel: 7,
                stride: 2,
                padding: 3,
                pool: Some((3, 2)),
            },
            width: 64,
            relu_after_add: true,
            classes,
        }
    }

    /// Builds the graph. Node names follow torchvision (`conv1`, `layer1.0.conv1`, ..., `fc`).
    ///
    /// # Errors
    /// If a window does not fit its maps, or a count is zero.
    pub fn build(&self) -> Result<Graph, Error> {
        let mut graph = Graph::new(self.input)?;
        let input = graph.input();
        let Stem {
            kernel,
            stride,
            padding,
            pool,
        } = self.stem;
        let stem = Window::square(kernel, stride, padding);
        let mut x = convolve(&mut graph, "conv1", "bn1", self.width, stem, input)?;
        x = graph.push("relu", Relu, &[x])?;
        if let Some((kernel, stride)) = pool {
            x = graph.push(
                "maxpool",
                MaxPool {
                    window: Window::square(kernel, stride, 1),
                },
                &[x],
            )?;
        }
        for stage in 0..4 {
            for block in 0..2 {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                let name = format!("layer{}.{block}", stage + 1);
                x = self.basic_block(&mut graph, &name, self.width << stage, stride, x)?;
            }
        }
        x = graph.push("avgpool", GlobalAveragePool, &[x])?;
        x = graph.push("flatten", Flatten, &[x])?;
        graph.push(
            "fc",
            Linear {
                out_features: self.classes,
            },
            &[x],
        )?;
        Ok(graph)
    }

    fn basic_block(
        &self,
        graph: &mut Graph,
        name: &str,
        width: usize,
        stride: usize,
        input: NodeId,
    ) -> Result<NodeId, Error> {
        let part = |part: &str| format!("{name}.{part}");
        let window = Window::square(3, stride, 1);
        let mut x = convolve(graph, &part("conv1"), &part("bn1"), width, window, input)?;
        x = graph.push(part("relu1"), Relu, &[x])?;
        let window = Window::square(3, 1, 1);
        x = convolve(graph, &part("conv2"), &part("bn2"), width, window, x)?;
        let mut shortcut = input;
        if stride != 1 {
            let (conv, bn) = (part("downsample.0"), part("downsample.1"));
            let window = Window::square(1, stride, 0);
            shortcut = convolve(graph, &conv, &bn, width, window, input)?;
        }
        x = graph.push(part("add"), Add, &[x, shortcut])?;
        if self.relu_after_add {
            x = graph.push(part("relu2"), Relu, &[x])?;
        }
        Ok(x)
    }
}

/// A convolution without bias and its batch norm.
fn convolve(
    graph: &mut Graph,
    conv: &str,
    norm: &str,
    channels: usize,
    window: Window,
    input: NodeId,
) -> Result<NodeId, Error> {
    let x = graph.push(conv, Conv2d::new(channels, window), &[input])?;
    graph.push(norm, BatchNorm, &[x])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The maps of the study: 100 -> 50 -> 25 -> 25, 13, 7, 4.
    #[test]
    fn stages_of_the_study() {
        let graph = ResNet {
            relu_after_add: false,
            ..ResNet::resnet18(7, 100, 2)
        }
        .build()
        .unwrap();
        let height = |name: &str| {
            graph
                .nodes()
                .iter()
                .find(|node| node.name == name)
                .expect("node")
                .shape
                .height
        };
        assert_eq!(height("relu"), 50);
        assert_eq!(
            [
                "layer1.1.add",
                "layer2.1.add",
                "layer3.1.add",
                "layer4.1.add"
            ]
            .map(height),
            [25, 13, 7, 4]
        );
        assert_eq!(graph.output_shape(), Shape::vector(2));
    }

    #[test]
    fn a_window_that_does_not_fit_is_an_error() {
        let error = ResNet::resnet18(7, 0, 2).build().unwrap_err();
        assert_eq!(
            error.to_string(),
            "node `input`: Input: shape 7x0x0 has a dimension of zero"
        );
    }
}
