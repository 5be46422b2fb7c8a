//! How close each convolution of a network comes to what the processor can do.

use std::time::{Duration, Instant};

use edgefront_graph::{Graph, Op, Shape, Window};

use super::arena::LINE;
use super::assembly::Assembly;
use super::selected;
use crate::Error;
use crate::kernels::{ConvShape, Convolution, Finish};
use crate::layout::Layout;
use crate::threads::Threads;

/// What one convolution of a network reaches, for a whole batch.
///
/// Rates are in operations per second, where the operations are those of the definition, two for
/// each multiply-add: an algorithm that needs fewer may exceed the processor's
/// [peak](multiply_add_peak).
#[derive(Clone, Debug, PartialEq)]
pub struct ConvolutionRates {
    /// The nodes with this geometry, by name.
    pub nodes: Vec<String>,
    /// What it reads.
    pub input: Shape,
    /// What it writes.
    pub output: Shape,
    /// Kernel, stride and padding.
    pub window: Window,
    /// Groups of channels.
    pub groups: usize,
    /// The output, from weights that are packed anew as in each step of a training.
    pub forward: f64,
    /// The gradient of the input; `None` where no training needs it.
    pub data_gradient: Option<f64>,
    /// The gradient of the weights.
    pub weight_gradient: f64,
}

/// Rates are those of one thread.
const THREADS: usize = 1;

/// Measures the convolutions of a network on this thread, each geometry once and on its own:
/// the median over as many calls as fit into `time` per pass, at least three.
///
/// # Errors
/// If the backend does not run the graph.
pub fn convolution_rates(
    graph: &Graph,
    images: usize,
    time: Duration,
) -> Result<Vec<ConvolutionRates>, Error> {
    let kernels = selected()?;
    let assembly = Assembly::new(graph, images, kernels.as_ref(), THREADS)?;
    let mut rates: Vec<ConvolutionRates> = Vec::new();
    for stage in &assembly.stages {
        let node = graph.node(stage.node);
        let Op::Conv2d(conv) = &node.op else { continue };
        let input = stage.inputs[0];
        let shape = ConvShape {
            input: assembly.layouts[input],
            output: assembly.layouts[stage.output],
            window: conv.window,
            groups: conv.groups,
        };
        let trains = assembly.trains[input];
        let (from, to) = (graph.input_shapes(stage.node)[0], node.shape);
        let known = rates.iter_mut().find(|known| {
            (known.input, known.output, known.window, known.groups)
                == (from, to, conv.window, conv.groups)
                && known.data_gradient.is_some() == trains
        });
        if let Some(known) = known {
            known.nodes.push(node.name.clone());
            continue;
        }
        let operations = 2 * images as u64 * node.op.operator().macs(&[from], to);
        let rate = |call: &mut dyn FnMut()| operations as f64 / median_seconds(time, call);
        let mut bench = Bench::new(shape, images, kernels.convolution(shape, images, THREADS));
        rates.push(ConvolutionRates {
            nodes: vec![node.name.clone()],
            input: from,
            output: to,
            window: conv.window,
            groups: conv.groups,
            forward: rate(&mut || bench.forward()),
            data_gradient: trains.then(|| rate(&mut || bench.backward_data())),
            weight_gradient: rate(&mut || bench.backward_weights()),
        });
    }
    Ok(rates)
}

/// The most floating-point operations per second that this thread makes with the kernels'
/// instructions: fused multiply-adds on registers alone, two operations each, the best of what
/// fits into `time`.
///
/// # Errors
/// If `EDGEFRONT_KERNELS` names kernels that do not exist or do not run here.
pub fn multiply_add_peak(time: Duration) -> Result<f64, Error> {
    const ROUNDS: usize = 100_000;
    let kernels = selected()?;
    let start = Instant::now();
    let mut best = 0.0f64;
    while best == 0.0 || start.elapsed() < time {
        let before = Instant::now();
        let operations = kernels.multiply_adds(ROUNDS);
        best = best.max(operations as f64 / before.elapsed().as_secs_f64());
    }
    Ok(best)
}

