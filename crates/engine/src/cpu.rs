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
mod profile;
mod program;

use edgefront_graph::Graph;

use crate::kernels::{self, Kernels};
use crate::threads::Threads;
use crate::{Backend, Error, Network, Optimizer};
use network::CpuNetwork;
use plan::Plan;
pub use profile::{ConvolutionRates, convolution_rates, multiply_add_peak};

/// The processor, with the fastest kernels that it runs, on one thread or several.
///
/// The environment variable `EDGEFRONT_KERNELS` (`scalar`, `portable`, `avx2` or `avx512`) forces a
/// set of kernels. The last two give the same results to the last bit, and so does any number of
/// threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cpu {
    threads: usize,
}

impl Default for Cpu {
    fn default() -> Self {
        Self::new()
    }
}

impl Cpu {
    /// A network runs on the thread that calls it: many at a time fill the cores best.
    #[must_use]
    pub fn new() -> Self {
        Self::with_threads(1)
    }

    /// Each network shares its work out to this many threads of its own; 0 counts as 1.
    #[must_use]
    pub fn with_threads(threads: usize) -> Self {
        Self {
            threads: threads.max(1),
        }
    }

    /// The name of the kernels that are used.
    ///
    /// # Errors
    /// If `EDGEFRONT_KERNELS` names kernels that do not exist or do not run here.
    pub fn kernels() -> Result<&'static str, Error> {
        Ok(selected()?.name())
    }

    /// Bytes that a training takes: weights with the optimiser's state, activations, gradients and
    /// scratch space of a batch. The images of the samples and copies of the weights, such as those
    /// of the best epoch, are not counted. To find out, only the tables of the kernels are made, and
    /// dropped again.
    ///
    /// # Errors
    /// If the backend does not run the graph.
    pub fn training_memory(
        &self,
        graph: &Graph,
        batch_size: usize,
        optimizer: &Optimizer,
    ) -> Result<usize, Error> {
        let plan = Plan::new(graph, batch_size, selected()?.as_ref(), self.threads)?;
        Ok(plan.training_bytes(optimizer))
    }
}

impl Backend for Cpu {
    fn name(&self) -> &'static str {
        "cpu"
    }

    fn prepare(&self, graph: &Graph, batch_size: usize) -> Result<Box<dyn Network>, Error> {
        let threads = Threads::new(self.threads).map_err(Error::Threads)?;
        let network = CpuNetwork::new(graph, batch_size, selected()?, threads)?;
        Ok(Box::new(network))
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
