//! nn-meter-ir JSON: an ordered map from names to
//! `{"attr": {"type", "input_shape", "output_shape", "attr": {..}}, "inbounds", "outbounds"}`.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::path::Path;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Attributes, Dimensions, Ir, IrNode};
use crate::error::Error;
use crate::file;

/// The largest file that is read: a graph without weights is a thousand times smaller.
const MAX_BYTES: u64 = 256 << 20;
/// The most operators of a graph.
const MAX_NODES: usize = 100_000;
/// The most inputs, outputs or producers of an operator.
const MAX_PORTS: usize = 4096;
/// The most dimensions of a tensor.
const MAX_RANK: usize = 8;
/// The largest dimension of a tensor: products of them stay far within an `f64`'s range.
const MAX_DIMENSION: usize = 1 << 24;

impl Ir {
    /// Reads an nn-meter-ir JSON file.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::TooLarge`] of a file that cannot be read, otherwise as
    /// [`Ir::from_json`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        parse(&file::read(path, MAX_BYTES)?, &path.display().to_string())
    }

    /// Parses nn-meter-ir JSON; `origin` names the text in errors.
    ///
    /// Outbounds are not read: they follow from the inbounds, of which those that name no node (the
    /// weights, as some converters have it) do not count.
    ///
    /// # Errors
    /// [`Error::Json`] where the text is no JSON, lacks a field, names a node twice, or exceeds the
    /// format's bounds (100,000 nodes, 4,096 tensors a node, 8 dimensions a tensor, each from 1
    /// to 2^24).
    pub fn from_json(text: &str, origin: &str) -> Result<Self, Error> {
        parse(text.as_bytes(), origin)
    }

    /// The graph as nn-meter-ir JSON, which nn-Meter reads too.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it cannot fail")]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a map with string keys is always JSON")
    }
}

fn parse(bytes: &[u8], origin: &str) -> Result<Ir, Error> {
    serde_json::from_slice(bytes).map_err(|source| Error::Json {
        origin: origin.to_owned(),
        source,
    })
}

impl<'de> Deserialize<'de> for Ir {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(IrVisitor)
    }
}

/// Keeps the order of the map, which the order of fusion depends on.
struct IrVisitor;

impl<'de> Visitor<'de> for IrVisitor {
    type Value = Ir;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from node names to nodes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ir, A::Error> {
        let mut nodes = Vec::new();
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if nodes.len() == MAX_NODES {
                return Err(de::Error::custom(format!("more than {MAX_NODES} nodes")));
            }
            if !names.insert(name.clone()) {
                return Err(de::Error::custom(format!("two nodes are named `{name}`")));
            }
            let node: RawNode = map.next_value()?;
            nodes.push(node.check(name).map_err(de::Error::custom)?);
        }
        Ok(Ir { nodes })
    }
}

#[derive(serde::Deserialize)]
struct RawNode {
    attr: RawAttr,
    #[serde(default)]
    inbounds: Vec<String>,
}

#[derive(serde::Deserialize)]
struct RawAttr {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    input_shape: Vec<Dimensions>,
    #[serde(default)]
    output_shape: Vec<Dimensions>,
    #[serde(default)]
    attr: RawAttributes,
}

/// The attributes under the names of the several converters.
#[derive(Default, serde::Deserialize)]
struct RawAttributes {
    ks: Option<Vec<usize>>,
    ksize: Option<Vec<usize>>,
    kernel_shape: Option<Vec<usize>>,
    weight_shape: Option<Vec<usize>>,
    strides: Option<Vec<usize>>,
    group: Option<usize>,
}

impl RawNode {
    fn check(self, name: String) -> Result<IrNode, String> {
        let Some(kind) = self.attr.kind else {
            return Err(format!(
                "node `{name}` has no type, expected an operator such as \"conv\""
            ));
        };
        let in_node = |problem: String| format!("node `{name}`: {problem}");
        check_shapes("input_shape", &self.attr.input_shape).map_err(in_node)?;
        check_shapes("output_shape", &self.attr.output_shape).map_err(in_node)?;
        if self.inbounds.len() > MAX_PORTS {
            return Err(in_node(format!("more than {MAX_PORTS} inbounds")));
        }
        let attributes = self.attr.attr.check().map_err(in_node)?;
        Ok(IrNode {
            name,
            kind,
            inputs: self.attr.input_shape,
            outputs: self.attr.output_shape,
            attributes,
            inbounds: self.inbounds,
        })
    }
}

