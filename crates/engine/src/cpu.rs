//! The CPU backend.
//!
//! A graph becomes a list of [layers](layer) ([`assembly`]: operators that belong together are
//! fused, every value gets its layout), then two [programs](program), one for training and one
//! for inference: straight lists of steps over buffers whose places in one arena are decided
//! beforehand from their lifetimes ([`arena`]). The [`network`] has an [`executor`] run them.

mod arena;
mod assembly;
mod executor;
mod layer;
mod network;
mod optimizer;
mod plan;
mod program;

use edgefront_graph::Graph;

use crate::kernels::{self, Kernels};
use crate::{Backend, Error, Network, Optimizer};
use network::CpuNetwork;
use plan::Plan;

/// The processor, with the fastest kernels that it runs.
///
/// The environment variable `EDGEFRONT_KERNELS` (`scalar`, `avx2` or `avx512`) forces a set of
/// kernels; the last two give the same results to the last bit. A
/// network runs on the thread that calls it: a study fills its cores with trials.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpu;

impl Cpu {
    /// The name of the kernels that are used: `scalar`, `avx2` or `avx512`.
    ///
    /// # Errors
    /// If `EDGEFRONT_KERNELS` names kernels that do not exist or do not run here.
    pub fn kernels() -> Result<&'static str, Error> {
        Ok(selected()?.name())
    }
}

impl Backend for Cpu {
    fn name(&self) -> &'static str {
        "cpu"
    }

    fn prepare(&self, graph: &Graph, batch_size: usize) -> Result<Box<dyn Network>, Error> {
        Ok(Box::new(CpuNetwork::new(graph, batch_size, selected()?)?))
    }
}

fn selected() -> Result<Box<dyn Kernels>, Error> {
    let forced = std::env::var_os(kernels::VARIABLE);
    kernels::select(
        forced
            .map(|name| name.to_string_lossy().into_owned())
            .as_deref(),
    )
}

/// Bytes that a training on the [`Cpu`] takes: weights with the optimiser's state, activations,
/// gradients and scratch space of a batch. The images of the samples and copies of the weights, such
/// as those of the best epoch, are not counted. To find out, only the tables of the kernels are
/// made, and dropped again.
///
/// # Errors
/// If the backend does not run the graph.
pub fn training_memory(
    graph: &Graph,
    batch_size: usize,
    optimizer: &Optimizer,
) -> Result<usize, Error> {
    let plan = Plan::new(graph, batch_size, selected()?.as_ref())?;
    Ok(plan.training_bytes(optimizer))
}
