//! Multi-objective analysis: dominance, fronts, ranks, hypervolume.
