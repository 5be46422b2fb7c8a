use crate::error::Error;
use crate::objective::Objective;

/// Alternatives to compare: a row-major table of one row per alternative and one column per
/// objective, in the objectives' units. NaN marks a value that is not known.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    n_objectives: usize,
    values: Vec<f64>,
}

impl Points {
    /// A table of `values.len() / n_objectives` rows.
    ///
    /// # Errors
    /// If `n_objectives` is 0 or the values do not fill whole rows.
    pub fn new(n_objectives: usize, values: Vec<f64>) -> Result<Self, Error> {
        if n_objectives == 0 {
            return Err(Error::NoObjectives);
        }
        if !values.len().is_multiple_of(n_objectives) {
            return Err(Error::RaggedPoints {
                values: values.len(),
                objectives: n_objectives,
            });
        }
        Ok(Self {
            n_objectives,
            values,
        })
    }

    /// The number of columns, at least 1.
    #[must_use]
    pub fn n_objectives(&self) -> usize {
        self.n_objectives
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() / self.n_objectives
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values of one alternative.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, index: usize) -> &[f64] {
        &self.values[index * self.n_objectives..][..self.n_objectives]
    }

    /// The rows, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.n_objectives)
    }

    /// Replaces one value.
    ///
    /// # Panics
    /// If there is no such row or column.
    pub fn set(&mut self, row: usize, objective: usize, value: f64) {
        assert!(objective < self.n_objectives, "no objective {objective}");
        self.values[row * self.n_objectives + objective] = value;
    }
}

/// The rated points as costs (all objectives minimised), with the rows they came from.
pub(crate) struct Costs {
    /// The objectives per row.
    pub(crate) width: usize,
    /// The costs, row-major.
    pub(crate) values: Vec<f64>,
    /// For each row of `values` its row in the points, ascending.
    pub(crate) origin: Vec<usize>,
}

impl Costs {
    /// The costs of the rated rows.
    pub(crate) fn new(objectives: &[Objective], points: &Points) -> Self {
        Self::of(objectives, points, 0..points.len())
    }

    /// The costs of those of these rows that are rated.
    pub(crate) fn of(
        objectives: &[Objective],
        points: &Points,
        rows: impl IntoIterator<Item = usize>,
    ) -> Self {
        assert_eq!(
            objectives.len(),
            points.n_objectives(),
            "the objectives describe the columns of the points"
        );
        let mut costs = Self {
            width: objectives.len(),
            values: Vec::new(),
            origin: Vec::new(),
        };
        for index in rows {
            let row = points.row(index);
            if row.iter().any(|value| value.is_nan()) {
                continue;
            }
            let cost = objectives.iter().zip(row).map(|(o, &value)| o.cost(value));
            costs.values.extend(cost);
            costs.origin.push(index);
        }
        costs
    }

    pub(crate) fn len(&self) -> usize {
        self.origin.len()
    }

    pub(crate) fn row(&self, index: usize) -> &[f64] {
        &self.values[index * self.width..][..self.width]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_is_checked() {
        assert_eq!(Points::new(0, vec![]), Err(Error::NoObjectives));
        assert!(Points::new(2, vec![1.0; 3]).is_err());
        let points = Points::new(2, vec![1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!((points.len(), points.row(1)), (2, [3.0, 4.0].as_slice()));
    }
}
