use std::collections::HashSet;

use crate::op::{Input, Parameter};
use crate::{Error, Op, Shape};

/// The position of a node in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(usize);

impl NodeId {
    /// The index into [`Graph::nodes`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0
    }
}

/// An operator in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// A name of its own within the graph.
    pub name: String,
    /// What it computes.
    pub op: Op,
    /// Where its inputs come from: nodes before this one.
    pub inputs: Vec<NodeId>,
    /// The shape of its output, for one image.
    pub shape: Shape,
}

impl Node {
    /// The name of one of its tensors among all of the network, as in PyTorch's `state_dict()`.
    #[must_use]
    pub fn parameter_name(&self, parameter: &Parameter) -> String {
        format!("{}.{}", self.name, parameter.name)
    }
}

/// A network: operators in topological order, the input first, the output last.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    nodes: Vec<Node>,
}

impl Graph {
    /// A graph that so far hands its input through. The input's node is named `input`.
    ///
    /// # Errors
    /// If a dimension of the shape is zero.
    pub fn new(input: Shape) -> Result<Self, Error> {
        let mut graph = Self { nodes: Vec::new() };
        graph.push("input", Op::Input(Input { shape: input }), &[])?;
        Ok(graph)
    }

    /// Appends a node, which becomes the graph's output, and infers its shape.
    ///
    /// # Errors
    /// If the name is taken, an input does not exist, or the operator refuses its inputs.
    pub fn push(
        &mut self,
        name: impl Into<String>,
        op: impl Into<Op>,
        inputs: &[NodeId],
    ) -> Result<NodeId, Error> {
        let (name, op) = (name.into(), op.into());
        if self.nodes.iter().any(|node| node.name == name) {
            return Err(Error::DuplicateName(name));
        }
        if let Some(unknown) = inputs.iter().find(|id| id.0 >= self.nodes.len()) {
            return Err(Error::UnknownInput {
                node: name,
                input: unknown.0,
            });
        }
        let operator = op.operator();
        if inputs.len() != operator.arity() {
            return Err(Error::Arity {
                node: name,
                op: operator.onnx_name(),
                expected: operator.arity(),
                got: inputs.len(),
            });
        }
        let shapes: Vec<Shape> = inputs.iter().map(|id| self.nodes[id.0].shape).collect();
        let shape = operator.infer(&name, &shapes)?;
        self.nodes.push(Node {
            name,
            op,
            inputs: inputs.to_vec(),
            shape,
        });
        Ok(NodeId(self.nodes.len() - 1))
    }