fn check_shapes(what: &str, shapes: &[Dimensions]) -> Result<(), String> {
    if shapes.len() > MAX_PORTS {
        return Err(format!("more than {MAX_PORTS} shapes in {what}"));
    }
    for shape in shapes {
        if shape.len() > MAX_RANK || shape.iter().any(|d| !(1..=MAX_DIMENSION).contains(d)) {
            return Err(format!(
                "{what} {shape:?}, expected at most {MAX_RANK} dimensions from 1 to {MAX_DIMENSION}"
            ));
        }
    }
    Ok(())
}

impl RawAttributes {
    fn check(self) -> Result<Attributes, String> {
        // The precedence is nn-Meter's: the weights' own shape overrides what the node states.
        let weights = self.weight_shape.map(|mut shape| {
            shape.truncate(2);
            shape
        });
        let kernel = weights.or(self.kernel_shape).or(self.ksize).or(self.ks);
        if let Some(group) = self.group
            && !(1..=MAX_DIMENSION).contains(&group)
        {
            return Err(format!("group {group}, expected 1 to {MAX_DIMENSION}"));
        }
        Ok(Attributes {
            kernel: kernel.map(|k| window("kernel", &k)).transpose()?,
            strides: self.strides.map(|s| window("strides", &s)).transpose()?,
            group: self.group,
        })
    }
}

/// Height and width; TensorFlow writes them between batch and channels, 1-D windows lack the height.
fn window(what: &str, values: &[usize]) -> Result<[usize; 2], String> {
    let pair = match *values {
        [width] => [1, width],
        [height, width] | [1, height, width, 1] => [height, width],
        _ => [0, 0],
    };
    if pair.iter().all(|v| (1..=MAX_DIMENSION).contains(v)) {
        Ok(pair)
    } else {
        Err(format!(
            "{what} {values:?}, expected height and width from 1 to {MAX_DIMENSION}"
        ))
    }
}

impl Serialize for Ir {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut outbounds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for node in &self.nodes {
            for producer in &node.inbounds {
                outbounds.entry(producer).or_default().push(&node.name);
            }
        }
        let mut map = serializer.serialize_map(Some(self.nodes.len()))?;
        for node in &self.nodes {
            let consumers = outbounds.remove(node.name.as_str()).unwrap_or_default();
            map.serialize_entry(&node.name, &WrittenNode::new(node, consumers))?;
        }
        map.end()
    }
}

#[derive(serde::Serialize)]
struct WrittenNode<'a> {
    attr: WrittenAttr<'a>,
    inbounds: &'a [String],
    outbounds: Vec<&'a str>,
}

#[derive(serde::Serialize)]
struct WrittenAttr<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    input_shape: &'a [Dimensions],
    output_shape: &'a [Dimensions],
    attr: WrittenAttributes,
}

