//! Network graphs: operators, shapes, costs, builders, ONNX.
//!
//! A [`Graph`] says what a network computes, for one image; the batch is everybody else's
//! business. Nodes stand in topological order by construction, each with its operator ([`Op`],
//! one file per operator) and its inferred output [`Shape`]. The numbers live apart in
//! [`Weights`], so that a latency can be predicted, a cost counted and a key formed without any.
//!
//! ```
//! use edgefront_graph::{ResNet, Stem};
//!
//! let graph = ResNet { width: 32, stem: Stem { kernel: 3, stride: 2, padding: 1, pool: Some((3, 2)) },
//!     ..ResNet::resnet18(7, 100, 2) }.build()?;
//! assert_eq!(graph.output_shape().channels, 2);
//! println!("{} MACs, {} parameters", graph.macs(), graph.trainable_parameters());
//! # Ok::<(), edgefront_graph::Error>(())
//! ```

mod cost;
mod error;
mod fold;
mod graph;
mod key;
pub mod onnx;
pub mod op;
mod resnet;
pub mod safetensors;
mod shape;
mod weights;
mod window;

pub use error::Error;
pub use fold::Folded;
pub use graph::{Graph, Node, NodeId};
pub use key::ArchitectureKey;
pub use op::Op;
pub use resnet::{ResNet, Stem};
pub use shape::Shape;
pub use weights::{Tensor, Weights};
pub use window::{Padding, Window};