    /// The nodes in topological order; the first is the input, the last the output.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node with this id.
    ///
    /// # Panics
    /// If the id belongs to a larger graph.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The ids of all nodes, in topological order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId)
    }

    /// The input's id.
    #[must_use]
    pub fn input(&self) -> NodeId {
        NodeId(0)
    }

    /// The output's id: the last node.
    #[must_use]
    pub fn output(&self) -> NodeId {
        NodeId(self.nodes.len() - 1)
    }

    /// The shape of the input image.
    #[must_use]
    pub fn input_shape(&self) -> Shape {
        self.nodes[0].shape
    }

    /// The shape of the output.
    #[must_use]
    pub fn output_shape(&self) -> Shape {
        self.nodes[self.nodes.len() - 1].shape
    }

    /// The shapes of a node's inputs.
    #[must_use]
    pub fn input_shapes(&self, id: NodeId) -> Vec<Shape> {
        self.node(id)
            .inputs
            .iter()
            .map(|&input| self.node(input).shape)
            .collect()
    }

    /// The tensors that a node owns.
    #[must_use]
    pub fn parameters(&self, id: NodeId) -> Vec<Parameter> {
        self.node(id)
            .op
            .operator()
            .parameters(&self.input_shapes(id))
    }

    /// How many nodes read each node's output.
    #[must_use]
    pub fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.nodes.len()];
        for input in self.nodes.iter().flat_map(|node| &node.inputs) {
            uses[input.0] += 1;
        }
        uses
    }

    /// The names of all nodes, to choose a new one that is free.
    pub(crate) fn names(&self) -> HashSet<&str> {
        self.nodes.iter().map(|node| node.name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Window;
    use crate::op::{
        Add, AveragePool, Concat, Conv2d, Dropout, HardSwish, Linear, MaxPool, Relu, Relu6,
    };

    #[test]
    fn shapes_are_inferred_as_nodes_are_added() {
        let mut graph = Graph::new(Shape::new(5, 20, 30)).unwrap();
        let conv = graph
            .push(
                "conv",
                Conv2d::new(8, Window::square(3, 2, 1)),
                &[graph.input()],
            )
            .unwrap();
        assert_eq!(graph.node(conv).shape, Shape::new(8, 10, 15));
        let pool = graph
            .push(
                "pool",
                MaxPool {
                    window: Window::square(2, 2, 0),
                },
                &[conv],
            )
            .unwrap();
        assert_eq!(graph.node(pool).shape, Shape::new(8, 5, 7));
        assert_eq!(graph.output(), pool);

        let window = Window::square(3, 1, 1);
        let mean = graph.push("mean", AveragePool::new(window), &[pool]);
        let concat = Concat { inputs: 3 };
        let joined = graph.push("joined", concat, &[pool, mean.unwrap(), pool]);
        assert_eq!(graph.node(joined.unwrap()).shape, Shape::new(24, 5, 7));
        let ops = [
            Op::from(Relu6),
            HardSwish.into(),
            Dropout { probability: 0.0 }.into(),
        ];
        for op in ops {
            let name = graph.nodes().len().to_string();
            let same = graph.push(name, op, &[pool]).unwrap();
            assert_eq!(graph.node(same).shape, graph.node(pool).shape);
        }
    }

    #[test]
    fn faults_name_the_node() {
        let mut graph = Graph::new(Shape::new(5, 20, 30)).unwrap();
        let input = graph.input();
        let conv = graph
            .push("c", Conv2d::new(8, Window::square(3, 2, 1)), &[input])
            .unwrap();
        let fault = |result: Result<NodeId, Error>| result.unwrap_err().to_string();
        assert_eq!(
            fault(graph.push("c", Relu, &[conv])),
            "two nodes are named `c`"
        );
        assert_eq!(
            fault(graph.push("sum", Add, &[conv, input])),
            "node `sum`: Add needs inputs of equal shape, got 8x10x15 and 5x20x30"
        );
        assert_eq!(
            fault(graph.push("sum", Add, &[conv])),
            "node `sum`: Add takes 2 input(s), got 1"
        );
        assert_eq!(
            fault(graph.push("fc", Linear { out_features: 2 }, &[conv])),
            "node `fc`: Gemm: it takes a vector, got maps of 8x10x15: put a Flatten before it"
        );
        assert_eq!(
            fault(graph.push("big", Conv2d::new(8, Window::square(40, 1, 1)), &[input])),
            "node `big`: Conv kernel 40x40 stride 1x1 padding 1,1,1,1 does not fit its input 5x20x30"
        );
        assert_eq!(
            fault(graph.push("join", Concat { inputs: 2 }, &[conv, input])),
            "node `join`: Concat: its maps must have one size, got 8x10x15 and 5x20x30"
        );
        assert_eq!(
            fault(graph.push("join", Concat { inputs: 0 }, &[])),
            "node `join`: Concat: it joins nothing, expected an input"
        );
        let (mut joins, mut doubled) = (graph.clone(), conv);
        let overflow = (0..100).find_map(|times| {
            let name = format!("twice{times}");
            let join = joins.push(name, Concat { inputs: 2 }, &[doubled, doubled]);
            join.map(|next| doubled = next).err()
        });
        assert_eq!(
            overflow.unwrap().to_string(),
            "node `twice21`: Concat: it joins 33554432 channels or more, expected at most 16777216"
        );
        let pool = AveragePool::new(Window::square(3, 1, 2));
        assert_eq!(
            fault(graph.push("mean", pool, &[conv])),
            "node `mean`: AveragePool: padding is more than half the kernel (kernel 3x3 stride 1x1 \
             padding 2,2,2,2)"
        );
        for probability in [1.0, -0.1, f32::NAN] {
            assert_eq!(
                fault(graph.push("drop", Dropout { probability }, &[conv])),
                format!(
                    "node `drop`: Dropout: the probability is {probability}, expected at least 0, \
                     below 1"
                )
            );
        }
        assert_eq!(
            fault(graph.push("r", Relu, &[NodeId(9)])),
            "node `r` takes its input from node 9, which does not exist"
        );
    }
}
