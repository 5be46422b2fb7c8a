//! Safetensors files: the numbers of a network without the network, as PyTorch keeps them.
//!
//! A tensor is named after its node and its parameter (`conv1.weight`, `layer1.0.bn1.running_var`)
//! and lies as PyTorch's `state_dict()` has it: a convolution's weight (out, in / groups, rows,
//! columns), a fully connected layer's (out, in). The nodes of [`ResNet`](crate::ResNet) have
//! torchvision's names, so that `safetensors.torch.save_file(model.state_dict(), path)` of such a
//! module makes a file that [`decode`] reads, and what [`encode`] writes goes into
//! `model.load_state_dict(safetensors.torch.load_file(path))`.
//!
//! A module whose layers are called otherwise has to be renamed in PyTorch, or to come as
//! [ONNX](crate::onnx), which says itself what belongs where. The order of the tensors cannot
//! stand in for names: `save_file` sorts by name, and networks hold many tensors of one shape.
//!
//! The format is that of <https://github.com/huggingface/safetensors>: eight bytes with the length
//! of a header, the header as JSON, the numbers.

pub(crate) mod half;
mod header;
mod read;
mod write;

pub use read::decode;
pub use write::encode;
