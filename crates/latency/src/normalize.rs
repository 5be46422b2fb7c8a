//! One spelling for operators that converters name differently, and what each computes.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::error::Error;
use crate::ir::{Ir, IrNode};
use crate::operator::{Operator, Operators};

/// The normalised names of operators; an operator that is not listed keeps its own.
///
/// The list is nn-Meter's, its gaps included: `BiasAdd` is not `Biasadd`, and the pattern of the
/// squeeze-and-excitation block relies on that. Ours are `HardSwish`, which nn-Meter knows as four
/// operators and gives no time as one, and the views `Squeeze` and `Unsqueeze`.
const ALIASES: &[(&str, &str)] = &[
    ("Relu", "relu"),
    ("Relu6", "relu"),
    ("Clip", "relu"),
    ("Add", "add"),
    ("Biasadd", "add"),
    ("Conv2D", "conv"),
    ("Conv", "conv"),
    ("DepthwiseConv2dNative", "dwconv"),
    ("FusedBatchNorm", "bn"),
    ("FusedBatchNormV3", "bn"),
    ("BatchNormalization", "bn"),
    ("MatMul", "fc"),
    ("Gemm", "fc"),
    ("MaxPool", "maxpool"),
    ("AvgPool", "avgpool"),
    ("AveragePool", "avgpool"),
    ("Mean", "gap"),
    ("ReduceMean", "gap"),
    ("GlobalAveragePool", "gap"),
    ("Mul", "mul"),
    ("Div", "div"),
    ("Sub", "sub"),
    ("ConcatV2", "concat"),
    ("Concat", "concat"),
    ("Split", "split"),
    ("Slice", "split"),
    ("Reshape", "reshape"),
    ("Flatten", "reshape"),
    ("Squeeze", "reshape"),
    ("Unsqueeze", "reshape"),
    ("HardSigmoid", "hardsigmoid"),
    ("HardSwish", "hswish"),
    ("Transpose", "transpose"),
    ("Pad", "pad"),
];

/// The network as fusion needs it: normalised, its edges resolved, operators without edges dropped.
///
/// # Errors
/// [`Error::Node`] where a convolution, fully connected layer or pooling lacks the shapes or the
/// window that its cost depends on, or where no node reads another: nothing would be left of the
/// network, and nothing takes no time.
pub(crate) fn normalize(ir: &Ir) -> Result<Operators<'_>, Error> {
    let (kept, producers) = connected(ir);
    if let (true, Some(first)) = (kept.is_empty(), ir.nodes().first()) {
        return Err(Error::Node {
            node: first.name.clone(),
            found: "no edge, nor at any other node".to_owned(),
            expected: "inbounds that name the nodes read from",
        });
    }
    let nodes = kept
        .into_iter()
        .zip(producers)
        .map(|(node, producers)| operator(node, producers))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Operators::new(nodes))
}

/// The nodes that have an edge (all of a graph of one), with their producers among them.
///
/// An inbound that names no node (an input or a weight in some converters' files) is no edge.
fn connected(ir: &Ir) -> (Vec<&IrNode>, Vec<Vec<usize>>) {
    let nodes = ir.nodes();
    let index: HashMap<&str, usize> = nodes
        .iter()
        .enumerate()
        .map(|(i, node)| (node.name.as_str(), i))
        .collect();
    let producers: Vec<Vec<usize>> = nodes
        .iter()
        .map(|node| {
            let names = node.inbounds.iter();
            names
                .filter_map(|n| index.get(n.as_str()).copied())
                .collect()
        })
        .collect();
    let mut has_edge = vec![nodes.len() == 1; nodes.len()];
    for (consumer, producers) in producers.iter().enumerate() {
        for &producer in producers {
            has_edge[producer] = true;
            has_edge[consumer] = true;
        }
    }
    let mut renumbered = vec![0; nodes.len()];
    let mut kept = Vec::new();
    for (old, node) in nodes.iter().enumerate() {
        if has_edge[old] {
            renumbered[old] = kept.len();
            kept.push(node);
        }
    }
    let edges = producers
        .into_iter()
        .zip(&has_edge)
        .filter(|(_, has_edge)| **has_edge)
        .map(|(producers, _)| producers.into_iter().map(|p| renumbered[p]).collect())
        .collect();
    (kept, edges)
}

