//! Search spaces of architectures.
