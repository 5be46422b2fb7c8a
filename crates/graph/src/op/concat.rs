use super::Operator;
use crate::{Error, Shape};

/// The channels of several tensors with maps of one size, one tensor after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Concat {
    /// How many tensors, at least one.
    pub inputs: usize,
}

impl Concat {
    /// The most channels of a result: far beyond any network, and far below where the sizes of
    /// maps could overflow, however often a file joins a value with itself.
    pub const MAX_CHANNELS: usize = 1 << 24;
}

impl Operator for Concat {
    fn onnx_name(&self) -> &'static str {
        "Concat"
    }

    fn arity(&self) -> usize {
        self.inputs
    }

    fn infer(&self, node: &str, inputs: &[Shape]) -> Result<Shape, Error> {
        let fault = |reason| Error::Operator {
            node: node.to_owned(),
            op: "Concat",
            reason,
        };
        let Some((&first, others)) = inputs.split_first() else {
            return Err(fault("it joins nothing, expected an input".to_owned()));
        };
        let mut joined = first;
        for other in others {
            if (other.height, other.width) != (first.height, first.width) {
                return Err(fault(format!(
                    "its maps must have one size, got {first} and {other}"
                )));
            }
            joined.channels += other.channels;
            if joined.channels > Self::MAX_CHANNELS {
                let most = Self::MAX_CHANNELS;
                return Err(fault(format!(
                    "it joins {} channels or more, expected at most {most}",
                    joined.channels
                )));
            }
        }
        Ok(joined)
    }
}
