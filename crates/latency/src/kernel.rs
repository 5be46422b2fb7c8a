//! What a device executes: one or more fused operators.

use std::fmt;

use crate::ir::Dimensions;
use crate::operator::Operators;

/// A unit of execution on a device. Shapes, window and channels are those of its first operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// The types of the operators it fuses, joined by `-`: `conv-bn-relu`.
    pub op: String,
    /// The name of its first operator in the network (several names joined by `;` if a pattern
    /// such as `se` stands first).
    pub name: String,
    /// Which model predicts it; `None` of an operator that none is known for.
    pub family: Option<Family>,
    /// The shapes of all inputs of its first operator.
    pub inputs: Vec<Dimensions>,
    /// Rows of the input map; 1 of a vector.
    pub height: usize,
    /// Columns of the input map; 1 of a vector.
    pub width: usize,
    /// Channels of the input map, or the length of a vector.
    pub input_channels: usize,
    /// Channels of the output map, or the length of a vector; of a split those of all outputs.
    pub output_channels: usize,
    /// Rows and columns of the window, `[1, 1]` without one.
    pub kernel: [usize; 2],
    /// Vertical and horizontal step of the window.
    pub stride: [usize; 2],
    /// Elements read: of all the inputs for operators that combine several, else of the first.
    pub input_elements: f64,
    /// Elements written, over all outputs.
    pub output_elements: f64,
    /// Multiply-accumulates of its convolutions, fully connected layers and products of matrices.
    pub macs: f64,
    /// Weights of its convolutions and fully connected layers.
    pub weights: f64,
}

/// The kinds of kernel that a device has a model for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// A convolution, with whatever is fused behind it.
    Convolution,
    /// A depthwise convolution, with whatever is fused behind it.
    Depthwise,
    /// A fully connected layer.
    FullyConnected,
    /// Maximum over a window.
    MaxPool,
    /// Average over a window.
    AveragePool,
    /// Average over the map.
    GlobalPool,
    /// An addition, or several in a row.
    Add,
    /// An addition and its activation.
    AddRelu,
    /// A batch norm that no convolution has taken up.
    BatchNorm,
    /// Such a batch norm with its activation.
    BatchNormRelu,
    /// An activation by itself.
    Relu,
    /// Maps joined along their channels.
    Concat,
    /// A map cut along its channels.
    Split,
    /// Channels interleaved.
    ChannelShuffle,
    /// Channels weighted by their averages.
    SqueezeExcite,
    /// The hard swish activation.
    HardSwish,
    /// A view: the same elements under another shape, which moves nothing and takes no time.
    View,
}