fn median_seconds(time: Duration, call: &mut dyn FnMut()) -> f64 {
    const WARMING: usize = 2;
    (0..WARMING).for_each(|_| call());
    let start = Instant::now();
    let mut seconds = Vec::new();
    while seconds.len() < 3 || start.elapsed() < time {
        let before = Instant::now();
        call();
        seconds.push(before.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// A convolution with what it works on.
struct Bench {
    threads: Threads,
    images: usize,
    convolution: Box<dyn Convolution>,
    weights: Buffer,
    packed: Buffer,
    input: Buffer,
    output: Buffer,
    /// The gradient of the input or of the weights, whichever is longer.
    gradient: Buffer,
    scratch: Buffer,
    shape: ConvShape,
}

impl Bench {
    fn new(shape: ConvShape, images: usize, convolution: Box<dyn Convolution>) -> Self {
        let maps = |layout: Layout| {
            let mut maps = Buffer::new(layout.len(images), 0.5);
            layout.clear_border(maps.numbers(), images);
            maps
        };
        let gradient = shape.input.len(images).max(shape.weight_len());
        let scratch = convolution
            .forward_scratch_len()
            .max(convolution.backward_scratch_len());
        Self {
            threads: Threads::one(),
            images,
            weights: Buffer::new(shape.weight_len(), 0.01),
            packed: Buffer::new(convolution.packed_len(), 0.0),
            input: maps(shape.input),
            output: maps(shape.output),
            gradient: Buffer::new(gradient, 0.0),
            scratch: Buffer::new(scratch, 0.0),
            convolution,
            shape,
        }
    }

    fn forward(&mut self) {
        let packed = self.packed.numbers();
        self.convolution
            .pack(&self.threads, self.weights.numbers(), packed);
        self.convolution.forward(
            &self.threads,
            self.images,
            self.input.numbers(),
            self.weights.numbers(),
            packed,
            Finish::default(),
            self.output.numbers(),
            self.scratch.numbers(),
        );
    }

    fn backward_data(&mut self) {
        self.convolution.backward_data(
            &self.threads,
            self.images,
            self.output.numbers(),
            self.weights.numbers(),
            &mut self.gradient.numbers()[..self.shape.input.len(self.images)],
            false,
            self.scratch.numbers(),
        );
    }

    fn backward_weights(&mut self) {
        self.convolution.backward_weights(
            &self.threads,
            self.images,
            self.input.numbers(),
            self.output.numbers(),
            &mut self.gradient.numbers()[..self.shape.weight_len()],
            self.scratch.numbers(),
        );
    }
}

/// Numbers that start at a cache line, as in a network's arena.
struct Buffer {
    memory: Vec<f32>,
    len: usize,
}

impl Buffer {
    fn new(len: usize, value: f32) -> Self {
        Self {
            memory: vec![value; len + LINE],
            len,
        }
    }

    fn numbers(&mut self) -> &mut [f32] {
        let offset = self.memory.as_ptr().align_offset(LINE * size_of::<f32>());
        &mut self.memory[offset.min(LINE)..][..self.len]
    }
}

#[cfg(test)]
mod tests {
    use edgefront_graph::ResNet;

    use super::*;

    #[test]
    fn every_convolution_is_measured() {
        let net = ResNet {
            width: 8,
            ..ResNet::resnet18(5, 24, 2)
        };
        let graph = net.build().unwrap();
        let time = Duration::from_millis(1);
        let rates = convolution_rates(&graph, 2, time).unwrap();
        let nodes: usize = rates.iter().map(|rate| rate.nodes.len()).sum();
        assert_eq!(nodes, 20);
        // The four convolutions of the first stage are alike; the next has one of its own kind.
        assert_eq!(rates[1].nodes.len(), 4);
        assert_eq!(rates[2].nodes.len(), 1);
        assert!(multiply_add_peak(time).unwrap() > 0.0);
        for (number, rate) in rates.iter().enumerate() {
            assert_eq!(rate.data_gradient.is_some(), number > 0);
            let passes = [
                Some(rate.forward),
                rate.data_gradient,
                Some(rate.weight_gradient),
            ];
            let real = |pass: &f64| *pass > 0.0 && pass.is_finite();
            assert!(passes.iter().flatten().all(real), "{rate:?}");
        }
    }
}