#[derive(serde::Serialize)]
struct WrittenAttributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    ks: Option<[usize; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    strides: Option<[usize; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<usize>,
}

impl<'a> WrittenNode<'a> {
    fn new(node: &'a IrNode, outbounds: Vec<&'a str>) -> Self {
        Self {
            attr: WrittenAttr {
                kind: &node.kind,
                input_shape: &node.inputs,
                output_shape: &node.outputs,
                attr: WrittenAttributes {
                    ks: node.attributes.kernel,
                    strides: node.attributes.strides,
                    group: node.attributes.group,
                },
            },
            inbounds: &node.inbounds,
            outbounds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONV_RELU: &str = r#"{
        "b": {"attr": {"type": "Conv", "input_shape": [[1, 9, 9, 3], [8, 3, 3, 3]],
              "output_shape": [[1, 9, 9, 8]],
              "attr": {"kernel_shape": [3, 3], "strides": [1, 1], "group": 1, "pads": [1, 1, 1, 1]}},
              "inbounds": [], "outbounds": ["a"]},
        "a": {"attr": {"type": "Relu", "input_shape": [[1, 9, 9, 8]], "output_shape": [[1, 9, 9, 8]],
              "attr": {}}, "inbounds": ["b"], "outbounds": []}}"#;

    fn message(text: &str) -> String {
        use std::error::Error as _;
        let error = Ir::from_json(text, "model.json").unwrap_err();
        format!("{error}: {}", error.source().expect("a parser's error"))
    }

    fn conv(shape: &str, attributes: &str) -> String {
        format!(
            r#"{{"c": {{"attr": {{"type": "conv", "input_shape": [{shape}], "output_shape": [],
            "attr": {attributes}}}, "inbounds": []}}}}"#
        )
    }

    #[test]
    fn keeps_the_order_and_what_latency_depends_on() {
        let ir = Ir::from_json(CONV_RELU, "model.json").unwrap();
        let names: Vec<&str> = ir.nodes().iter().map(|n| n.name.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
        assert_eq!(ir.nodes()[0].attributes.kernel, Some([3, 3]));
        assert_eq!(ir.nodes()[0].inputs[0], [1, 9, 9, 3]);
        assert_eq!(ir.nodes()[1].inbounds, ["b"]);
    }

    #[test]
    fn writes_what_it_reads() {
        let ir = Ir::from_json(CONV_RELU, "model.json").unwrap();
        let text = ir.to_json();
        assert_eq!(Ir::from_json(&text, "again").unwrap(), ir);
        assert!(
            text.contains(r#""inbounds":["b"],"outbounds":[]"#),
            "{text}"
        );
        assert!(
            text.contains(r#""inbounds":[],"outbounds":["a"]"#),
            "{text}"
        );
    }

    #[test]
    fn weights_override_the_stated_kernel() {
        let text = conv(
            "[1,9,9,3]",
            r#"{"kernel_shape":[5,5],"weight_shape":[3,2,7,8]}"#,
        );
        let ir = Ir::from_json(&text, "model.json").unwrap();
        assert_eq!(ir.nodes()[0].attributes.kernel, Some([3, 2]));
    }

    #[test]
    fn tensorflow_windows_have_four_numbers() {
        let text = conv("[1,9,9,3]", r#"{"ksize":[1,3,2,1],"strides":[2]}"#);
        let ir = Ir::from_json(&text, "model.json").unwrap();
        assert_eq!(ir.nodes()[0].attributes.kernel, Some([3, 2]));
        assert_eq!(ir.nodes()[0].attributes.strides, Some([1, 2]));
    }

    #[test]
    fn errors_name_the_origin_the_node_and_the_value() {
        for (text, expected) in [
            ("{", "EOF"),
            ("[]", "a map from node names to nodes"),
            (r#"{"c": {}}"#, "missing field `attr`"),
            (
                r#"{"c": {"attr": {}, "inbounds": []}}"#,
                "node `c` has no type",
            ),
            (
                &conv("[1,0,9,3]", "{}"),
                "node `c`: input_shape [1, 0, 9, 3]",
            ),
            (&conv("[1,1099511627776,9,3]", "{}"), "1099511627776"),
            (&conv("[1,-2,9,3]", "{}"), "-2"),
            (&conv("[1,1,1,1,1,1,1,1,1]", "{}"), "at most 8 dimensions"),
            (&conv("[1,9,9,3]", r#"{"ks": [3,3,3]}"#), "kernel [3, 3, 3]"),
            (
                &conv("[1,9,9,3]", r#"{"strides": [0,1]}"#),
                "strides [0, 1]",
            ),
            (&conv("[1,9,9,3]", r#"{"group": 0}"#), "group 0"),
        ] {
            let message = message(text);
            assert!(message.contains("`model.json`"), "{message}");
            assert!(message.contains(expected), "{message} lacks {expected}");
        }
    }

    #[test]
    fn a_name_is_used_once() {
        let node = r#"{"attr": {"type": "relu"}, "inbounds": []}"#;
        let text = format!(r#"{{"c": {node}, "c": {node}}}"#);
        assert!(message(&text).contains("two nodes are named `c`"));
    }

    #[test]
    fn deep_nesting_is_refused() {
        let text = format!(r#"{{"c": {}"#, "[".repeat(100_000));
        assert!(Ir::from_json(&text, "model.json").is_err());
    }
}
