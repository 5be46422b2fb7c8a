//! Latency of a network on a device, predicted from its kernels.
