//! Training and inference of small CNNs on a CPU.
