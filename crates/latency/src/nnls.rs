//! Least squares with coefficients that must not be negative.

/// The normal equations of a least-squares problem, summed up row by row.
///
/// They are all that the solution needs: the rows themselves need not be kept.
#[derive(Clone, Debug)]
pub(crate) struct NormalEquations {
    size: usize,
    /// The sum of the rows' outer products, row-major.
    gram: Vec<f64>,
    /// The sum of the rows times their targets.
    moment: Vec<f64>,
}

impl NormalEquations {
    pub(crate) fn new(size: usize) -> Self {
        Self {
            size,
            gram: vec![0.0; size * size],
            moment: vec![0.0; size],
        }
    }

    /// Adds an equation `sum of coefficient[i] * value = target` over the `(i, value)` of the row.
    pub(crate) fn add(&mut self, row: &[(usize, f64)], target: f64) {
        for &(i, a) in row {
            self.moment[i] += a * target;
            for &(j, b) in row {
                self.gram[i * self.size + j] += a * b;
            }
        }
    }

    /// The non-negative coefficients of the smallest squared error, by the active-set method of
    /// Lawson and Hanson ("Solving least squares problems", 1974, chapter 23) on the normal
    /// equations (Bro and de Jong, "A fast non-negativity-constrained least squares algorithm",
    /// J. Chemometrics 11, 1997).
    ///
    /// `ridge`, a small positive number, is added to the diagonal after every column has been
    /// scaled to a length of one. It makes the solution unique where columns depend on each other
    /// and spreads the weight over them. A column of zeros gets zero.
    pub(crate) fn solve(&self, ridge: f64) -> Vec<f64> {
        let n = self.size;
        let scale: Vec<f64> = (0..n)
            .map(|i| self.gram[i * n + i])
            .map(|square| {
                if square > 0.0 {
                    square.sqrt().recip()
                } else {
                    0.0
                }
            })
            .collect();
        let mut gram = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                gram[i * n + j] = self.gram[i * n + j] * scale[i] * scale[j];
            }
            gram[i * n + i] = 1.0 + ridge;
        }
        let moment: Vec<f64> = (0..n).map(|i| self.moment[i] * scale[i]).collect();
        let solution = ActiveSet::new(&gram, &moment).run();
        solution.iter().zip(&scale).map(|(x, s)| x * s).collect()
    }
}

/// The iteration: coefficients are either held at zero or free.
struct ActiveSet<'a> {
    gram: &'a [f64],
    moment: &'a [f64],
    solution: Vec<f64>,
    /// Indices of the free coefficients, ascending.
    free: Vec<usize>,
}

impl<'a> ActiveSet<'a> {
    fn new(gram: &'a [f64], moment: &'a [f64]) -> Self {
        Self {
            gram,
            moment,
            solution: vec![0.0; moment.len()],
            free: Vec::new(),
        }
    }

    fn run(mut self) -> Vec<f64> {
        let largest = self.moment.iter().fold(0.0_f64, |m, b| m.max(b.abs()));
        let tolerance = 1e-12 * largest;
        // In exact arithmetic each set of free coefficients occurs once; rounding could repeat
        // one, so the iteration is bounded, far above the two or three steps a coefficient takes.
        for _ in 0..20 * self.moment.len() {
            let Some(entering) = self.steepest(tolerance) else {
                break;
            };
            let at = self.free.partition_point(|&i| i < entering);
            self.free.insert(at, entering);
            self.descend();
            if self.solution[entering] == 0.0 {
                // Rounding: its gradient promised a descent that is not there.
                break;
            }
        }
        self.solution
    }

