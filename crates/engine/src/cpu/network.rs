use edgefront_graph::{Graph, Weights};

use super::arena::LINE;
use super::executor::{Batch, Executor, Lesson};
use super::optimizer::{OptimizerState, Update};
use super::plan::Plan;
use crate::kernels::Kernels;
use crate::threads::Threads;
use crate::{Error, Network, NetworkState, TrainStep};

/// A network on the CPU: its plan, and the memory that the plan runs in.
pub(crate) struct CpuNetwork {
    kernels: Box<dyn Kernels>,
    threads: Threads,
    graph: Graph,
    batch_size: usize,
    plan: Plan,
    arena: Vec<f32>,
    parameters: Vec<f32>,
    /// Allocated at the first training step.
    optimizer: Option<OptimizerState>,
    /// Whether the arena holds the packed weights of the inference program.
    packed: bool,
}

impl CpuNetwork {
    pub fn new(
        graph: &Graph,
        batch_size: usize,
        kernels: Box<dyn Kernels>,
        threads: Threads,
    ) -> Result<Self, Error> {
        let plan = Plan::new(graph, batch_size, kernels.as_ref(), threads.count())?;
        Ok(Self {
            kernels,
            threads,
            graph: graph.clone(),
            batch_size,
            // The pages of an arena are real only once they are written: a network that never
            // trains takes no more memory than its inference program.
            arena: vec![0.0; plan.arena_len()],
            parameters: vec![0.0; plan.assembly.parameter_len],
            plan,
            optimizer: None,
            packed: false,
        })
    }

    /// The images in a batch, checked against what was prepared.
    fn count(&self, images: &[f32]) -> Result<usize, Error> {
        let shape = self.graph.input_shape();
        let count = images.len() / shape.elements();
        if images.len() != count * shape.elements() {
            return Err(Error::ImageData {
                samples: count,
                shape,
                got: images.len(),
            });
        }
        if count == 0 || count > self.batch_size {
            return Err(Error::BatchSize {
                got: count,
                prepared: self.batch_size,
            });
        }
        Ok(count)
    }

    /// Runs the training program: the parameters of each stage change as soon as their gradients
    /// are known. Gives the loss.
    fn learn(
        &mut self,
        images: &[f32],
        labels: &[usize],
        step: &TrainStep<'_>,
    ) -> Result<f64, Error> {
        let count = self.count(images)?;
        if count != labels.len() {
            return Err(Error::ImageData {
                samples: labels.len(),
                shape: self.graph.input_shape(),
                got: images.len(),
            });
        }
        let classes = self.graph.output_shape().channels;
        if let Some(sample) = labels.iter().position(|&label| label >= classes) {
            return Err(Error::Label {
                sample,
                label: labels[sample],
                classes,
            });
        }
        step.loss.check(classes)?;
        self.packed = false;
        let width = step.optimizer.width();
        if (self.optimizer.as_ref()).is_none_or(|state| state.rows.len() != width) {
            self.optimizer = Some(OptimizerState::new(width, self.parameters.len()));
        }
        let mut executor = self.executor(Batch {
            images,
            count,
            lesson: Some(Lesson {
                labels,
                key: step.key,
                loss: step.loss,
                update: Update::new(&step.optimizer, step.learning_rate, step.number),
            }),
        });
        executor.run(&executor.program.steps);
        Ok(executor.loss)
    }

    /// Numbers in the order of the parameters, as the tensors that they belong to.
    fn save(&self, numbers: &[f32]) -> Weights {
        let mut tensors = Weights::zeros(&self.graph);
        for stage in &self.plan.assembly.stages {
            let numbers = &numbers[stage.parameters.clone()];
            stage.layer.save(numbers, tensors.of_mut(stage.node));
        }
        tensors
    }

