//! Tests of the crate as its users see it.

mod devices;
mod emulation;
mod fitting;
mod forests;
mod hostile;
mod kernels;
mod network;
mod onnx;
mod reference;