    /// The coefficient at zero whose increase lowers the error fastest.
    fn steepest(&self, tolerance: f64) -> Option<usize> {
        let n = self.moment.len();
        let gradient = |i: usize| {
            let row = &self.gram[i * n..(i + 1) * n];
            self.moment[i]
                - self
                    .free
                    .iter()
                    .map(|&j| row[j] * self.solution[j])
                    .sum::<f64>()
        };
        (0..n)
            .filter(|i| self.free.binary_search(i).is_err())
            .map(|i| (i, gradient(i)))
            .filter(|(_, gradient)| *gradient > tolerance)
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(i, _)| i)
    }

    /// Moves to the optimum of the free coefficients, or as near as none becomes negative;
    /// those that reach zero are held there, until the optimum can be had.
    fn descend(&mut self) {
        while !self.free.is_empty() {
            let optimum = self.unconstrained();
            let mut step: f64 = 1.0;
            for (&i, &target) in self.free.iter().zip(&optimum) {
                if target <= 0.0 {
                    let current = self.solution[i];
                    step = step.min(current / (current - target).max(f64::MIN_POSITIVE));
                }
            }
            let blocked = optimum.iter().any(|&target| target <= 0.0);
            for (&i, &target) in self.free.iter().zip(&optimum) {
                let moved = self.solution[i] + step * (target - self.solution[i]);
                // The one that limits the step ends at zero exactly, whatever rounding says.
                let stops = target <= 0.0 && moved <= 1e-14;
                self.solution[i] = if stops { 0.0 } else { moved };
            }
            if !blocked {
                return;
            }
            let solution = &self.solution;
            self.free.retain(|&i| solution[i] > 0.0);
        }
    }

    /// The optimum of the free coefficients alone, by Cholesky's decomposition.
    fn unconstrained(&self) -> Vec<f64> {
        let (n, m) = (self.moment.len(), self.free.len());
        let mut lower = vec![0.0; m * m];
        for (r, &i) in self.free.iter().enumerate() {
            for (c, &j) in self.free[..=r].iter().enumerate() {
                let done: f64 = (0..c).map(|k| lower[r * m + k] * lower[c * m + k]).sum();
                let rest = self.gram[i * n + j] - done;
                lower[r * m + c] = if r == c {
                    // The ridge keeps this above zero but for rounding.
                    rest.max(f64::EPSILON).sqrt()
                } else {
                    rest / lower[c * m + c]
                };
            }
        }
        let mut x: Vec<f64> = self.free.iter().map(|&i| self.moment[i]).collect();
        for r in 0..m {
            let done: f64 = (0..r).map(|k| lower[r * m + k] * x[k]).sum();
            x[r] = (x[r] - done) / lower[r * m + r];
        }
        for r in (0..m).rev() {
            let done: f64 = (r + 1..m).map(|k| lower[k * m + r] * x[k]).sum();
            x[r] = (x[r] - done) / lower[r * m + r];
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn equations(rows: &[Vec<f64>], targets: &[f64]) -> NormalEquations {
        let mut equations = NormalEquations::new(rows[0].len());
        for (row, &target) in rows.iter().zip(targets) {
            let row: Vec<(usize, f64)> = row.iter().copied().enumerate().collect();
            equations.add(&row, target);
        }
        equations
    }

    fn squared_error(rows: &[Vec<f64>], targets: &[f64], x: &[f64]) -> f64 {
        let predicted = |row: &Vec<f64>| row.iter().zip(x).map(|(a, b)| a * b).sum::<f64>();
        rows.iter()
            .zip(targets)
            .map(|(row, target)| (predicted(row) - target).powi(2))
            .sum()
    }

    #[test]
    fn finds_the_coefficients_that_made_the_data() {
        let rows = [
            [1.0, 2.0, 0.0],
            [0.0, 1.0, 3.0],
            [4.0, 0.0, 1.0],
            [1.0, 1.0, 1.0],
        ];
        let rows: Vec<Vec<f64>> = rows.iter().map(|row| row.to_vec()).collect();
        let truth = [0.5, 0.0, 2.0];
        let targets: Vec<f64> = rows
            .iter()
            .map(|row| row.iter().zip(&truth).map(|(a, b)| a * b).sum())
            .collect();
        let found = equations(&rows, &targets).solve(1e-12);
        for (found, truth) in found.iter().zip(&truth) {
            assert!((found - truth).abs() < 1e-9, "{found} {truth}");
        }
    }

    #[test]
    fn equal_columns_share_and_empty_ones_get_nothing() {
        let rows = vec![vec![1.0, 0.0, 1.0], vec![2.0, 0.0, 2.0]];
        let found = equations(&rows, &[2.0, 4.0]).solve(1e-9);
        assert!(
            (found[0] - 1.0).abs() < 1e-5 && (found[2] - 1.0).abs() < 1e-5,
            "{found:?}"
        );
        assert_eq!(found[1], 0.0);
    }

    proptest! {
        /// The conditions of Karush, Kuhn and Tucker, which only the optimum satisfies, and no
        /// choice of coefficients held at zero that does better.
        #[test]
        fn is_the_optimum(
            rows in prop::collection::vec(prop::collection::vec(-3.0..3.0, 4), 4..12),
            targets in prop::collection::vec(-5.0..5.0, 12),
        ) {
            let targets = &targets[..rows.len()];
            let equations = equations(&rows, targets);
            let x = equations.solve(1e-12);
            prop_assert!(x.iter().all(|&x| x >= 0.0), "{x:?}");
            let scale: f64 = targets.iter().map(|t| t.abs()).sum::<f64>() + 1.0;
            for i in 0..4 {
                let gradient: f64 = equations.moment[i]
                    - (0..4).map(|j| equations.gram[i * 4 + j] * x[j]).sum::<f64>();
                prop_assert!(gradient < 1e-6 * scale, "{gradient} at {i} of {x:?}");
                prop_assert!(gradient * x[i] > -1e-6 * scale, "{gradient} at {i} of {x:?}");
            }
            let error = squared_error(&rows, targets, &x);
            for held in 0..16_u32 {
                let free: Vec<usize> = (0..4).filter(|i| held & (1 << i) == 0).collect();
                let some = free.iter().map(|&i| x[i] + 0.01);
                let mut other = vec![0.0; 4];
                for (&i, value) in free.iter().zip(some) {
                    other[i] = value;
                }
                prop_assert!(error <= squared_error(&rows, targets, &other) + 1e-6 * scale);
            }
        }
    }
}
