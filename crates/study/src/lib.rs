//! Studies: the study file, its store, its runner.