impl Family {
    /// Every family.
    pub const ALL: &'static [Self] = &[
        Self::Convolution,
        Self::Depthwise,
        Self::FullyConnected,
        Self::MaxPool,
        Self::AveragePool,
        Self::GlobalPool,
        Self::Add,
        Self::AddRelu,
        Self::BatchNorm,
        Self::BatchNormRelu,
        Self::Relu,
        Self::Concat,
        Self::Split,
        Self::ChannelShuffle,
        Self::SqueezeExcite,
        Self::HardSwish,
        Self::View,
    ];

    /// The short name, as device files spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Convolution => "conv",
            Self::Depthwise => "dwconv",
            Self::FullyConnected => "fc",
            Self::MaxPool => "maxpool",
            Self::AveragePool => "avgpool",
            Self::GlobalPool => "gap",
            Self::Add => "add",
            Self::AddRelu => "addrelu",
            Self::BatchNorm => "bn",
            Self::BatchNormRelu => "bnrelu",
            Self::Relu => "relu",
            Self::Concat => "concat",
            Self::Split => "split",
            Self::ChannelShuffle => "channelshuffle",
            Self::SqueezeExcite => "se",
            Self::HardSwish => "hswish",
            Self::View => "view",
        }
    }

    /// The family of a kernel by the types of its operators, or the one that stands for it; its
    /// first operator decides.
    fn of(kinds: &[&str]) -> Option<Self> {
        let then_relu = kinds[1..].contains(&"relu");
        Some(match kinds[0] {
            "dwconv" | "dwconv-bn-relu" => Self::Depthwise,
            "conv" | "conv-bn-relu" => Self::Convolution,
            "fc" => Self::FullyConnected,
            "maxpool" => Self::MaxPool,
            "avgpool" => Self::AveragePool,
            "gap" => Self::GlobalPool,
            "add" if then_relu => Self::AddRelu,
            "add" => Self::Add,
            "bn" if then_relu => Self::BatchNormRelu,
            "bn" => Self::BatchNorm,
            "relu" => Self::Relu,
            "concat" => Self::Concat,
            "split" => Self::Split,
            "channelshuffle" => Self::ChannelShuffle,
            "se" => Self::SqueezeExcite,
            "hswish" => Self::HardSwish,
            "reshape" => Self::View,
            other => return stand_in(other),
        })
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Operators that occur in none of the measured networks, each with a measured family that reads and
/// writes as much and computes about as much.
const STAND_INS: &[(&str, Family)] = &[
    // An activation with an exponential or with several steps.
    ("Sigmoid", Family::HardSwish),
    ("hardsigmoid", Family::HardSwish),
    ("silu", Family::HardSwish),
    ("gelu", Family::HardSwish),
    ("Gelu", Family::HardSwish),
    ("Tanh", Family::HardSwish),
    ("Elu", Family::HardSwish),
    ("Erf", Family::HardSwish),
    // One with a comparison.
    ("LeakyRelu", Family::Relu),
    ("PRelu", Family::Relu),
    // A fully connected layer at each of several positions: a convolution with windows of 1 x 1.
    ("linear", Family::Convolution),
    // Two tensors, element by element.
    ("mul", Family::Add),
    ("sub", Family::Add),
    ("div", Family::Add),
    // Elements that are copied elsewhere, a row at a time or one by one.
    ("pad", Family::Concat),
    ("transpose", Family::ChannelShuffle),
];

fn stand_in(kind: &str) -> Option<Family> {
    let entry = STAND_INS.iter().find(|(name, _)| *name == kind);
    entry.map(|&(_, family)| family)
}

/// Operators that hold a value instead of computing one; a kernel of these alone is none.
const VALUES: &[&str] = &["Const", "Identity", "Placeholder"];

impl Kernel {
    /// Whether no kernel of its kind was measured and its family, of about the same work, stands for
    /// it: the time of a sigmoid is that of a hard swish.
    #[must_use]
    pub fn is_approximate(&self) -> bool {
        let first = self.op.split('-').next();
        first.is_some_and(|kind| stand_in(kind).is_some())
    }

    /// The kernel of these fused operators, the root first; `None` where nothing is computed.
    pub(crate) fn new(operators: &Operators<'_>, members: &[usize]) -> Option<Self> {
        let members = || members.iter().map(|&member| &operators.nodes()[member]);
        let kinds: Vec<&str> = members()
            .map(|m| m.kind.as_ref())
            .filter(|kind| !VALUES.contains(kind))
            .collect();
        if kinds.is_empty() {
            return None;
        }
        let root = members().next()?;
        let family = Family::of(&kinds);
        let first = root.inputs.first().copied().unwrap_or_default();
        let (height, width) = match *first {
            [_, height, width, _] => (height, width),
            _ => (1, 1),
        };
        let read = match family {
            Some(Family::Concat | Family::Add | Family::AddRelu) => root.inputs.as_slice(),
            _ => root.inputs.get(..1).unwrap_or_default(),
        };
        Some(Self {
            op: kinds.join("-"),
            name: root.name.to_string(),
            family,
            inputs: root.inputs.iter().map(|shape| shape.to_vec()).collect(),
            height,
            width,
            input_channels: first.last().copied().unwrap_or(1),
            output_channels: root.outputs.iter().filter_map(|shape| shape.last()).sum(),
            kernel: root.kernel,
            stride: root.strides,
            input_elements: elements(read),
            output_elements: elements(&root.outputs),
            macs: members().map(|m| m.macs).sum(),
            weights: members().map(|m| m.weights).sum(),
        })
    }
}

/// The elements of all these tensors, the batch counted as one: devices were measured with one.
fn elements(shapes: &[&[usize]]) -> f64 {
    let of = |shape: &&[usize]| shape.iter().skip(1).map(|&d| d as f64).product::<f64>();
    shapes.iter().map(of).sum()
}
