use std::ops::Range;

use edgefront_random::Key;

use super::assembly::Assembly;
use super::layer::{Backward, Forward, Run, Target};
use super::optimizer::{OptimizerState, Update};
use super::program::{Program, Slot, Step};
use crate::LossOptions;
use crate::kernels::{Finish, Kernels, softmax_cross_entropy};
use crate::layout::Layout;
use crate::threads::Threads;

/// What a program runs on.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    pub images: &'a [f32],
    pub count: usize,
    /// With a lesson the batch is a training step.
    pub lesson: Option<Lesson<'a>>,
}

/// What a training step needs beside the images.
#[derive(Clone, Copy)]
pub(crate) struct Lesson<'a> {
    pub labels: &'a [usize],
    /// Where the step's random draws come from.
    pub key: Key,
    pub loss: &'a LossOptions,
    pub update: Update,
}

/// Runs steps, one at a time.
pub(crate) struct Executor<'a> {
    pub kernels: &'a dyn Kernels,
    pub threads: &'a Threads,
    pub assembly: &'a mut Assembly,
    pub arena: &'a mut [f32],
    pub program: &'a Program,
    pub parameters: &'a mut [f32],
    pub optimizer: Option<&'a mut OptimizerState>,
    pub batch: Batch<'a>,
    /// Mean loss of the batch, once a training program has passed its loss.
    pub loss: f64,
}

impl<'a> Executor<'a> {
    pub fn run(&mut self, steps: &'a [Step]) {
        for step in steps {
            self.execute(step);
        }
    }

    fn range(&self, slot: Slot) -> Range<usize> {
        let place = self.program.places[slot];
        place.start..place.start + place.per_image * self.batch.count + place.fixed
    }

    /// The buffers of some slots, as far as the batch fills them; empty where there is no slot.
    pub fn buffers<const N: usize>(&mut self, slots: [Option<Slot>; N]) -> [&mut [f32]; N] {
        buffers(
            self.arena,
            slots.map(|slot| slot.map(|slot| self.range(slot))),
        )
    }

    fn execute(&mut self, step: &Step) {
        let count = self.batch.count;
        let run = Run {
            kernels: self.kernels,
            threads: self.threads,
            images: count,
            training: self.batch.lesson.map(|lesson| lesson.key),
        };
        match *step {
            Step::Input { to } => {
                let layout = self.assembly.layouts[self.assembly.input];
                let (threads, images) = (self.threads, self.batch.images);
                let [to] = self.buffers([Some(to)]);
                lay_out(threads, &layout, images, to);
            }
            Step::Pack { stage, packed } => {
                let parameters = &self.parameters[self.assembly.stages[stage].parameters.clone()];
                let range = self.range(packed);
                let layer = &self.assembly.stages[stage].layer;
                layer.pack(self.threads, parameters, &mut self.arena[range]);
            }
            Step::Forward {
                stage,
                finish,
                place,
                inputs: [first, second],
                output,
                packed,
                scratch,
                again,
            } => {
                let ranges = [first, second, Some(output), packed, scratch]
                    .map(|slot| slot.map(|slot| self.range(slot)));
                let [first, second, output, packed, scratch] = buffers(self.arena, ranges);
                let layout = self.assembly.layouts[self.assembly.stages[stage].output];
                layout.clear_border(output, count);
                let (stage, finish) = match finish {
                    None => (&mut self.assembly.stages[stage], Finish::default()),
                    Some(finish) => {
                        let stages = self.assembly.stages.get_disjoint_mut([stage, finish]);
                        let [stage, last] = stages.expect("a stage comes after its inputs");
                        let parameters = &self.parameters[last.parameters.clone()];
                        let residual = &*second;
                        let finish = Finish {
                            residual,
                            ..last.layer.finish(parameters)
                        };
                        (stage, finish)
                    }
                };
                let io = Forward {
                    place,
                    inputs: [first, second],
                    finish,
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
                let Lesson { labels, loss, .. } =
                    (self.batch.lesson).expect("a program with a loss is a training");
                let [logits, gradient] = self.buffers([Some(logits), Some(gradient)]);
                self.loss = softmax_cross_entropy(&layout, logits, labels, loss, gradient);
            }
            Step::Backward {
                stage,
                place,
                input,
                output,
                gradient,
                target,
                accumulate,
                parameter_gradients,
                scratch,
            } => {
                let in_place = target == Some(gradient);
                let ranges = [
                    input,
                    output,
                    Some(gradient),
                    target.filter(|_| !in_place),
                    parameter_gradients,
                    scratch,
                ]
                .map(|slot| slot.map(|slot| self.range(slot)));
                let [
                    input,
                    output,
                    gradient,
                    separate,
                    parameter_gradients,
                    scratch,
                ] = buffers(self.arena, ranges);
                let stage = &mut self.assembly.stages[stage];
                let target = match target {
                    None => Target::Nowhere,
                    Some(_) if in_place => Target::InPlace,
                    Some(_) if accumulate => Target::Add(separate),
                    Some(_) => {
                        self.assembly.layouts[stage.inputs[place]].clear_border(separate, count);
                        Target::Write(separate)
                    }
                };
                let parameters = &mut self.parameters[stage.parameters.clone()];
                let io = Backward {
                    place,
                    input,
                    output,
                    parameters,
                    parameter_gradients,
                    gradient,
                    target,
                    scratch,
                };
                stage.layer.backward(run, io);
                if let (Some(lesson), Some(state)) = (self.batch.lesson, &mut self.optimizer) {
                    let range = stage.parameters.clone();
                    let update = &lesson.update;
                    let machine = (run.kernels, run.threads);
                    state.apply(machine, update, range, parameters, parameter_gradients);
                }
            }
            Step::Accumulate { from, to } => {
                let [from, to] = self.buffers([Some(from), Some(to)]);
                let len = run.threads.share(to.len());
                run.threads
                    .each_of(to.chunks_mut(len).zip(from.chunks(len)), |(to, from)| {
                        run.kernels.accumulate(from, to);
                    });
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
fn lay_out(threads: &Threads, layout: &Layout, images: &[f32], to: &mut [f32]) {
    let row_len = layout.width * layout.channels;
    threads.each_of(
        (to.chunks_mut(layout.image_stride())).zip(images.chunks(layout.height * row_len)),
        |(to, image)| {
            layout.clear_border(to, 1);
            for (row, pixels) in layout.rows(0).zip(image.chunks_exact(row_len)) {
                for (position, pixel) in (to[row].chunks_exact_mut(layout.pitch))
                    .zip(pixels.chunks_exact(layout.channels))
                {
                    let (inside, surplus) = position.split_at_mut(layout.channels);
                    inside.copy_from_slice(pixel);
                    surplus.fill(0.0);
                }
            }
        },
    );
}
