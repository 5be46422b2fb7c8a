//! Small networks around an operator or two.

use edgefront_graph::op::{
    Add, AveragePool, BatchNorm, Concat, Conv2d, Flatten, GlobalAveragePool, HardSwish, Linear,
    MaxPool, Op, Relu,
};
use edgefront_graph::{Error, Graph, NodeId, Shape, Window};

/// A network under construction.
pub(super) struct Layers {
    graph: Graph,
    last: NodeId,
}

/// An operator that stands alone or in a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// A convolution to so many channels, or a depthwise one.
    Convolution {
        channels: usize,
        kernel: usize,
        stride: usize,
        depthwise: bool,
    },
    MaxPool {
        kernel: usize,
        stride: usize,
    },
    AveragePool {
        kernel: usize,
        stride: usize,
    },
    BatchNorm,
    Relu,
    HardSwish,
    /// Of a value with itself.
    Add,
    /// Of a value with itself.
    Concat,
}

impl Layers {
    /// A network that reads maps of this shape.
    pub(super) fn new(input: Shape) -> Result<Self, Error> {
        let graph = Graph::new(input)?;
        let last = graph.input();
        Ok(Self { graph, last })
    }

    pub(super) fn then(mut self, layer: Layer) -> Result<Self, Error> {
        // Maps keep their size but for the stride, whatever the window.
        let window = |kernel: usize, stride| Window::square(kernel, stride, kernel / 2);
        let channels = self.graph.node(self.last).shape.channels;
        let op: Op = match layer {
            Layer::Convolution {
                channels: out,
                kernel,
                stride,
                depthwise,
            } => {
                let mut op = Conv2d::new(out, window(kernel, stride));
                op.bias = true;
                if depthwise {
                    (op.out_channels, op.groups) = (channels, channels);
                }
                op.into()
            }
            Layer::MaxPool { kernel, stride } => {
                let window = window(kernel, stride);
                MaxPool { window }.into()
            }
            Layer::AveragePool { kernel, stride } => {
                AveragePool::new(window(kernel, stride)).into()
            }
            Layer::BatchNorm => BatchNorm.into(),
            Layer::Relu => Relu.into(),
            Layer::HardSwish => HardSwish.into(),
            Layer::Add => Add.into(),
            Layer::Concat => Concat { inputs: 2 }.into(),
        };
        let inputs = vec![self.last; op.operator().arity()];
        self.push(op, &inputs)?;
        Ok(self)
    }

    /// Ends the network: an average over the map, and a layer of this many outputs.
    pub(super) fn finish(mut self, outputs: usize) -> Result<Graph, Error> {
        self.push(GlobalAveragePool, &[self.last])?;
        self.push(Flatten, &[self.last])?;
        let out_features = outputs;
        self.push(Linear { out_features }, &[self.last])?;
        Ok(self.graph)
    }

    fn push(&mut self, op: impl Into<Op>, inputs: &[NodeId]) -> Result<(), Error> {
        let name = format!("layer{}", self.graph.nodes().len());
        self.last = self.graph.push(name, op, inputs)?;
        Ok(())
    }
}
