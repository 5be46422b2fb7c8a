use std::ops::Range;

use crate::Optimizer;
use crate::kernels::{AdamStep, Kernels, SgdStep};
use crate::threads::Threads;

/// One step of an optimiser, its constants ready for the kernels.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Update {
    Adam(AdamStep<f32>),
    Sgd(SgdStep<f32>),
}

impl Update {
    /// The step `number`, which counts from 1.
    pub fn new(optimizer: &Optimizer, learning_rate: f64, number: u64) -> Self {
        match optimizer {
            Optimizer::Adam(adam) => Self::Adam(AdamStep::new(learning_rate, adam, false, number)),
            Optimizer::AdamW(adam) => Self::Adam(AdamStep::new(learning_rate, adam, true, number)),
            Optimizer::Sgd(sgd) => {
                let (momentum, nesterov, decay) = (sgd.momentum, sgd.nesterov, sgd.weight_decay);
                Self::Sgd(SgdStep::new(learning_rate, momentum, nesterov, decay))
            }
        }
    }
}

/// What a training keeps for each parameter.
pub(crate) struct OptimizerState {
    /// One row for each number that is kept of a parameter, as many as the
    /// [width](Optimizer::width). Of Adam the running means of the gradient and of its square, of
    /// SGD the velocity, if it has one.
    pub rows: Vec<Vec<f32>>,
}

impl OptimizerState {
    pub fn new(width: usize, parameters: usize) -> Self {
        let rows = (0..width).map(|_| vec![0.0; parameters]).collect();
        Self { rows }
    }

    /// Changes the parameters of one range, of which these are the weights and gradients.
    pub fn apply(
        &mut self,
        (kernels, threads): (&dyn Kernels, &Threads),
        update: &Update,
        range: Range<usize>,
        weights: &mut [f32],
        gradients: &[f32],
    ) {
        let len = threads.share(weights.len());
        let parts = weights.chunks_mut(len).zip(gradients.chunks(len));
        match (update, self.rows.as_mut_slice()) {
            (Update::Adam(step), [means, squares]) => {
                let (means, squares) = (&mut means[range.clone()], &mut squares[range]);
                threads.each_of(
                    parts.zip(means.chunks_mut(len).zip(squares.chunks_mut(len))),
                    |((weights, gradients), (means, squares))| {
                        kernels.adam(step, weights, gradients, means, squares);
                    },
                );
            }
            (Update::Sgd(step), [velocities]) => threads.each_of(
                parts.zip(velocities[range].chunks_mut(len)),
                |((weights, gradients), velocities)| {
                    kernels.sgd_momentum(step, weights, gradients, velocities);
                },
            ),
            (Update::Sgd(step), []) => {
                threads.each_of(parts, |(weights, gradients)| {
                    kernels.sgd(step, weights, gradients);
                });
            }
            _ => unreachable!("the state was made for this optimiser"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::kernels::available;

    /// From equal weights and gradients, each optimiser goes the way that it goes in PyTorch, to
    /// rounding.
    #[test]
    fn steps_are_those_of_pytorch() {
        let fixture: Value =
            serde_json::from_str(include_str!("../../fixtures/training.json")).unwrap();
        let numbers =
            |value: &Value| -> Vec<f32> { serde_json::from_value(value.clone()).unwrap() };
        let gradients: Vec<Vec<f32>> = fixture["gradients"]
            .as_array()
            .unwrap()
            .iter()
            .map(numbers)
            .collect();
        let start = numbers(&fixture["weights"]);
        let cases = fixture["optimizers"].as_array().unwrap();
        assert!(cases.len() > 5);
        for (case, kernels) in cases
            .iter()
            .flat_map(|case| available().into_iter().map(move |kernels| (case, kernels)))
        {
            let optimizer: Optimizer = serde_json::from_value(case["optimizer"].clone()).unwrap();
            optimizer.check().unwrap();
            let rate = case["learning_rate"].as_f64().unwrap();
            let mut weights = start.clone();
            let mut state = OptimizerState::new(optimizer.width(), weights.len());
            for ((number, gradients), expected) in (1..)
                .zip(&gradients)
                .zip(case["weights"].as_array().unwrap())
            {
                let update = Update::new(&optimizer, rate, number);
                let all = 0..weights.len();
                let machine = (kernels.as_ref(), &Threads::one());
                state.apply(machine, &update, all, &mut weights, gradients);
                for (weight, expected) in weights.iter().zip(numbers(expected)) {
                    let difference = (weight - expected).abs();
                    assert!(
                        difference <= 1e-6 * expected.abs().max(1.0),
                        "{optimizer:?}, step {number}, {}: {weight} is not {expected}",
                        kernels.name()
                    );
                }
            }
        }
    }
}
