//! Search strategies and schedulers behind ask and tell.
