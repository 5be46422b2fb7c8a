use crate::op::BatchNorm;
use crate::{Error, Graph, NodeId, Op, Tensor, Weights};

/// A graph for inference: without dropouts, and without the batch norms that directly follow a
/// convolution. The convolution gets scaled kernels and a bias, and the network computes the same
/// with fewer operators and bytes.
///
/// A batch norm stays where the convolution's output has another reader.
#[derive(Clone, Debug)]
pub struct Folded {
    original: Graph,
    graph: Graph,
    /// For each node of the folded graph the node it comes from, and the norm that it absorbed.
    sources: Vec<(NodeId, Option<NodeId>)>,
}

impl Folded {
    /// Folds a graph; the weights come later, if at all.
    ///
    /// # Errors
    /// Never for a graph that could be built: the operators that stay keep their inputs' shapes.
    pub fn new(original: &Graph) -> Result<Self, Error> {
        let uses = original.uses();
        let mut graph = Graph::new(original.input_shape())?;
        let mut sources = vec![(original.input(), None)];
        let mut moved = vec![graph.input()];
        let mut absorbed = vec![false; original.nodes().len()];
        for id in original.ids().skip(1) {
            let node = original.node(id);
            if absorbed[id.index()] || matches!(node.op, Op::Dropout(_)) {
                moved.push(moved[node.inputs[0].index()]);
                continue;
            }
            let mut op = node.op.clone();
            let mut norm = None;
            if let Op::Conv2d(conv) = &mut op {
                norm = norm_after(original, &uses, id);
                if let Some(norm) = norm {
                    absorbed[norm.index()] = true;
                    conv.bias = true;
                }
            }
            let inputs: Vec<NodeId> = node.inputs.iter().map(|i| moved[i.index()]).collect();
            moved.push(graph.push(node.name.clone(), op, &inputs)?);
            sources.push((id, norm));
        }
        Ok(Self {
            original: original.clone(),
            graph,
            sources,
        })
    }

    /// The folded graph.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The folded graph's weights, from those of the graph that was folded, with its running
    /// statistics.
    ///
    /// # Errors
    /// If the weights are of another graph.
    pub fn weights(&self, original: &Weights) -> Result<Weights, Error> {
        original.check(&self.original)?;
        let tensors = self.sources.iter().map(|&(source, norm)| {
            let mut own = original.of(source).to_vec();
            if let Some(norm) = norm {
                absorb(&mut own, original.of(norm));
            }
            own
        });
        Weights::new(&self.graph, tensors.collect())
    }
}

/// The batch norm that is the only reader of this node.
fn norm_after(graph: &Graph, uses: &[usize], id: NodeId) -> Option<NodeId> {
    if uses[id.index()] != 1 {
        return None;
    }
    let reader = graph
        .ids()
        .find(|&reader| graph.node(reader).inputs.contains(&id))?;
    matches!(graph.node(reader).op, Op::BatchNorm(_)).then_some(reader)
}

/// Scales a convolution's kernels and gives it the bias that the batch norm amounts to.
fn absorb(conv: &mut Vec<Tensor>, norm: &[Tensor]) {
    let [gamma, beta, mean, variance] = norm else {
        unreachable!("a checked batch norm has four tensors")
    };
    let channels = gamma.data.len();
    let taps = conv[0].data.len() / channels;
    if conv.len() == 1 {
        conv.push(Tensor::filled(&[channels], 0.0));
    }
    for channel in 0..channels {
        // In float64, so that folding adds no error of its own to the float32 result.
        let scale = f64::from(gamma.data[channel])
            / (f64::from(variance.data[channel]) + f64::from(BatchNorm::EPSILON)).sqrt();
        for weight in &mut conv[0].data[channel * taps..(channel + 1) * taps] {
            *weight = (f64::from(*weight) * scale) as f32;
        }
        let bias = &mut conv[1].data[channel];
        *bias = ((f64::from(*bias) - f64::from(mean.data[channel])) * scale
            + f64::from(beta.data[channel])) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::{Conv2d, Dropout, Relu6};
    use crate::{ResNet, Shape, Window};

    #[test]
    fn every_norm_of_a_resnet_disappears() {
        let graph = ResNet::resnet18(5, 40, 2).build().unwrap();
        let norms = |graph: &Graph| {
            graph
                .nodes()
                .iter()
                .filter(|node| matches!(node.op, Op::BatchNorm(_)))
                .count()
        };
        assert_eq!(norms(&graph), 20);
        let folded = Folded::new(&graph).unwrap();
        let weights = folded.weights(&Weights::zeros(&graph)).unwrap();
        let folded = folded.graph();
        weights.check(folded).unwrap();
        assert_eq!(norms(folded), 0);
        assert_eq!(folded.output_shape(), graph.output_shape());
        assert_eq!(folded.macs(), graph.macs());
    }

    #[test]
    fn a_dropout_disappears_and_a_depthwise_convolution_takes_its_norm() {
        let mut graph = Graph::new(Shape::new(3, 5, 4)).unwrap();
        let depthwise = Conv2d {
            groups: 3,
            ..Conv2d::new(6, Window::square(3, 1, 1))
        };
        let conv = graph.push("conv", depthwise, &[graph.input()]).unwrap();
        let norm = graph.push("norm", BatchNorm, &[conv]).unwrap();
        let drop = Dropout { probability: 0.5 };
        let drop = graph.push("drop", drop, &[norm]).unwrap();
        graph.push("relu6", Relu6, &[drop]).unwrap();
        let folded = Folded::new(&graph).unwrap();
        let ops: Vec<&Op> = folded.graph().nodes().iter().map(|node| &node.op).collect();
        let expected = Conv2d {
            bias: true,
            ..depthwise
        };
        assert_eq!(ops[1..], [&Op::Conv2d(expected), &Op::Relu6(Relu6)]);
        let weights = Weights::build(&graph, |_, parameter| Tensor::filled(&parameter.dims, 2.0));
        let weights = folded.weights(&weights).unwrap();
        // (2 x - 2) / sqrt(2 + eps) * 2 + 2, for each of the two outputs of a channel.
        let [kernels, bias] = weights.of(folded.graph().node(folded.graph().output()).inputs[0])
        else {
            panic!("a convolution with a bias")
        };
        assert_eq!(kernels.dims, [6, 1, 3, 3]);
        let scale = 2.0 / (2.0_f32 + 1e-5).sqrt();
        assert!(kernels.data.iter().all(|w| (w - 2.0 * scale).abs() < 1e-6));
        assert!(
            bias.data
                .iter()
                .all(|b| (b - (2.0 - 2.0 * scale)).abs() < 1e-6)
        );
    }

    #[test]
    fn the_numbers_are_those_of_the_definition() {
        let mut conv = vec![Tensor {
            dims: vec![2, 1, 1, 1],
            data: vec![3.0, -1.0],
        }];
        let norm = [
            [2.0, 1.0],
            [0.5, -0.5],
            [10.0, 0.0],
            [4.0 - 1e-5, 1.0 - 1e-5],
        ]
        .map(|data| Tensor {
            dims: vec![2],
            data: data.to_vec(),
        });
        absorb(&mut conv, &norm);
        // y = (w x - mean) / sqrt(var + eps) * gamma + beta
        let close = |a: f32, b: f32| (a - b).abs() < 1e-5;
        assert!(close(conv[0].data[0], 3.0) && close(conv[0].data[1], -1.0));
        assert!(close(conv[1].data[0], -9.5) && close(conv[1].data[1], -0.5));
    }
}
