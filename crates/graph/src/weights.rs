use crate::{Error, Graph, NodeId};

/// A dense float32 tensor, the last dimension fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Dimensions, slowest first.
    pub dims: Vec<usize>,
    /// The numbers; their count is the product of the dimensions.
    pub data: Vec<f32>,
}

impl Tensor {
    /// A tensor filled with one value.
    #[must_use]
    pub fn filled(dims: &[usize], value: f32) -> Self {
        Self {
            dims: dims.to_vec(),
            data: vec![value; dims.iter().product()],
        }
    }
}

/// The numbers of a network: for each node of its graph the tensors that
/// [`Graph::parameters`] lists, in that order, in PyTorch's and ONNX's layout.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    nodes: Vec<Vec<Tensor>>,
}

impl Weights {
    /// Weights where each tensor is made from its node and its [`Parameter`](crate::op::Parameter).
    pub fn build(
        graph: &Graph,
        mut tensor: impl FnMut(NodeId, &crate::op::Parameter) -> Tensor,
    ) -> Self {
        let nodes = graph
            .ids()
            .map(|id| {
                graph
                    .parameters(id)
                    .iter()
                    .map(|spec| tensor(id, spec))
                    .collect()
            })
            .collect();
        Self { nodes }
    }

    /// Zeros everywhere: enough to write a file of the right size.
    #[must_use]
    pub fn zeros(graph: &Graph) -> Self {
        Self::build(graph, |_, parameter| Tensor::filled(&parameter.dims, 0.0))
    }

    /// Weights from the tensors of each node, checked against the graph.
    ///
    /// # Errors
    /// If a node's tensors are not those that the graph lists for it.
    pub fn new(graph: &Graph, nodes: Vec<Vec<Tensor>>) -> Result<Self, Error> {
        let weights = Self { nodes };
        weights.check(graph)?;
        Ok(weights)
    }

    /// The tensors of a node.
    #[must_use]
    pub fn of(&self, id: NodeId) -> &[Tensor] {
        &self.nodes[id.index()]
    }

    /// The tensors of a node, to be changed in place.
    pub fn of_mut(&mut self, id: NodeId) -> &mut [Tensor] {
        &mut self.nodes[id.index()]
    }

    /// All numbers in the order of the nodes, as one sequence.
    pub fn values(&self) -> impl Iterator<Item = f32> + '_ {
        self.nodes
            .iter()
            .flatten()
            .flat_map(|tensor| tensor.data.iter().copied())
    }

    /// Checks that these are the weights of this graph.
    ///
    /// # Errors
    /// If a node's tensors are not those that the graph lists for it.
    pub fn check(&self, graph: &Graph) -> Result<(), Error> {
        let nothing = Vec::new();
        for id in graph.ids() {
            let expected: Vec<_> = graph
                .parameters(id)
                .into_iter()
                .map(|parameter| parameter.dims)
                .collect();
            let tensors = self.nodes.get(id.index()).unwrap_or(&nothing);
            let got: Vec<_> = tensors.iter().map(|tensor| tensor.dims.clone()).collect();
            let whole = tensors
                .iter()
                .all(|tensor| tensor.data.len() == tensor.dims.iter().product::<usize>());
            if expected != got || !whole {
                return Err(Error::Weights {
                    node: graph.node(id).name.clone(),
                    expected: format!("tensors of {expected:?}"),
                    got: if whole {
                        format!("{got:?}")
                    } else {
                        "a tensor cut short".to_owned()
                    },
                });
            }
        }
        Ok(())
    }
}
