//! The part of ONNX's messages that an outline needs, after `onnx.proto3` of ONNX 1.18: names and
//! numbers, with the weights left where they are.

use super::Attribute as Number;
use super::tensor::Tensor;
use super::wire::{Value, fields, invalid};
use crate::Error;

/// `ModelProto`.
#[derive(Debug, Default)]
pub(super) struct Model<'a> {
    pub graph: Graph<'a>,
    /// The version of ONNX's own operators.
    pub opset: i64,
    pub functions: Vec<Function<'a>>,
}

/// `GraphProto`.
#[derive(Debug, Default)]
pub(super) struct Graph<'a> {
    pub nodes: Vec<Node<'a>>,
    pub initializers: Vec<Tensor<'a>>,
    pub inputs: Vec<ValueInfo<'a>>,
    pub outputs: Vec<ValueInfo<'a>>,
    /// Shapes of tensors in between, if whoever wrote the file said them.
    pub between: Vec<ValueInfo<'a>>,
}

/// `NodeProto`. An optional input or output that is left out has an empty name.
#[derive(Debug, Default)]
pub(super) struct Node<'a> {
    pub name: &'a str,
    pub kind: &'a str,
    pub domain: &'a str,
    pub overload: &'a str,
    pub inputs: Vec<&'a str>,
    pub outputs: Vec<&'a str>,
    pub attributes: Vec<Attribute<'a>>,
}

/// `AttributeProto`.
#[derive(Clone, Debug)]
pub(super) struct Attribute<'a> {
    pub name: &'a str,
    pub content: Content<'a>,
}

/// What an attribute holds.
#[derive(Clone, Debug)]
pub(super) enum Content<'a> {
    Number(Number),
    Tensor(Tensor<'a>),
    /// Within a function: the attribute of this name of the node that calls it.
    Reference(&'a str),
    /// A graph, a type, a list of texts or tensors.
    Other,
}

impl Content<'_> {
    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        64 + match self {
            Self::Number(Number::Ints(numbers)) => 8 * numbers.len(),
            Self::Number(Number::Floats(numbers)) => 4 * numbers.len(),
            Self::Number(Number::Text(text)) => text.len(),
            Self::Tensor(tensor) => 8 * tensor.dims.len(),
            Self::Number(_) | Self::Reference(_) | Self::Other => 0,
        }
    }
}

/// `ValueInfoProto` of a tensor.
#[derive(Clone, Debug, Default)]
pub(super) struct ValueInfo<'a> {
    pub name: &'a str,
    /// None where the file does not even say the rank.
    pub shape: Option<Vec<Dimension<'a>>>,
}

/// One dimension of a declared shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Dimension<'a> {
    Known(i64),
    /// A name, empty where it has none.
    Symbol(&'a str),
}

/// `FunctionProto`: an operator that the model itself defines.
#[derive(Debug, Default)]
pub(super) struct Function<'a> {
    pub name: &'a str,
    pub domain: &'a str,
    pub overload: &'a str,
    pub inputs: Vec<&'a str>,
    pub outputs: Vec<&'a str>,
    pub nodes: Vec<Node<'a>>,
    /// Attributes with the values that they have where a call does not set them.
    pub defaults: Vec<Attribute<'a>>,
}

/// Calls `read` with the number and the value of each field.
fn each<'a>(
    bytes: &'a [u8],
    mut read: impl FnMut(u64, Value<'a>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut fields = fields(bytes);
    while let Some(field) = fields.next()? {
        read(field.number, field.value)?;
    }
    Ok(())
}

impl<'a> Model<'a> {
    /// Reads a whole file.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut model = Self::default();
        let mut graph = None;
        each(bytes, |number, value| {
            match number {
                7 => graph = Some(value.bytes()?),
                8 => {
                    let (domain, version) = operator_set(value.bytes()?)?;
                    if is_default(domain) {
                        model.opset = version;
                    }
                }
                25 => model.functions.push(Function::parse(value.bytes()?)?),
                _ => {}
            }
            Ok(())
        })?;
        let graph = graph.ok_or_else(|| invalid("no graph in it"))?;
        model.graph = Graph::parse(graph)?;
        Ok(model)
    }
}

/// Whether a domain is that of ONNX's own operators.
pub(super) fn is_default(domain: &str) -> bool {
    matches!(domain, "" | "ai.onnx")
}

