//! What a network costs before anything is trained: operations, parameters, memory.

use crate::Graph;

impl Graph {
    /// Multiply-accumulate operations of one image: convolutions and fully connected layers.
    #[must_use]
    pub fn macs(&self) -> u64 {
        self.ids()
            .map(|id| {
                let node = self.node(id);
                node.op.operator().macs(&self.input_shapes(id), node.shape)
            })
            .sum()
    }

    /// Numbers that an optimiser changes.
    #[must_use]
    pub fn trainable_parameters(&self) -> usize {
        self.ids()
            .flat_map(|id| self.parameters(id))
            .filter(|parameter| parameter.trainable)
            .map(|parameter| parameter.elements())
            .sum()
    }

    /// The largest number of activations alive at once when one image goes through the nodes in
    /// order, each output freed after its last reader. Times four: the bytes that a float32
    /// runtime without in-place operators needs beside the weights.
    #[must_use]
    pub fn peak_activations(&self) -> usize {
        let mut readers = self.uses();
        let (mut alive, mut peak) = (0, 0);
        for node in self.nodes() {
            alive += node.shape.elements();
            peak = peak.max(alive);
            for input in &node.inputs {
                readers[input.index()] -= 1;
                if readers[input.index()] == 0 {
                    alive -= self.node(*input).shape.elements();
                }
            }
        }
        peak
    }
}

#[cfg(test)]
mod tests {
    use crate::op::{Add, Conv2d, Relu};
    use crate::{Graph, ResNet, Shape, Window};

    #[test]
    fn a_branch_keeps_its_input_alive() {
        let mut graph = Graph::new(Shape::new(2, 4, 4)).unwrap();
        let input = graph.input();
        let conv = graph
            .push("conv", Conv2d::new(2, Window::square(3, 1, 1)), &[input])
            .unwrap();
        let relu = graph.push("relu", Relu, &[conv]).unwrap();
        graph.push("add", Add, &[relu, input]).unwrap();
        // input, relu and the sum are alive at the end: 3 tensors of 32.
        assert_eq!(graph.peak_activations(), 96);
        assert_eq!(graph.macs(), 2 * 2 * 9 * 16);
        assert_eq!(graph.trainable_parameters(), 36);
    }

    /// A depthwise-separable convolution (Howard et al., 2017): each channel alone, then each
    /// position alone.
    #[test]
    fn groups_divide_weights_and_operations() {
        let mut graph = Graph::new(Shape::new(6, 5, 4)).unwrap();
        let mut depthwise = Conv2d::new(6, Window::square(3, 1, 1));
        depthwise.groups = 6;
        let alone = graph.push("dw", depthwise, &[graph.input()]).unwrap();
        graph
            .push("pw", Conv2d::new(10, Window::square(1, 1, 0)), &[alone])
            .unwrap();
        assert_eq!(graph.trainable_parameters(), 6 * 9 + 60);
        assert_eq!(graph.macs(), 20 * (6 * 9 + 60));
    }

    /// torchvision's `resnet18()` at 224: 11,689,512 parameters, 1.814 GMACs (its own docs).
    #[test]
    fn resnet18_costs_what_torchvision_says() {
        let graph = ResNet::resnet18(3, 224, 1000).build().unwrap();
        assert_eq!(graph.trainable_parameters(), 11_689_512);
        assert_eq!(graph.macs(), 1_814_073_344);
    }
}
