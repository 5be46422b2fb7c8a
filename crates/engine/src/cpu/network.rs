use std::ops::Range;

use edgefront_graph::{Graph, Weights};

use super::arena::LINE;
use super::assembly::Assembly;
use super::layer::{Backward, Forward, Run, Target};
use super::program::{Place, Program, Slot, Step};
use crate::kernels::{AdamStep, Kernels, softmax_cross_entropy};
use crate::{Error, Network, Optimizer, OptimizerStep};

/// A network on the CPU: its layers, its two programs, and the arena that they run in.
pub(crate) struct CpuNetwork {
    kernels: Box<dyn Kernels>,
    graph: Graph,
    batch_size: usize,
    assembly: Assembly,
    training: Program,
    inference: Program,
    arena: Vec<f32>,
    parameters: Vec<f32>,
    /// Allocated at the first training step.
    optimizer: Option<OptimizerState>,
    /// Whether the arena holds the packed weights of the inference program.
    packed: bool,
}

/// What a training keeps for each parameter.
struct OptimizerState {
    gradients: Vec<f32>,
    means: Vec<f32>,
    squares: Vec<f32>,
}

impl OptimizerState {
    /// Numbers for each parameter.
    const WIDTH: usize = 3;

    fn new(len: usize) -> Self {
        Self {
            gradients: vec![0.0; len],
            means: vec![0.0; len],
            squares: vec![0.0; len],
        }
    }
}

impl CpuNetwork {
    pub fn new(graph: &Graph, batch_size: usize, kernels: Box<dyn Kernels>) -> Result<Self, Error> {
        if batch_size == 0 {
            return Err(Error::TrainOption {
                option: "batch_size",
                value: batch_size.to_string(),
                expected: "at least 1",
            });
        }
        let assembly = Assembly::new(graph, batch_size, kernels.as_ref())?;
        let training = Program::training(&assembly, batch_size);
        let inference = Program::inference(&assembly, batch_size);
        // The pages of an arena are real only once they are written: a network that never trains
        // takes no more memory than its inference program.
        let len = training.arena_len.max(inference.arena_len);
        Ok(Self {
            kernels,
            graph: graph.clone(),
            batch_size,
            arena: vec![0.0; len + LINE],
            parameters: vec![0.0; assembly.parameter_len],
            assembly,
            training,
            inference,
            optimizer: None,
            packed: false,
        })
    }

    /// Bytes that a training takes.
    pub fn training_bytes(&self) -> usize {
        let numbers = self.arena.len() + self.parameters.len() * (1 + OptimizerState::WIDTH);
        let stages = self.assembly.stages.iter();
        numbers * size_of::<f32>() + stages.map(|stage| stage.layer.state_bytes()).sum::<usize>()
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

    fn executor<'a>(&'a mut self, batch: Batch<'a>) -> Executor<'a> {
        let program = if batch.labels.is_some() {
            &self.training
        } else {
            &self.inference
        };
        // Kernels run faster on buffers that start at a cache line.
        let offset = self.arena.as_ptr().align_offset(LINE * size_of::<f32>());
        Executor {
            kernels: self.kernels.as_ref(),
            assembly: &mut self.assembly,
            arena: &mut self.arena[offset.min(LINE)..],
            places: &program.places,
            parameters: &self.parameters,
            gradients: match &mut self.optimizer {
                Some(state) => &mut state.gradients,
                None => &mut [],
            },
            batch,
            loss: 0.0,
        }
    }
}

impl Network for CpuNetwork {
    fn load(&mut self, weights: &Weights) -> Result<(), Error> {
        weights.check(&self.graph)?;
        for stage in &mut self.assembly.stages {
            let parameters = &mut self.parameters[stage.parameters.clone()];
            stage.layer.load(weights.of(stage.node), parameters);
        }
        self.optimizer = None;
        self.packed = false;
        Ok(())
    }

    fn weights(&self) -> Weights {
        let mut weights = Weights::zeros(&self.graph);
        for stage in &self.assembly.stages {
            let parameters = &self.parameters[stage.parameters.clone()];
            stage.layer.save(parameters, weights.of_mut(stage.node));
        }
        weights
    }

    fn train_step(
        &mut self,
        images: &[f32],
        labels: &[usize],
        step: &OptimizerStep,
    ) -> Result<f32, Error> {
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
        self.packed = false;
        let len = self.parameters.len();
        self.optimizer
            .get_or_insert_with(|| OptimizerState::new(len));
        let steps = std::mem::take(&mut self.training.steps);
        let mut executor = self.executor(Batch {
            images,
            count,
            labels: Some(labels),
        });
        steps.iter().for_each(|step| executor.execute(step));
        let loss = executor.loss;
        self.training.steps = steps;

        let Optimizer::Adam {
            beta1,
            beta2,
            epsilon,
            weight_decay,
            ..
        } = step.optimizer;
        let adam = AdamStep::new(
            step.learning_rate,
            (beta1, beta2),
            epsilon,
            weight_decay,
            step.number,
        );
        if let Some(state) = &mut self.optimizer {
            self.kernels.adam(
                &adam,
                &mut self.parameters,
                &mut state.gradients,
                &mut state.means,
                &mut state.squares,
            );
        }
        Ok(loss as f32)
    }

