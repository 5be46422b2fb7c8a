use crate::op::BatchNorm;
use crate::{Error, Graph, NodeId, Op, Tensor, Weights};

/// Folds every batch norm that directly follows a convolution into it, with the running
/// statistics: the convolution gets scaled kernels and a bias, the batch norm disappears. The
/// network computes the same at inference, with fewer operators and bytes.
///
/// A batch norm stays where the convolution's output has another reader.
///
/// # Errors
/// If the weights do not belong to the graph.
pub fn fold_batch_norm(graph: &Graph, weights: &Weights) -> Result<(Graph, Weights), Error> {
    weights.check(graph)?;
    let uses = graph.uses();
    let mut folded = Graph::new(graph.input_shape())?;
    let mut tensors: Vec<Vec<Tensor>> = vec![Vec::new()];
    let mut moved = vec![folded.input()];
    for id in graph.ids().skip(1) {
        let node = graph.node(id);
        if let Op::BatchNorm(_) = node.op {
            let source = node.inputs[0];
            let foldable =
                matches!(graph.node(source).op, Op::Conv2d(_)) && uses[source.index()] == 1;
            if foldable {
                // The convolution was written with its bias already: see below.
                moved.push(moved[source.index()]);
                continue;
            }
        }
        let inputs: Vec<NodeId> = node
            .inputs
            .iter()
            .map(|input| moved[input.index()])
            .collect();
        let mut op = node.op.clone();
        let mut own = weights.of(id).to_vec();
        if let Op::Conv2d(conv) = &mut op
            && let Some(norm) = norm_after(graph, &uses, id)
        {
            absorb(&mut own, weights.of(norm));
            conv.bias = true;
        }
        moved.push(folded.push(node.name.clone(), op, &inputs)?);
        tensors.push(own);
    }
    let weights = Weights::new(&folded, tensors)?;
    Ok((folded, weights))
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
    use crate::ResNet;

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
        let (folded, _) = fold_batch_norm(&graph, &Weights::zeros(&graph)).unwrap();
        assert_eq!(norms(&folded), 0);
        assert_eq!(folded.output_shape(), graph.output_shape());
        assert_eq!(folded.macs(), graph.macs());
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
