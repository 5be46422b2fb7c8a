//! Kernels that are measured: those of whole networks, their neighbours, and others.

use std::collections::BTreeSet;

use edgefront_graph::Shape;
use edgefront_random::{Key, Stream};

use super::Item;
use super::layers::{Layer, Layers};
use crate::error::Error;
use crate::ir::Ir;
use crate::kernel::{Family, Kernel};
use crate::rules::{Branching, Rules};

/// Kernels of more multiplications are not measured alone: whole networks tell.
const MAX_MACS: usize = 400_000_000;
/// Maps of more numbers are not either.
const MAX_ELEMENTS: usize = 4_000_000;
/// Kernels that are drawn around one that the first fit was off by far.
const NEIGHBOURS: usize = 4;

/// Sizes of maps: those of images of 224, of 100 and of 32 that are halved again and again.
const SIZES: &[usize] = &[4, 7, 8, 13, 14, 16, 25, 28, 32, 50, 56, 100, 112];
const CHANNELS: &[usize] = &[3, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];

/// A kernel and the maps that it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Probe {
    size: usize,
    channels: usize,
    layer: Layer,
}

/// Draws kernels: half of them from these networks, or with other channels near theirs; the
/// others from everywhere.
pub(super) fn prior(networks: &[Item], count: usize, key: Key) -> Result<Vec<Item>, Error> {
    let mut found = Vec::new();
    let plain = Rules {
        branching: Branching::Never,
        chains: Vec::new(),
        pairs: BTreeSet::new(),
    };
    for network in networks {
        let kernels = crate::detect::detect(&Ir::from_graph(&network.graph), &plain)?;
        found.extend(kernels.iter().filter_map(Probe::of));
    }
    let mut stream = key.stream();
    let mut keys = BTreeSet::new();
    let mut items = Vec::new();
    // A space of few kernels is soon exhausted.
    for draw in 0..20 * count {
        if items.len() == count {
            break;
        }
        let own = stream.choose(&found).copied();
        let probe = match (own, draw % 4) {
            (Some(own), 0) => own,
            (Some(own), 1) => own.neighbour(&mut stream),
            _ => Probe::anywhere(&mut stream),
        };
        if let Some(item) = probe.item()?
            && keys.insert(item.key.clone())
        {
            items.push(item);
        }
    }
    Ok(items)
}

/// New kernels around those with these keys.
pub(super) fn around(known: &[Item], off: &BTreeSet<String>, key: Key) -> Result<Vec<Item>, Error> {
    let mut keys: BTreeSet<String> = known.iter().map(|item| item.key.clone()).collect();
    let mut items = Vec::new();
    let centres = known.iter().filter(|item| off.contains(&item.key));
    for (index, centre) in centres.filter_map(|item| item.probe).enumerate() {
        let mut stream = key.with("centre", index as u64).stream();
        for _ in 0..NEIGHBOURS {
            if let Some(item) = centre.neighbour(&mut stream).item()?
                && keys.insert(item.key.clone())
            {
                items.push(item);
            }
        }
    }
    Ok(items)
}

impl Probe {
    /// The kernel of a network, if it can be had alone.
    fn of(kernel: &Kernel) -> Option<Self> {
        let ([window, _], [stride, _]) = (kernel.kernel, kernel.stride);
        let convolution = |depthwise| Layer::Convolution {
            channels: kernel.output_channels,
            kernel: window,
            stride,
            depthwise,
        };
        let layer = match kernel.family? {
            Family::Convolution => convolution(false),
            Family::Depthwise => convolution(true),
            Family::MaxPool => Layer::MaxPool {
                kernel: window,
                stride,
            },
            Family::AveragePool => Layer::AveragePool {
                kernel: window,
                stride,
            },
            Family::Add => Layer::Add,
            Family::Relu => Layer::Relu,
            Family::HardSwish => Layer::HardSwish,
            Family::Concat => Layer::Concat,
            _ => return None,
        };
        Some(Self {
            size: kernel.height,
            channels: kernel.input_channels,
            layer,
        })
    }

    /// A kernel of any kind; most are convolutions, which take most of the time.
    fn anywhere(stream: &mut Stream) -> Self {
        let size = pick(stream, SIZES);
        let channels = pick(stream, CHANNELS);
        let out = pick(stream, CHANNELS);
        let stride = pick(stream, &[1, 1, 2]);
        let window = pick(stream, &[1, 3, 3, 5, 7]);
        let pooled = pick(stream, &[2, 3]);
        let convolution = |depthwise| Layer::Convolution {
            channels: out,
            kernel: window,
            stride,
            depthwise,
        };
        let max = Layer::MaxPool {
            kernel: pooled,
            stride,
        };
        let mean = Layer::AveragePool {
            kernel: pooled,
            stride,
        };
        let layer = match stream.below(16) {
            0..=7 => convolution(false),
            8..=9 => convolution(true),
            10 => max,
            11 => mean,
            12 => Layer::Add,
            13 => Layer::Relu,
            14 => Layer::HardSwish,
            _ => Layer::Concat,
        };
        Self {
            size,
            channels,
            layer,
        }
    }

    /// The same kernel with other channels: each from half of what it was to a fifth more, as
    /// nn-Meter's adaptive sampling draws them.
    fn neighbour(self, stream: &mut Stream) -> Self {
        let mut near = |channels: usize| {
            let (low, high) = (channels / 2, channels + channels / 5);
            (low + stream.below((high - low).max(1))).max(1)
        };
        let channels = near(self.channels);
        let layer = match self.layer {
            Layer::Convolution {
                channels,
                kernel,
                stride,
                depthwise,
            } => Layer::Convolution {
                channels: near(channels),
                kernel,
                stride,
                depthwise,
            },
            other => other,
        };
        Self {
            channels,
            layer,
            ..self
        }
    }

    /// The network that measures it; `None` of a kernel that is too large, or a window larger than
    /// its maps.
    ///
    /// Its maps come from a convolution of one channel, since a runtime may copy its input.
    fn item(self) -> Result<Option<Item>, Error> {
        let Self {
            size,
            channels,
            layer,
        } = self;
        let (kernel, macs) = match layer {
            Layer::Convolution {
                channels: out,
                kernel,
                stride,
                depthwise,
            } => {
                let inputs = if depthwise { 1 } else { channels };
                let positions = (size / stride).max(1).pow(2);
                (kernel, positions * inputs * out * kernel * kernel)
            }
            Layer::MaxPool { kernel, .. } | Layer::AveragePool { kernel, .. } => (kernel, 0),
            _ => (1, 0),
        };
        if macs > MAX_MACS || size * size * channels > MAX_ELEMENTS || kernel > size {
            return Ok(None);
        }
        let lead = Layer::Convolution {
            channels,
            kernel: 1,
            stride: 1,
            depthwise: false,
        };
        let layers = Layers::new(Shape::new(1, size, size))?;
        Ok(Some(Item {
            key: format!("kernel {layer:?} on {channels}x{size}x{size}"),
            graph: layers.then(lead)?.then(layer)?.finish(2)?,
            probe: Some(self),
        }))
    }
}

fn pick(stream: &mut Stream, values: &[usize]) -> usize {
    values[stream.below(values.len())]
}