    fn logits(&mut self, images: &[f32], out: &mut Vec<f32>) -> Result<(), Error> {
        let count = self.count(images)?;
        let prologue = std::mem::take(&mut self.inference.prologue);
        let steps = std::mem::take(&mut self.inference.steps);
        let fresh = !self.packed;
        let mut executor = self.executor(Batch {
            images,
            count,
            labels: None,
        });
        if fresh {
            prologue.iter().for_each(|step| executor.execute(step));
        }
        steps.iter().for_each(|step| executor.execute(step));
        let logits = self.inference.logits;
        let mut executor = self.executor(Batch {
            images,
            count,
            labels: None,
        });
        let layout = executor.assembly.layouts[executor.assembly.output];
        let [values] = executor.buffers([Some(logits)]);
        for image in 0..count {
            let start = layout.at(image, 0, 0);
            out.extend_from_slice(&values[start..start + layout.channels]);
        }
        self.inference.prologue = prologue;
        self.inference.steps = steps;
        self.packed = true;
        Ok(())
    }
}

/// What a program runs on.
#[derive(Clone, Copy)]
struct Batch<'a> {
    images: &'a [f32],
    count: usize,
    /// With labels it is a training step.
    labels: Option<&'a [usize]>,
}

/// Runs steps, one at a time.
struct Executor<'a> {
    kernels: &'a dyn Kernels,
    assembly: &'a mut Assembly,
    arena: &'a mut [f32],
    places: &'a [Place],
    parameters: &'a [f32],
    gradients: &'a mut [f32],
    batch: Batch<'a>,
    loss: f64,
}

impl Executor<'_> {
    fn range(&self, slot: Slot) -> Range<usize> {
        let place = self.places[slot];
        place.start..place.start + place.per_image * self.batch.count + place.fixed
    }

    /// The buffers of some slots, as far as the batch fills them; empty where there is no slot.
    fn buffers<const N: usize>(&mut self, slots: [Option<Slot>; N]) -> [&mut [f32]; N] {
        buffers(
            self.arena,
            slots.map(|slot| slot.map(|slot| self.range(slot))),
        )
    }

    fn execute(&mut self, step: &Step) {
        let count = self.batch.count;
        let run = Run {
            kernels: self.kernels,
            images: count,
            training: self.batch.labels.is_some(),
        };
        match *step {
            Step::Input { to } => {
                let layout = self.assembly.layouts[self.assembly.input];
                let images = self.batch.images;
                let [to] = self.buffers([Some(to)]);
                lay_out(&layout, count, images, to);
            }
            Step::Pack { stage, packed } => {
                let parameters = &self.parameters[self.assembly.stages[stage].parameters.clone()];
                let range = self.range(packed);
                let layer = &self.assembly.stages[stage].layer;
                layer.pack(parameters, &mut self.arena[range]);
            }
            Step::Forward {
                stage,
                inputs: [first, second],
                output,
                packed,
                scratch,
                again,
            } => {
                let ranges = [first, second, Some(output), packed, scratch]
                    .map(|slot| slot.map(|slot| self.range(slot)));
                let [first, second, output, packed, scratch] = buffers(self.arena, ranges);
                let stage = &mut self.assembly.stages[stage];
                let layout = self.assembly.layouts[stage.output];
                layout.clear_border(output, count);
                let io = Forward {
                    inputs: [first, second],
                    output,
                    parameters: &self.parameters[stage.parameters.clone()],
                    packed,
                    scratch,
                };
                if again {
                    stage.layer.recompute(run, io);
                } else {
                    stage.layer.forward(run, io);
                }
            }
            Step::Loss { logits, gradient } => {
                let layout = self.assembly.layouts[self.assembly.output];
                let labels = self.batch.labels.unwrap_or_default();
                let [logits, gradient] = self.buffers([Some(logits), Some(gradient)]);
                self.loss = softmax_cross_entropy(&layout, logits, labels, gradient);
            }
            Step::Backward {
                stage,
                input,
                output,
                gradient,
                target,
                accumulate,
                scratch,
            } => {
                let in_place = target == Some(gradient);
                let ranges = [
                    input,
                    output,
                    Some(gradient),
                    target.filter(|_| !in_place),
                    scratch,
                ]
                .map(|slot| slot.map(|slot| self.range(slot)));
                let [input, output, gradient, separate, scratch] = buffers(self.arena, ranges);
                let stage = &mut self.assembly.stages[stage];
                let target = match target {
                    None => Target::Nowhere,
                    Some(_) if in_place => Target::InPlace,
                    Some(_) if accumulate => Target::Add(separate),
                    Some(_) => {
                        self.assembly.layouts[stage.inputs[0]].clear_border(separate, count);
                        Target::Write(separate)
                    }
                };
                let io = Backward {
                    input,
                    output,
                    parameters: &self.parameters[stage.parameters.clone()],
                    parameter_gradients: &mut self.gradients[stage.parameters.clone()],
                    gradient,
                    target,
                    scratch,
                };
                stage.layer.backward(run, io);
            }
            Step::Accumulate { from, to } => {
                let [from, to] = self.buffers([Some(from), Some(to)]);
                run.kernels.accumulate(from, to);
            }
            Step::Copy { from, to } => {
                let [from, to] = self.buffers([Some(from), Some(to)]);
                to.copy_from_slice(from);
            }
        }
    }
}

fn buffers<const N: usize>(
    arena: &mut [f32],
    ranges: [Option<Range<usize>>; N],
) -> [&mut [f32]; N] {
    arena
        .get_disjoint_mut(ranges.map(|range| range.unwrap_or(0..0)))
        .expect("the buffers of a step live at the same time, so they lie apart")
}

/// Copies images (row, column, band) into their layout.
fn lay_out(layout: &crate::layout::Layout, count: usize, images: &[f32], to: &mut [f32]) {
    to.fill(0.0);
    let mut source = images.chunks_exact(layout.width * layout.channels);
    for row in (0..count).flat_map(|image| layout.rows(image)) {
        let Some(pixels) = source.next() else { return };
        for (position, pixel) in
            (to[row].chunks_exact_mut(layout.pitch)).zip(pixels.chunks_exact(layout.channels))
        {
            position[..layout.channels].copy_from_slice(pixel);
        }
    }
}
