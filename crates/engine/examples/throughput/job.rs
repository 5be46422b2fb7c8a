use std::time::Duration;

use edgefront_engine::{Backend, Cpu, LossOptions, Network, Optimizer, TrainStep};
use edgefront_graph::{Graph, Weights};
use edgefront_random::Key;

use crate::networks;

/// A network with one batch of images that it trains on or classifies, again and again.
pub struct Job {
    network: Box<dyn Network>,
    weights: Weights,
    images: Vec<f32>,
    labels: Vec<usize>,
    outputs: Vec<f32>,
    steps: u64,
    /// Peak memory of the process before the network was made, in bytes.
    pub bytes_before: Option<usize>,
}

impl Job {
    pub fn new(cpu: Cpu, graph: &Graph, batch: usize) -> Result<Self, edgefront_engine::Error> {
        let mut stream = Key::new(2).stream();
        let numbers = batch * graph.input_shape().elements();
        let images = (0..numbers).map(|_| stream.unit() as f32).collect();
        let weights = networks::weights(graph);
        let bytes_before = peak_memory();
        let mut job = Self {
            network: cpu.prepare(graph, batch)?,
            weights,
            images,
            labels: (0..batch).map(|image| image % 2).collect(),
            outputs: Vec::new(),
            steps: 0,
            bytes_before,
        };
        job.restart()?;
        Ok(job)
    }

    /// Sets the weights back: a batch that is known by heart has gradients near zero, which
    /// processors may be slow with.
    pub fn restart(&mut self) -> Result<(), edgefront_engine::Error> {
        self.steps = 0;
        self.network.load(&self.weights)
    }

    /// One step of a training on the batch.
    pub fn train(&mut self) {
        self.steps += 1;
        let step = TrainStep {
            optimizer: Optimizer::default(),
            learning_rate: 1e-3,
            number: self.steps,
            key: Key::new(1),
            loss: &LossOptions::default(),
        };
        let loss = self.network.train_step(&self.images, &self.labels, &step);
        assert!(loss.is_ok_and(f32::is_finite));
    }

    /// The outputs of the first images of the batch.
    pub fn infer(&mut self, images: usize) {
        let numbers = self.images.len() / self.labels.len() * images;
        self.outputs.clear();
        self.network
            .logits(&self.images[..numbers], &mut self.outputs)
            .expect("a valid batch");
    }
}

/// How many images a second `call` handles at `images` a time, and for how long it was called:
/// `time`, and what the last call takes longer.
pub fn images_per_second(images: usize, time: Duration, mut call: impl FnMut()) -> (f64, f64) {
    let start = std::time::Instant::now();
    let mut count = 0;
    while count == 0 || start.elapsed() < time {
        call();
        count += images;
    }
    let seconds = start.elapsed().as_secs_f64();
    (count as f64 / seconds, seconds)
}

/// Peak resident memory of this process in bytes, where the system tells.
pub fn peak_memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? * 1024)
}