fn operator_set(bytes: &[u8]) -> Result<(&str, i64), Error> {
    let (mut domain, mut version) = ("", 0);
    each(bytes, |number, value| {
        match number {
            1 => domain = value.text()?,
            2 => version = value.int()?,
            _ => {}
        }
        Ok(())
    })?;
    Ok((domain, version))
}

impl<'a> Graph<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut graph = Self::default();
        each(bytes, |number, value| {
            match number {
                1 => graph.nodes.push(Node::parse(value.bytes()?)?),
                5 => graph.initializers.push(Tensor::parse(value.bytes()?)?),
                11 => graph.inputs.push(ValueInfo::parse(value.bytes()?)?),
                12 => graph.outputs.push(ValueInfo::parse(value.bytes()?)?),
                13 => graph.between.push(ValueInfo::parse(value.bytes()?)?),
                _ => {}
            }
            Ok(())
        })?;
        Ok(graph)
    }
}

impl<'a> Node<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut node = Self::default();
        each(bytes, |number, value| {
            match number {
                1 => node.inputs.push(value.text()?),
                2 => node.outputs.push(value.text()?),
                3 => node.name = value.text()?,
                4 => node.kind = value.text()?,
                5 => node.attributes.push(Attribute::parse(value.bytes()?)?),
                7 => node.domain = value.text()?,
                8 => node.overload = value.text()?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(node)
    }
}

impl<'a> Attribute<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let (mut name, mut kind, mut reference) = ("", 0, "");
        let (mut float, mut int, mut text, mut tensor) = (0.0, 0, &[][..], None);
        let (mut floats, mut ints) = (Vec::new(), Vec::new());
        each(bytes, |number, value| {
            match number {
                1 => name = value.text()?,
                2 => float = value.float()?,
                3 => int = value.int()?,
                4 => text = value.bytes()?,
                5 => tensor = Some(value.bytes()?),
                7 => value.extend_floats(&mut floats)?,
                8 => value.extend_ints(&mut ints)?,
                20 => kind = value.int()?,
                21 => reference = value.text()?,
                _ => {}
            }
            Ok(())
        })?;
        let content = match kind {
            _ if !reference.is_empty() => Content::Reference(reference),
            1 => Content::Number(Number::Float(float)),
            2 => Content::Number(Number::Int(int)),
            3 => Content::Number(Number::Text(String::from_utf8_lossy(text).into_owned())),
            4 => Content::Tensor(Tensor::parse(tensor.unwrap_or_default())?),
            6 => Content::Number(Number::Floats(floats)),
            7 => Content::Number(Number::Ints(ints)),
            _ => Content::Other,
        };
        Ok(Self { name, content })
    }
}

impl<'a> ValueInfo<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut info = Self::default();
        each(bytes, |number, value| {
            match number {
                1 => info.name = value.text()?,
                2 => info.shape = tensor_type(value.bytes()?)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(info)
    }
}

/// `TypeProto`: the shape, if it is a tensor's and is said.
fn tensor_type(bytes: &[u8]) -> Result<Option<Vec<Dimension<'_>>>, Error> {
    let mut shape = None;
    each(bytes, |number, value| {
        if number == 1 {
            each(value.bytes()?, |number, value| {
                if number == 2 {
                    shape = Some(dimensions(value.bytes()?)?);
                }
                Ok(())
            })?;
        }
        Ok(())
    })?;
    Ok(shape)
}

/// `TensorShapeProto`.
fn dimensions(bytes: &[u8]) -> Result<Vec<Dimension<'_>>, Error> {
    let mut found = Vec::new();
    each(bytes, |number, value| {
        if number == 1 {
            let mut dimension = Dimension::Symbol("");
            each(value.bytes()?, |number, value| {
                match number {
                    1 => dimension = Dimension::Known(value.int()?),
                    2 => dimension = Dimension::Symbol(value.text()?),
                    _ => {}
                }
                Ok(())
            })?;
            found.push(dimension);
        }
        Ok(())
    })?;
    Ok(found)
}

impl<'a> Function<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut function = Self::default();
        each(bytes, |number, value| {
            match number {
                1 => function.name = value.text()?,
                4 => function.inputs.push(value.text()?),
                5 => function.outputs.push(value.text()?),
                7 => function.nodes.push(Node::parse(value.bytes()?)?),
                10 => function.domain = value.text()?,
                11 => function.defaults.push(Attribute::parse(value.bytes()?)?),
                13 => function.overload = value.text()?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(function)
    }
}