    fn executor<'a>(&'a mut self, batch: Batch<'a>) -> Executor<'a> {
        let program = if batch.lesson.is_some() {
            &self.plan.training
        } else {
            &self.plan.inference
        };
        // Kernels run faster on buffers that start at a cache line.
        let offset = self.arena.as_ptr().align_offset(LINE * size_of::<f32>());
        Executor {
            kernels: self.kernels.as_ref(),
            threads: &self.threads,
            assembly: &mut self.plan.assembly,
            arena: &mut self.arena[offset.min(LINE)..],
            program,
            parameters: &mut self.parameters,
            optimizer: self.optimizer.as_mut(),
            batch,
            loss: 0.0,
        }
    }
}

impl Network for CpuNetwork {
    fn load(&mut self, weights: &Weights) -> Result<(), Error> {
        weights.check(&self.graph)?;
        for stage in &mut self.plan.assembly.stages {
            let parameters = &mut self.parameters[stage.parameters.clone()];
            stage.layer.load(weights.of(stage.node), parameters);
        }
        self.optimizer = None;
        self.packed = false;
        Ok(())
    }

    fn weights(&self) -> Weights {
        self.save(&self.parameters)
    }

    fn state(&self) -> NetworkState {
        let rows = self.optimizer.iter().flat_map(|state| &state.rows);
        let optimizer = rows.map(|row| {
            let mut tensors = self.save(row);
            for node in self.graph.ids() {
                for (parameter, tensor) in
                    (self.graph.parameters(node).iter()).zip(tensors.of_mut(node))
                {
                    if !parameter.trainable {
                        tensor.data.fill(0.0);
                    }
                }
            }
            tensors
        });
        NetworkState {
            optimizer: optimizer.collect(),
            weights: self.weights(),
        }
    }

    fn restore(&mut self, state: &NetworkState) -> Result<(), Error> {
        for tensors in [&state.weights].into_iter().chain(&state.optimizer) {
            tensors.check(&self.graph)?;
        }
        let mut rows = Vec::with_capacity(state.optimizer.len());
        for tensors in &state.optimizer {
            let mut row = vec![0.0; self.parameters.len()];
            for stage in &mut self.plan.assembly.stages {
                let row = &mut row[stage.parameters.clone()];
                stage.layer.load(tensors.of(stage.node), row);
            }
            rows.push(row);
        }
        // Last, as layers take over what is not trainable, too.
        self.load(&state.weights)?;
        self.optimizer = (!rows.is_empty()).then_some(OptimizerState { rows });
        Ok(())
    }

    fn train_step(
        &mut self,
        images: &[f32],
        labels: &[usize],
        step: &TrainStep<'_>,
    ) -> Result<f32, Error> {
        Ok(self.learn(images, labels, step)? as f32)
    }

