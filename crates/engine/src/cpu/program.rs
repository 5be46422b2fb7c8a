use super::arena::{Buffer, arrange};
use super::assembly::{Assembly, Stage, Value};

/// Index of a buffer of a program.
pub(crate) type Slot = usize;

/// A buffer's size and its place in the arena.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub start: usize,
    /// Numbers for each image of the batch.
    pub per_image: usize,
    /// Numbers whatever the batch.
    pub fixed: usize,
}

/// One step of a program, with the buffers that it uses.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Lays the images of the batch out.
    Input { to: Slot },
    /// Packs a stage's parameters for its forward pass.
    Pack { stage: usize, packed: Slot },
    /// Runs a stage forward, or `again` to have back what was dropped.
    Forward {
        stage: usize,
        /// The elementwise stage after it that it does, too, as its
        /// [finish](super::layer::Layer::finish). Then the second input is the residual of that.
        finish: Option<usize>,
        /// Which of the stage's inputs stands first.
        place: usize,
        inputs: [Option<Slot>; 2],
        output: Slot,
        packed: Option<Slot>,
        scratch: Option<Slot>,
        again: bool,
    },
    /// Compares the logits with the labels.
    Loss { logits: Slot, gradient: Slot },
    /// Runs a stage backward and changes its parameters.
    Backward {
        stage: usize,
        /// Which of the stage's inputs it is about.
        place: usize,
        input: Option<Slot>,
        output: Option<Slot>,
        gradient: Slot,
        /// Where the gradient of that input goes; over `gradient` if it is that slot.
        target: Option<Slot>,
        /// Whether the target holds a gradient already.
        accumulate: bool,
        /// The gradients of the stage's parameters, which are used up at once.
        parameter_gradients: Option<Slot>,
        scratch: Option<Slot>,
    },
    /// Adds one gradient to another.
    Accumulate { from: Slot, to: Slot },
    /// Copies a buffer.
    Copy { from: Slot, to: Slot },
}

impl Step {
    fn slots(&self) -> impl Iterator<Item = Slot> {
        let slots = match *self {
            Self::Input { to } => [Some(to), None, None, None, None, None],
            Self::Pack { packed, .. } => [Some(packed), None, None, None, None, None],
            Self::Forward {
                inputs: [first, second],
                output,
                packed,
                scratch,
                ..
            } => [first, second, Some(output), packed, scratch, None],
            Self::Loss { logits, gradient } => {
                [Some(logits), Some(gradient), None, None, None, None]
            }
            Self::Backward {
                input,
                output,
                gradient,
                target,
                parameter_gradients,
                scratch,
                ..
            } => [
                input,
                output,
                Some(gradient),
                target,
                parameter_gradients,
                scratch,
            ],
            Self::Accumulate { from, to } | Self::Copy { from, to } => {
                [Some(from), Some(to), None, None, None, None]
            }
        };
        slots.into_iter().flatten()
    }
}

/// A straight list of steps over buffers in one arena.
pub(crate) struct Program {
    /// Steps to run when the weights have changed: what they write lasts.
    pub prologue: Vec<Step>,
    pub steps: Vec<Step>,
    pub places: Vec<Place>,
    pub arena_len: usize,
    /// The buffer of the network's output after the last forward step.
    pub logits: Slot,
}

impl Program {
    /// Forward only, with the packed weights kept.
    pub fn inference(assembly: &Assembly, images: usize) -> Self {
        let mut writer = Writer::new(assembly);
        writer.infer();
        let logits = writer.values[assembly.output].expect("the output is the last value written");
        writer.finish(images, logits)
    }

    /// Forward, loss and backward.
    pub fn training(assembly: &Assembly, images: usize) -> Self {
        let mut writer = Writer::new(assembly);
        writer.learn();
        let logits = writer.values[assembly.output].expect("the output is the last value written");
        let gradient = writer.value_slot(assembly.output);
        writer.steps.push(Step::Loss { logits, gradient });
        writer.gradients[assembly.output] = Some(gradient);
        writer.drop_recomputable();
        for stage in (0..assembly.stages.len()).rev() {
            writer.backward(stage);
        }
        writer.finish(images, logits)
    }
}

/// For each elementwise stage the stage before it that can do it, too: one that nobody else reads.
fn finished(assembly: &Assembly) -> Vec<Option<usize>> {
    let mut reads = vec![0; assembly.layouts.len()];
    reads[assembly.output] += 1;
    for &value in assembly.stages.iter().flat_map(|stage| &stage.inputs) {
        reads[value] += 1;
    }
    let before = |stage: &Stage| {
        let value = stage.inputs[0];
        if !stage.layer.character().elementwise || reads[value] != 1 {
            return None;
        }
        let makes = |stage: &Stage| stage.output == value && stage.layer.character().finishes;
        assembly.stages.iter().position(makes)
    };
    assembly.stages.iter().map(before).collect()
}

