//! Coefficients of terms from measured latencies, some of which no sum of terms describes.

use crate::nnls::NormalEquations;

/// Rounds of reweighting; the held-out error does not change any more from the sixth.
const ROUNDS: usize = 6;

/// Relative errors up to this count squared, larger ones in proportion.
const BOUND: f64 = 0.05;

/// A measured latency as a sum of terms: columns with their values, and their sum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Equation<'a> {
    pub row: &'a [(usize, f64)],
    pub milliseconds: f64,
    /// How much its error counts; 1 of a measurement.
    pub weight: f64,
}

impl Equation<'_> {
    /// How far the sum is off, relative to what was measured.
    pub(crate) fn error(&self, coefficients: &[f64]) -> f64 {
        let terms = self.row.iter();
        let sum: f64 = terms.map(|&(term, value)| coefficients[term] * value).sum();
        sum / self.milliseconds - 1.0
    }
}

/// The non-negative coefficients of the smallest relative error under Huber's loss ("Robust
/// estimation of a location parameter", 1964), by iteratively reweighted least squares: each round
/// weights an equation by the inverse of its error in the round before.
///
/// Squared errors would let the few latencies that no sum of terms describes bend the coefficients
/// of all others. `ridge` is that of [`NormalEquations::solve`].
pub(crate) fn coefficients<'a>(
    equations: impl Iterator<Item = Equation<'a>>,
    size: usize,
    ridge: f64,
) -> Vec<f64> {
    let equations: Vec<Equation<'a>> = equations.collect();
    let mut weights: Vec<f64> = vec![1.0; equations.len()];
    let mut coefficients = Vec::new();
    for _ in 0..ROUNDS {
        let mut normal = NormalEquations::new(size);
        for (equation, robust) in equations.iter().zip(&weights) {
            // Dividing an equation by its latency makes its error relative.
            let root = f64::sqrt(equation.weight * robust);
            let scaled =
                |&(term, value): &(usize, f64)| (term, value * root / equation.milliseconds);
            let relative: Vec<(usize, f64)> = equation.row.iter().map(scaled).collect();
            normal.add(&relative, root);
        }
        coefficients = normal.solve(ridge);
        for (equation, robust) in equations.iter().zip(&mut weights) {
            *robust = equation.error(&coefficients).abs().max(BOUND).recip();
        }
    }
    coefficients
}