    fn logits(&mut self, images: &[f32], out: &mut Vec<f32>) -> Result<(), Error> {
        let count = self.count(images)?;
        let fresh = !self.packed;
        let mut executor = self.executor(Batch {
            images,
            count,
            lesson: None,
        });
        if fresh {
            executor.run(&executor.program.prologue);
        }
        executor.run(&executor.program.steps);
        let layout = executor.assembly.layouts[executor.assembly.output];
        let [logits] = executor.buffers([Some(executor.program.logits)]);
        for image in 0..count {
            let start = layout.at(image, 0, 0);
            out.extend_from_slice(&logits[start..start + layout.channels]);
        }
        self.packed = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use edgefront_graph::op::{
        Add, AveragePool, BatchNorm, Concat, Conv2d, Dropout, Flatten, GlobalAveragePool,
        HardSwish, Linear, MaxPool, Relu, Relu6,
    };
    use edgefront_graph::{Folded, NodeId, Op, Shape, Window};
    use edgefront_random::Key;

    use super::*;
    use crate::kernels::{Scalar, select};
    use crate::{Adam, LossOptions, Optimizer, Sgd, initial_weights};

    /// Appends nodes with names of their own.
    struct Builder(Graph);

    impl Builder {
        fn new(input: Shape) -> Self {
            Self(Graph::new(input).unwrap())
        }

        fn push(&mut self, op: impl Into<Op>, inputs: &[NodeId]) -> NodeId {
            let name = format!("node{}", self.0.nodes().len());
            self.0.push(name, op, inputs).unwrap()
        }

        fn conv(&mut self, channels: usize, input: NodeId) -> NodeId {
            self.push(Conv2d::new(channels, Window::square(3, 1, 1)), &[input])
        }

        fn grouped(&mut self, channels: usize, groups: usize, input: NodeId) -> NodeId {
            let mut conv = Conv2d::new(channels, Window::square(3, 1, 1));
            conv.groups = groups;
            self.push(conv, &[input])
        }

        fn head(mut self, input: NodeId) -> Graph {
            let mean = self.push(GlobalAveragePool, &[input]);
            self.push(Linear { out_features: 3 }, &[mean]);
            self.0
        }
    }

    /// Graphs in which values have several readers, in every combination of fused and single
    /// operators that the plan tells apart.
    fn graphs() -> Vec<(&'static str, Graph)> {
        let input = Shape::new(5, 9, 8);
        let mut graphs = Vec::new();

        let mut b = Builder::new(input);
        let stem = b.conv(6, b.0.input());
        let norm = b.push(BatchNorm, &[stem]);
        let sum = b.push(Add, &[norm, norm]);
        let relu = b.push(Relu, &[sum]);
        graphs.push(("a value added to itself", b.head(relu)));

        let mut b = Builder::new(input);
        let stem = b.conv(6, b.0.input());
        let norm = b.push(BatchNorm, &[stem]);
        let sum = b.push(Add, &[stem, norm]);
        graphs.push(("a norm added to its own input", b.head(sum)));

        let mut b = Builder::new(input);
        let stem = b.conv(6, b.0.input());
        let first = b.push(BatchNorm, &[stem]);
        let second = b.push(BatchNorm, &[stem]);
        let sum = b.push(Add, &[first, second]);
        let relu = b.push(Relu, &[sum]);
        let conv = b.conv(7, relu);
        let norm = b.push(BatchNorm, &[conv]);
        let relu = b.push(Relu, &[norm]);
        let conv = b.conv(6, relu);
        let norm = b.push(BatchNorm, &[conv]);
        let sum = b.push(Add, &[sum, norm]);
        graphs.push(("two norms of one value, and a sum read twice", b.head(sum)));

        let mut b = Builder::new(input);
        let stem = b.conv(5, b.0.input());
        let sum = b.push(Add, &[stem, b.0.input()]);
        let window = Window::square(3, 2, 1);
        let pool = b.push(MaxPool { window }, &[sum]);
        let relu = b.push(Relu, &[pool]);
        let left = b.conv(5, relu);
        let right = b.push(Relu, &[left]);
        let sum = b.push(Add, &[left, right]);
        let mut conv = Conv2d::new(4, Window::square(2, 2, 0));
        conv.bias = true;
        let conv = b.push(conv, &[sum]);
        let flat = b.push(Flatten, &[conv]);
        b.push(Linear { out_features: 4 }, &[flat]);
        graphs.push(("the image as a summand, a bias, and flattened maps", b.0));

        let mut b = Builder::new(input);
        let window = Window::square(3, 2, 1);
        let pool = b.push(MaxPool { window }, &[b.0.input()]);
        let norm = b.push(BatchNorm, &[pool]);
        let stem = b.conv(9, norm);
        let skip = b.push(Conv2d::new(9, Window::square(1, 1, 0)), &[pool]);
        let sum = b.push(Add, &[stem, skip]);
        graphs.push(("a pool before any weight", b.head(sum)));

        let mut b = Builder::new(input);
        let narrow = b.grouped(10, 5, b.0.input());
        let norm = b.push(BatchNorm, &[narrow]);
        let wide = b.push(HardSwish, &[norm]);
        let joined = b.push(Concat { inputs: 2 }, &[wide, b.0.input()]);
        let depthwise = b.grouped(15, 15, joined);
        let norm = b.push(BatchNorm, &[depthwise]);
        let relu6 = b.push(Relu6, &[norm]);
        let project = b.grouped(10, 5, relu6);
        let norm = b.push(BatchNorm, &[project]);
        let sum = b.push(Add, &[norm, wide]);
        let swish = b.push(HardSwish, &[sum]);
        let mean = b.push(AveragePool::new(Window::square(3, 2, 1)), &[swish]);
        let relu6 = b.push(Relu6, &[mean]);
        let flat = b.push(Flatten, &[relu6]);
        let hidden = b.push(Linear { out_features: 9 }, &[flat]);
        let swish = b.push(HardSwish, &[hidden]);
        let drop = b.push(Dropout { probability: 0.3 }, &[swish]);
        b.push(Linear { out_features: 3 }, &[drop]);
        graphs.push(("an inverted residual, activations fused and single", b.0));

        let mut b = Builder::new(input);
        let stem = b.conv(6, b.0.input());
        let inside = AveragePool {
            window: Window::square(2, 1, 1),
            count_include_pad: false,
        };
        let mean = b.push(inside, &[stem]);
        let larger = Conv2d::new(3, Window::square(2, 1, 1));
        let larger = b.push(larger, &[stem]);
        let joined = b.push(Concat { inputs: 4 }, &[mean, larger, mean, larger]);
        let drop = b.push(Dropout { probability: 0.5 }, &[joined]);
        let sum = b.push(Add, &[drop, joined]);
        let alone = b.push(Concat { inputs: 1 }, &[sum]);
        let depthwise = b.grouped(18, 18, alone);
        graphs.push(("values joined with themselves", b.head(depthwise)));
        graphs
    }

    fn batch(graph: &Graph, images: usize) -> (Vec<f32>, Vec<usize>) {
        let mut stream = Key::new(3).stream();
        let count = images * graph.input_shape().elements();
        let data = (0..count).map(|_| stream.normal() as f32).collect();
        (data, (0..images).map(|image| image % 3).collect())
    }

    const PLAIN: LossOptions = LossOptions {
        class_weights: None,
        label_smoothing: 0.0,
    };

    fn step(optimizer: Optimizer, learning_rate: f64) -> TrainStep<'static> {
        TrainStep {
            optimizer,
            learning_rate,
            number: 1,
            key: Key::new(1),
            loss: &PLAIN,
        }
    }