struct Writer<'a> {
    assembly: &'a Assembly,
    prologue: Vec<Step>,
    steps: Vec<Step>,
    places: Vec<Place>,
    /// The buffer that holds each value at this point, if one does.
    values: Vec<Option<Slot>>,
    /// The buffer that holds each value's gradient, as far as it has been summed.
    gradients: Vec<Option<Slot>>,
}

impl<'a> Writer<'a> {
    fn new(assembly: &'a Assembly) -> Self {
        let none = vec![None; assembly.layouts.len()];
        Self {
            assembly,
            prologue: Vec::new(),
            steps: Vec::new(),
            places: Vec::new(),
            values: none.clone(),
            gradients: none,
        }
    }

    fn slot(&mut self, per_image: usize, fixed: usize) -> Slot {
        self.places.push(Place {
            start: 0,
            per_image,
            fixed,
        });
        self.places.len() - 1
    }

    fn value_slot(&mut self, value: Value) -> Slot {
        self.slot(self.assembly.layouts[value].image_stride(), 0)
    }

    fn scratch(&mut self, len: usize) -> Option<Slot> {
        (len > 0).then(|| self.slot(0, len))
    }

    /// The forward pass of a training.
    fn learn(&mut self) {
        self.input();
        for stage in 0..self.assembly.stages.len() {
            let packed = self.packed(stage);
            (self.steps).extend(packed.map(|packed| Step::Pack { stage, packed }));
            self.run(stage, None, packed, false);
        }
    }

    /// The forward pass alone. Elementwise stages are done by the convolutions before them.
    fn infer(&mut self) {
        self.input();
        let finished = finished(self.assembly);
        for index in 0..self.assembly.stages.len() {
            if finished.contains(&Some(index)) {
                continue; // it is run where the stage stands that it does, too
            }
            let stage = finished[index].unwrap_or(index);
            let packed = self.packed(stage);
            (self.prologue).extend(packed.map(|packed| Step::Pack { stage, packed }));
            self.run(stage, finished[index].and(Some(index)), packed, false);
        }
    }

    fn input(&mut self) {
        let to = self.value_slot(self.assembly.input);
        self.steps.push(Step::Input { to });
        self.values[self.assembly.input] = Some(to);
    }

    /// Room for the packed parameters of a stage.
    fn packed(&mut self, stage: usize) -> Option<Slot> {
        self.scratch(self.assembly.stages[stage].layer.packed_len())
    }

    /// Writes the step that runs a stage forward, with the one that it finishes. Their inputs must
    /// be there.
    fn run(&mut self, index: usize, finish: Option<usize>, packed: Option<Slot>, again: bool) {
        let stage = &self.assembly.stages[index];
        let last = &self.assembly.stages[finish.unwrap_or(index)];
        let mut calls: Vec<[Option<Slot>; 2]> = Vec::new();
        if stage.layer.character().one_by_one {
            calls.extend(stage.inputs.iter().map(|&value| [self.values[value], None]));
        } else {
            let second = last.inputs.get(1);
            let mut inputs = [Some(&stage.inputs[0]), second]
                .map(|value| value.and_then(|&value| self.values[value]));
            if inputs[0] == inputs[1] {
                // Buffers of a step must be apart.
                let copy = self.value_slot(stage.inputs[0]);
                let from = inputs[1].expect("a layer has an input");
                self.steps.push(Step::Copy { from, to: copy });
                inputs[1] = Some(copy);
            }
            calls.push(inputs);
        }
        let scratch = self.scratch(stage.layer.forward_scratch_len());
        let output = self.value_slot(last.output);
        self.values[last.output] = Some(output);
        for (place, inputs) in calls.into_iter().enumerate() {
            self.steps.push(Step::Forward {
                stage: index,
                finish,
                place,
                inputs,
                output,
                packed,
                scratch,
                again,
            });
        }
    }

    /// Between the passes: what is cheap to compute again is not kept.
    fn drop_recomputable(&mut self) {
        for stage in &self.assembly.stages {
            if stage.layer.character().recomputable {
                self.values[stage.output] = None;
            }
        }
    }

    /// The buffer of a value, computed again if it was dropped.
    fn materialize(&mut self, value: Value) -> Slot {
        if let Some(slot) = self.values[value] {
            return slot;
        }
        let stage = (self.assembly.stages.iter())
            .position(|stage| stage.output == value)
            .expect("only outputs of layers are dropped");
        for &input in &self.assembly.stages[stage].inputs {
            self.materialize(input);
        }
        self.run(stage, None, None, true);
        self.values[value].expect("the stage has just been run")
    }

