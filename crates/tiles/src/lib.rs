//! Labelled multi-band raster tiles: reading, preparation, folds, synthesis.