    /// A step that changes nothing and leaves the gradients in the optimiser's means.
    fn probe() -> TrainStep<'static> {
        let adam = Adam {
            beta1: 0.0,
            beta2: 0.0,
            ..Adam::default()
        };
        step(Optimizer::Adam(adam), 0.0)
    }

    fn gradients(network: &CpuNetwork) -> Vec<f32> {
        let state = network.optimizer.as_ref();
        state.expect("a step was taken").rows[0].clone()
    }

    /// Along its own gradient, the loss of a network grows as fast as the gradient is long.
    #[test]
    fn gradients_of_any_graph_are_finite_differences() {
        for forced in [Some("scalar"), None] {
            for (name, graph) in graphs() {
                let kernels = select(forced).unwrap();
                let mut network = CpuNetwork::new(&graph, 4, kernels, Threads::one()).unwrap();
                let weights = initial_weights(&graph, Key::new(1));
                let (images, labels) = batch(&graph, 4);
                network.load(&weights).unwrap();
                network.learn(&images, &labels, &probe()).unwrap();
                let gradients = gradients(&network);
                let square: f64 = gradients.iter().map(|&g| f64::from(g).powi(2)).sum();
                let origin = network.parameters.clone();
                let mut loss_at = |distance: f64| {
                    for ((weight, origin), gradient) in
                        (network.parameters.iter_mut().zip(&origin)).zip(&gradients)
                    {
                        let offset = distance * f64::from(*gradient);
                        *weight = (f64::from(*origin) + offset) as f32;
                    }
                    network.learn(&images, &labels, &probe()).unwrap()
                };
                let distance = 1e-3 / square.sqrt();
                let slope = (loss_at(distance) - loss_at(-distance)) / (2.0 * distance);
                assert!(
                    (slope / square - 1.0).abs() < 2e-2,
                    "{name}: the loss grows by {slope}, the gradient squared is {square}"
                );
            }
        }
    }

    /// Each parameter's gradient by itself, where a sum over all would hide one that is missing.
    #[test]
    fn each_tensor_has_its_gradient() {
        for (name, graph) in graphs() {
            let mut network = CpuNetwork::new(&graph, 4, Box::new(Scalar), Threads::one()).unwrap();
            network.load(&initial_weights(&graph, Key::new(1))).unwrap();
            let (images, labels) = batch(&graph, 4);
            network.learn(&images, &labels, &probe()).unwrap();
            let gradients = gradients(&network);
            for index in 0..network.plan.assembly.stages.len() {
                let range = network.plan.assembly.stages[index].parameters.clone();
                let square: f64 = gradients[range.clone()]
                    .iter()
                    .map(|&g| f64::from(g).powi(2))
                    .sum();
                if square < 1e-8 {
                    continue; // no parameters, or a convolution that the norm after it undoes
                }
                let origin = network.parameters.clone();
                let mut loss_at = |distance: f64| {
                    network.parameters.copy_from_slice(&origin);
                    for at in range.clone() {
                        network.parameters[at] += (distance * f64::from(gradients[at])) as f32;
                    }
                    network.learn(&images, &labels, &probe()).unwrap()
                };
                let distance = 1e-3 / square.sqrt();
                let slope = (loss_at(distance) - loss_at(-distance)) / (2.0 * distance);
                network.parameters.copy_from_slice(&origin);
                assert!(
                    (slope / square - 1.0).abs() < 5e-2,
                    "{name}, stage {index}: the loss grows by {slope}, not {square}"
                );
            }
        }
    }

    /// A batch's result is its own: the batches before it do not matter.
    #[test]
    fn a_smaller_batch_gives_what_it_gives_alone() {
        for (name, graph) in graphs() {
            let weights = initial_weights(&graph, Key::new(1));
            let (images, labels) = batch(&graph, 7);
            let size = graph.input_shape().elements();
            let step = step(Optimizer::default(), 1e-3);
            let run = |prepared: usize, before: bool| {
                let kernels = select(None).unwrap();
                let mut network =
                    CpuNetwork::new(&graph, prepared, kernels, Threads::one()).unwrap();
                network.load(&weights).unwrap();
                if before {
                    network.train_step(&images, &labels, &step).unwrap();
                    network.logits(&images, &mut Vec::new()).unwrap();
                    network.load(&weights).unwrap();
                }
                let (images, labels) = (&images[..3 * size], &labels[..3]);
                let loss = network.train_step(images, labels, &step).unwrap();
                let mut logits = Vec::new();
                network.logits(images, &mut logits).unwrap();
                (loss, logits, network.weights())
            };
            let alone = run(7, false);
            assert_eq!(alone, run(7, true), "{name}");
            // Prepared for another number of images, a convolution may take another algorithm.
            let (loss, logits, _) = run(3, false);
            assert!((loss - alone.0).abs() < 1e-5, "{name}");
            for (a, b) in logits.iter().zip(&alone.1) {
                assert!((a - b).abs() < 1e-4, "{name}: {a} {b}");
            }
        }
    }

    /// Biases, additions and activations that convolutions do at inference are those that batch
    /// norms do, whichever kernels run them.
    #[test]
    fn a_folded_network_answers_as_the_network() {
        for (name, graph) in graphs() {
            let (images, labels) = batch(&graph, 4);
            let new = |graph: &Graph, kernels: Option<&str>| {
                CpuNetwork::new(graph, 4, select(kernels).unwrap(), Threads::one()).unwrap()
            };
            let mut network = new(&graph, None);
            network.load(&initial_weights(&graph, Key::new(1))).unwrap();
            let step = step(Optimizer::default(), 1e-2);
            network.train_step(&images, &labels, &step).unwrap();
            let weights = network.weights();
            let mut expected = Vec::new();
            network.logits(&images, &mut expected).unwrap();

            let folded = Folded::new(&graph).unwrap();
            let folded_weights = folded.weights(&weights).unwrap();
            for (graph, weights, kernels) in [
                (&graph, &weights, Some("scalar")),
                (folded.graph(), &folded_weights, Some("scalar")),
                (folded.graph(), &folded_weights, None),
            ] {
                let mut network = new(graph, kernels);
                network.load(weights).unwrap();
                let mut logits = Vec::new();
                network.logits(&images, &mut logits).unwrap();
                for (a, b) in logits.iter().zip(&expected) {
                    assert!((a - b).abs() < 1e-4, "{name}, {kernels:?}: {a} {b}");
                }
            }
        }
    }

    #[test]
    fn weights_go_in_and_out_unchanged() {
        for (_, graph) in graphs() {
            let weights = initial_weights(&graph, Key::new(1));
            let mut network = CpuNetwork::new(&graph, 1, Box::new(Scalar), Threads::one()).unwrap();
            network.load(&weights).unwrap();
            assert_eq!(network.weights(), weights);
        }
    }

    /// A network that takes over another's state goes on as that one does, in every bit, whatever
    /// it did before.
    #[test]
    fn a_restored_network_goes_on_as_the_first() {
        let sgd = |momentum| {
            Optimizer::Sgd(Sgd {
                momentum,
                ..Sgd::default()
            })
        };
        for optimizer in [Optimizer::default(), sgd(0.9), sgd(0.0)] {
            for (name, graph) in graphs() {
                let (images, labels) = batch(&graph, 4);
                let new =
                    || CpuNetwork::new(&graph, 4, select(None).unwrap(), Threads::one()).unwrap();
                let (mut first, mut second) = (new(), new());
                let step = step(optimizer, 1e-2);
                let learn =
                    |network: &mut CpuNetwork| network.train_step(&images, &labels, &step).unwrap();
                first.load(&initial_weights(&graph, Key::new(1))).unwrap();
                second.load(&initial_weights(&graph, Key::new(2))).unwrap();
                learn(&mut first);
                learn(&mut second);
                let state = first.state();
                assert_eq!(state.optimizer.len(), optimizer.width());
                second.restore(&state).unwrap();
                assert_eq!(second.state(), state, "{name}");
                for _ in 0..2 {
                    assert_eq!(learn(&mut first), learn(&mut second), "{name}");
                }
                assert_eq!(first.state(), second.state(), "{name}");
            }
        }
    }

    #[test]
    fn another_optimizer_begins_with_a_state_of_its_own() {
        let (_, graph) = graphs().swap_remove(0);
        let (images, labels) = batch(&graph, 4);
        let mut network =
            CpuNetwork::new(&graph, 4, select(None).unwrap(), Threads::one()).unwrap();
        let mut widths = Vec::new();
        for optimizer in [Optimizer::default(), Optimizer::Sgd(Sgd::default())] {
            let step = step(optimizer, 1e-2);
            network.train_step(&images, &labels, &step).unwrap();
            widths.push(network.state().optimizer.len());
        }
        assert_eq!(widths, [2, 0]);
    }

    #[test]
    fn what_cannot_run_is_refused() {
        let mut builder = Builder::new(Shape::new(4, 8, 8));
        let conv = builder.conv(4, builder.0.input());
        let error = |graph: &Graph| {
            CpuNetwork::new(graph, 1, Box::new(Scalar), Threads::one())
                .err()
                .map(|error| error.to_string())
        };
        assert_eq!(
            error(&builder.0).as_deref(),
            Some("node `node1`: a network must end in a vector, this one ends in maps of 4x8x8")
        );
        let window = Window::square(17, 1, 8);
        let pool = builder.push(MaxPool { window }, &[conv]);
        assert_eq!(
            error(&builder.head(pool)).as_deref(),
            Some("node `node2`: a max-pool over 289 positions, expected at most 256")
        );
    }

    #[test]
    fn a_batch_beyond_all_memory_is_refused() {
        let mut builder = Builder::new(Shape::new(4, 8, 8));
        let conv = builder.conv(8, builder.0.input());
        let graph = builder.head(conv);
        for images in [1 << 24, usize::MAX] {
            let error = CpuNetwork::new(&graph, images, Box::new(Scalar), Threads::one()).err();
            assert_eq!(
                error.map(|error| error.to_string()),
                Some(format!(
                    "node `input`: the maps of a batch of {images} images, expected under 2^32 numbers"
                ))
            );
        }
    }
}