fn operator(node: &IrNode, producers: Vec<usize>) -> Result<Operator<'_>, Error> {
    let mut operator = Operator {
        name: Cow::Borrowed(&node.name),
        kind: Cow::Borrowed(alias(&node.kind)),
        inputs: node.inputs.iter().map(Vec::as_slice).collect(),
        outputs: node.outputs.iter().map(Vec::as_slice).collect(),
        kernel: node.attributes.kernel.unwrap_or([1, 1]),
        strides: node.attributes.strides.unwrap_or([1, 1]),
        macs: 0.0,
        weights: 0.0,
        producers,
    };
    match operator.kind.as_ref() {
        "conv" | "dwconv" => convolution(node, &mut operator)?,
        "fc" => product(node, &mut operator)?,
        // Over other axes than a map's rows and columns it is no global pooling.
        "gap" if !averages_maps(node) => operator.kind = Cow::Borrowed(&node.kind),
        "maxpool" | "avgpool" => {
            image(node, "input", &node.inputs)?;
            image(node, "output", &node.outputs)?;
            window(node)?;
        }
        "add" | "mul" | "div" | "sub" => {
            // An operand that is broadcast, a constant or a gate, is counted with the shape that it
            // takes: the result's, or where that is not stated the other operand's.
            let inputs = node.inputs.iter().take(2);
            let mut shapes = node.outputs.first().into_iter().chain(inputs);
            if let Some(tensor) = shapes.find(|shape| !shape.is_empty()) {
                operator.inputs.fill(tensor);
            }
        }
        _ => {}
    }
    Ok(operator)
}

fn alias(kind: &str) -> &str {
    ALIASES
        .iter()
        .find(|(spelling, _)| *spelling == kind)
        .map_or(kind, |(_, name)| name)
}

fn convolution(node: &IrNode, operator: &mut Operator<'_>) -> Result<(), Error> {
    let [_, _, input_channels] = image(node, "input", &node.inputs)?;
    let [height, width, channels] = image(node, "output", &node.outputs)?;
    let [kernel_height, kernel_width] = window(node)?;
    // Over a single channel every convolution has as many groups as channels. nn-Meter takes it for
    // a depthwise one even so; on a device it runs as the dense one that it is.
    if input_channels > 1 && node.attributes.group == Some(input_channels) {
        operator.kind = Cow::Borrowed("dwconv");
    }
    let groups = match node.attributes.group {
        _ if operator.kind == "dwconv" => input_channels,
        Some(groups) if input_channels.is_multiple_of(groups) => groups,
        Some(groups) => {
            return Err(Error::Node {
                node: node.name.clone(),
                found: format!("{groups} groups of {input_channels} channels"),
                expected: "groups of as many channels each",
            });
        }
        None => 1,
    };
    let window = kernel_height as f64 * kernel_width as f64;
    operator.weights = window * (input_channels / groups) as f64 * channels as f64;
    operator.macs = operator.weights * height as f64 * width as f64;
    Ok(())
}

/// A fully connected layer; `linear`, if it is one at each of several positions; or the product of two
/// computed matrices, which no device has figures for and which keeps its own name.
fn product<'ir>(node: &'ir IrNode, operator: &mut Operator<'ir>) -> Result<(), Error> {
    let shape = |what, shapes: &[Vec<usize>]| {
        let shape = shapes.first().map_or(&[][..], Vec::as_slice);
        match shape {
            [_, positions @ .., features] => {
                let positions = positions.iter().map(|&d| d as f64).product::<f64>();
                Ok((positions, *features as f64))
            }
            _ => Err(Error::Node {
                node: node.name.clone(),
                found: format!("{what} {shape:?}"),
                expected: "batch and features of a fully connected layer",
            }),
        }
    };
    let (_, input) = shape("input", &node.inputs)?;
    let (positions, output) = shape("output", &node.outputs)?;
    operator.macs = input * output * positions;
    if operator.producers.len() > 1 {
        operator.kind = Cow::Borrowed(&node.kind);
        return Ok(());
    }
    operator.weights = input * output;
    if positions > 1.0 {
        operator.kind = Cow::Borrowed("linear");
    }
    Ok(())
}

/// Whether this mean takes each map to one number. Files without shapes mean that.
fn averages_maps(node: &IrNode) -> bool {
    match (node.inputs.first(), node.outputs.first()) {
        (Some(input), Some(output)) => match (input.as_slice(), output.as_slice()) {
            (&[batch, _, _, channels], &[outer, ref ones @ .., inner]) => {
                (outer, inner) == (batch, channels) && ones.iter().all(|&one| one == 1)
            }
            _ => false,
        },
        _ => true,
    }
}

