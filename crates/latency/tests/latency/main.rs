//! Tests of the crate as its users see it.

mod devices;
mod fitting;
mod forests;
mod hostile;
mod kernels;
mod network;
mod onnx;
mod reference;