    fn backward(&mut self, index: usize) {
        let assembly = self.assembly;
        let Stage {
            layer,
            inputs,
            output,
            ..
        } = &assembly.stages[index];
        let character = layer.character();
        // Without a gradient nobody reads the output, and without parameters nobody asks for one.
        let Some(gradient) = self.gradients[*output].take() else {
            return;
        };
        if !assembly.trains[*output] {
            return;
        }
        if character.one_by_one {
            self.backward_one_by_one(index, gradient);
            return;
        }
        let input_slot = character.reads_input.then(|| self.materialize(inputs[0]));
        let output_slot = character.reads_output.then(|| self.materialize(*output));

        let wants = |place: usize| {
            inputs
                .get(place)
                .is_some_and(|&value| assembly.trains[value])
        };
        let passes = [0, 1].map(|place| character.passes[place] && wants(place));
        // An input without a gradient so far takes the output's buffer over; there is only one.
        let heir = [0, 1]
            .into_iter()
            .find(|&place| passes[place] && self.gradients[inputs[place]].is_none());
        let own = wants(0) && !character.passes[0];
        let held = self.gradients[inputs[0]];
        let accumulate = own && character.accumulates && held.is_some();
        let target = if !own {
            None
        } else if accumulate {
            held
        } else if character.in_place && heir.is_none() {
            Some(gradient)
        } else {
            Some(self.value_slot(inputs[0]))
        };
        let parameter_gradients = self.scratch(layer.parameter_len());
        let scratch = self.scratch(layer.backward_scratch_len());
        self.steps.push(Step::Backward {
            stage: index,
            place: 0,
            input: input_slot,
            output: output_slot,
            gradient,
            target,
            accumulate,
            parameter_gradients,
            scratch,
        });
        // The passed gradients are read before one of them may be summed on.
        for place in [0, 1] {
            if !passes[place] || heir == Some(place) {
                continue;
            }
            let to = if let Some(to) = self.gradients[inputs[place]] {
                self.steps.push(Step::Accumulate { from: gradient, to });
                to
            } else if heir.is_some_and(|heir| inputs[heir] == inputs[place]) {
                // x + x: the gradient counts twice. It is summed below.
                continue;
            } else {
                let to = self.value_slot(inputs[place]);
                self.steps.push(Step::Copy { from: gradient, to });
                to
            };
            self.gradients[inputs[place]] = Some(to);
        }
        if let Some(heir) = heir {
            self.gradients[inputs[heir]] = Some(gradient);
            let other = 1 - heir;
            if passes[other] && inputs[other] == inputs[heir] {
                let copy = self.value_slot(inputs[other]);
                self.steps.push(Step::Copy {
                    from: gradient,
                    to: copy,
                });
                self.steps.push(Step::Accumulate {
                    from: copy,
                    to: gradient,
                });
            }
        }
        if let Some(target) = target.filter(|_| !accumulate) {
            match self.gradients[inputs[0]] {
                Some(to) => self.steps.push(Step::Accumulate { from: target, to }),
                None => self.gradients[inputs[0]] = Some(target),
            }
        }
    }

    /// Each input takes its gradient from the output's, which no step changes.
    fn backward_one_by_one(&mut self, index: usize, gradient: Slot) {
        let assembly = self.assembly;
        for (place, &input) in assembly.stages[index].inputs.iter().enumerate() {
            if !assembly.trains[input] {
                continue;
            }
            let held = self.gradients[input];
            let target = held.unwrap_or_else(|| self.value_slot(input));
            self.gradients[input] = Some(target);
            self.steps.push(Step::Backward {
                stage: index,
                place,
                input: None,
                output: None,
                gradient,
                target: Some(target),
                accumulate: held.is_some(),
                parameter_gradients: None,
                scratch: None,
            });
        }
    }

    fn finish(mut self, images: usize, logits: Slot) -> Program {
        let last = self.steps.len();
        let mut lives: Vec<Option<(usize, usize)>> = vec![None; self.places.len()];
        let mut use_at = |slot: Slot, step: usize| {
            let life = lives[slot].get_or_insert((step, step));
            *life = (life.0.min(step), life.1.max(step));
        };
        for (index, step) in self.steps.iter().enumerate() {
            step.slots().for_each(|slot| use_at(slot, index));
        }
        for step in &self.prologue {
            for slot in step.slots() {
                use_at(slot, 0);
                use_at(slot, last);
            }
        }
        use_at(logits, last);
        let buffers: Vec<Buffer> = (self.places.iter().zip(lives))
            .map(|(place, life)| {
                let (first, last) = life.expect("a buffer is made where it is used");
                Buffer {
                    len: place.per_image * images + place.fixed,
                    life: first..=last,
                }
            })
            .collect();
        let (starts, arena_len) = arrange(&buffers);
        for (place, start) in self.places.iter_mut().zip(starts) {
            place.start = start;
        }
        Program {
            prologue: self.prologue,
            steps: self.steps,
            places: self.places,
            arena_len,
            logits,
        }
    }
}