/// Height, width and channels of the first of these shapes.
fn image(node: &IrNode, what: &str, shapes: &[Vec<usize>]) -> Result<[usize; 3], Error> {
    match shapes.first().map(Vec::as_slice) {
        Some(&[_, height, width, channels]) => Ok([height, width, channels]),
        shape => Err(Error::Node {
            node: node.name.clone(),
            found: format!("{what} {:?}", shape.unwrap_or_default()),
            expected: "a shape of batch, height, width, channels",
        }),
    }
}

fn window(node: &IrNode) -> Result<[usize; 2], Error> {
    node.attributes.kernel.ok_or_else(|| Error::Node {
        node: node.name.clone(),
        found: "no kernel size".to_owned(),
        expected: "the attribute ks, kernel_shape or ksize",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, kind: &str, shapes: &str, attributes: &str, inbounds: &str) -> String {
        format!(
            r#""{name}": {{"attr": {{"type": "{kind}", {shapes}, "attr": {attributes}}},
            "inbounds": {inbounds}}}"#
        )
    }

    fn ir(nodes: &[String]) -> Ir {
        Ir::from_json(&format!("{{{}}}", nodes.join(",")), "test").unwrap()
    }

    const SHAPES: &str = r#""input_shape": [[1,8,8,6]], "output_shape": [[1,4,4,6]]"#;

    #[test]
    fn groups_decide_what_is_depthwise() {
        for (group, kind, weights) in [(6, "dwconv", 54.0), (3, "conv", 108.0), (1, "conv", 324.0)]
        {
            let attributes = format!(r#"{{"kernel_shape": [3,3], "group": {group}}}"#);
            let ir = ir(&[node("c", "Conv", SHAPES, &attributes, "[]")]);
            let operators = normalize(&ir).unwrap();
            assert_eq!(operators.nodes()[0].kind, kind);
            assert_eq!(operators.nodes()[0].weights, weights);
            assert_eq!(operators.nodes()[0].macs, weights * 16.0);
        }
    }

    #[test]
    fn a_convolution_of_one_band_is_dense() {
        let shapes = r#""input_shape": [[1,8,8,1]], "output_shape": [[1,4,4,6]]"#;
        let attributes = r#"{"kernel_shape": [3,3], "group": 1}"#;
        let ir = ir(&[node("c", "Conv", shapes, attributes, "[]")]);
        let operators = normalize(&ir).unwrap();
        assert_eq!(operators.nodes()[0].kind, "conv");
        assert_eq!(operators.nodes()[0].weights, 54.0);
    }

    #[test]
    fn constants_take_the_shape_of_the_tensor() {
        let shapes = r#""input_shape": [[], [1,4,4,6]], "output_shape": [[1,4,4,6]]"#;
        let ir = ir(&[node("m", "Mul", shapes, "{}", "[]")]);
        let operators = normalize(&ir).unwrap();
        assert_eq!(operators.nodes()[0].kind, "mul");
        assert_eq!(operators.nodes()[0].inputs, [[1, 4, 4, 6]; 2]);
    }

    #[test]
    fn nodes_without_edges_and_edges_without_nodes_are_dropped() {
        let ir = ir(&[
            node("alone", "Relu", SHAPES, "{}", r#"["weight"]"#),
            node("a", "Relu6", SHAPES, "{}", r#"["input"]"#),
            node("b", "Clip", SHAPES, "{}", r#"["a", "a"]"#),
        ]);
        let operators = normalize(&ir).unwrap();
        let names: Vec<_> = operators.nodes().iter().map(|n| n.name.as_ref()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(operators.nodes()[1].producers, [0, 0]);
        assert_eq!(operators.consumers(0), [1]);
    }

    #[test]
    fn a_graph_without_edges_is_an_error() {
        let nodes = ["a", "b"].map(|name| node(name, "Relu", SHAPES, "{}", "[]"));
        assert_eq!(
            normalize(&ir(&nodes)).unwrap_err().to_string(),
            "node `a`: found no edge, nor at any other node, expected inbounds that name the nodes \
             read from"
        );
    }

    #[test]
    fn a_convolution_without_window_is_an_error() {
        let error = normalize(&ir(&[node("c", "Conv", SHAPES, "{}", "[]")])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "node `c`: found no kernel size, expected the attribute ks, kernel_shape or ksize"
        );
    }

    #[test]
    fn a_cycle_is_an_error() {
        let ir = ir(&[
            node("a", "Relu", SHAPES, "{}", r#"["b"]"#),
            node("b", "Relu", SHAPES, "{}", r#"["a"]"#),
        ]);
        let error = normalize(&ir).unwrap().topological_order().unwrap_err();
        assert!(
            error.to_string().contains("node `a` depends on itself"),
            "{error}"
        );
    }
}
