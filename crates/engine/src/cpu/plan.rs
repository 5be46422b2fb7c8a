use edgefront_graph::Graph;

use super::arena::LINE;
use super::assembly::Assembly;
use super::program::Program;
use crate::kernels::Kernels;
use crate::{Error, Optimizer};

/// What a network is before it has any memory: its layers, and the two programs over them.
pub(crate) struct Plan {
    pub assembly: Assembly,
    pub training: Program,
    pub inference: Program,
}

impl Plan {
    pub fn new(
        graph: &Graph,
        batch_size: usize,
        kernels: &dyn Kernels,
        threads: usize,
    ) -> Result<Self, Error> {
        if batch_size == 0 {
            return Err(Error::TrainOption {
                option: "batch_size",
                value: batch_size.to_string(),
                expected: "at least 1",
            });
        }
        let assembly = Assembly::new(graph, batch_size, kernels, threads)?;
        let training = Program::training(&assembly, batch_size);
        let inference = Program::inference(&assembly, batch_size);
        Ok(Self {
            assembly,
            training,
            inference,
        })
    }

    /// Numbers in the arena that either program runs in.
    pub fn arena_len(&self) -> usize {
        self.training.arena_len.max(self.inference.arena_len) + LINE
    }

    /// Bytes that a training takes.
    pub fn training_bytes(&self, optimizer: &Optimizer) -> usize {
        let parameters = self.assembly.parameter_len * (1 + optimizer.width());
        let numbers = self.arena_len() + parameters;
        let stages = self.assembly.stages.iter();
        numbers * size_of::<f32>() + stages.map(|stage| stage.layer.state_bytes()).sum::<usize>()
    }
}
