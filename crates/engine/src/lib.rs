//! Training and inference of small CNNs on a CPU.
//!
//! A network comes as a [`Graph`](edgefront_graph::Graph) and its
//! [`Weights`](edgefront_graph::Weights). A [`Backend`] turns it into a [`Network`] that runs;
//! [`train()`] and [`evaluate()`] drive one over [`Samples`]. The results are a function of the
//! arguments, to the last bit, on one set of kernels: neither the number of
//! [threads](Cpu::with_threads) nor what runs beside them counts.
//!
//! [`TrainOptions`] say how a network is trained: [`Optimizer`], [`Schedule`], [`ClassWeights`],
//! [`Augment`], and the share of the samples that is held back to choose the best epoch by. At the
//! end of each epoch a [`Checkpoint`] can be taken, from which the training goes on with the same
//! bits. [`Cpu::training_memory`] tells beforehand how much memory a training takes.
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use edgefront_engine::{Cpu, Samples, TrainOptions, initial_weights, train};
//! use edgefront_graph::op::{Conv2d, BatchNorm, Flatten, GlobalAveragePool, Linear, Relu};
//! use edgefront_graph::{Graph, Shape, Window};
//! use edgefront_random::Key;
//!
//! let shape = Shape::new(1, 6, 6);
//! let mut graph = Graph::new(shape)?;
//! let mut x = graph.input();
//! x = graph.push("conv", Conv2d::new(4, Window::square(3, 1, 1)), &[x])?;
//! x = graph.push("norm", BatchNorm, &[x])?;
//! x = graph.push("relu", Relu, &[x])?;
//! x = graph.push("mean", GlobalAveragePool, &[x])?;
//! graph.push("fc", Linear { out_features: 2 }, &[x])?;
//!
//! // Class 0 has horizontal stripes, class 1 vertical ones.
//! let labels: Vec<usize> = (0..40).map(|sample| sample % 2).collect();
//! let mut images = Vec::new();
//! for (sample, &label) in labels.iter().enumerate() {
//!     for (row, column) in (0..6).flat_map(|row| (0..6).map(move |column| (row, column))) {
//!         let along = if label == 0 { row } else { column };
//!         images.push(((along + sample / 2) % 2) as f32);
//!     }
//! }
//! let samples = Samples::new(&images, &labels, shape, 2)?;
//!
//! let key = Key::new(1);
//! let options = TrainOptions { epochs: 30, batch_size: 10, ..TrainOptions::default() };
//! let (learn, test): (Vec<usize>, Vec<usize>) = (0..40).partition(|index| index % 4 < 2);
//! let weights = initial_weights(&graph, key);
//! let trained = train(&Cpu::new(), &graph, &weights, &samples, &learn, &test, &options, key,
//!     &mut |_| ControlFlow::Continue(()))?;
//! assert!(trained.epochs[29].train_loss < trained.epochs[0].train_loss);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod augment;
mod backend;
mod checkpoint;
mod confusion;
mod cpu;
mod error;
mod evaluate;
mod initial;
mod kernels;
mod layout;
mod loss;
mod optimizer;
mod roc_auc;
mod samples;
mod scales;
mod schedule;
mod threads;
mod train;
mod validation;

pub use augment::Augment;
pub use backend::{Backend, Network, NetworkState, TrainStep};
pub use checkpoint::Checkpoint;
pub use confusion::Confusion;
pub use cpu::{ConvolutionRates, Cpu, convolution_rates, multiply_add_peak};
pub use error::Error;
pub use evaluate::{Evaluation, Prediction, evaluate, predict, probabilities};
pub use initial::initial_weights;
pub use loss::{ClassWeights, LossOptions};
pub use optimizer::{Adam, Optimizer, Sgd};
pub use roc_auc::roc_auc;
pub use samples::Samples;
pub use scales::ChannelScales;
pub use schedule::Schedule;
pub use train::{EpochEnd, EpochReport, Quality, Snapshot, Start, TrainOptions, Trained, train};
