//! Hardware-aware neural architecture search for small CNN classifiers.
