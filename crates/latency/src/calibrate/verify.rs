//! How far a device is off on networks that are measured now.

use edgefront_graph::Graph;

use super::Bench;
use crate::error::Error;
use crate::fit::Accuracy;
use crate::ir::Ir;
use crate::measure::quantile;
use crate::predict::Predictor;

/// A network, what was predicted and what was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// The network's name.
    pub name: String,
    /// Predicted milliseconds.
    pub predicted: f64,
    /// The median of its measurements in milliseconds.
    pub measured: f64,
}

impl Verified {
    /// The relative error, `predicted / measured - 1`.
    #[must_use]
    pub fn error(&self) -> f64 {
        self.predicted / self.measured - 1.0
    }

    /// The accuracy over one or more networks.
    #[must_use]
    pub fn accuracy(networks: &[Self]) -> Accuracy {
        let errors: Vec<f64> = networks.iter().map(Self::error).collect();
        Accuracy::of(&errors)
    }
}

/// Measures each network `rounds` times, one after the other in each round so that a drift of the
/// machine meets all alike, and compares the medians with the predictions. `progress` is told the
/// measurements made and all.
///
/// # Errors
/// Those of the bench, and as [`Predictor::predict`].
pub fn verify(
    device: &dyn Predictor,
    networks: &[(String, Graph)],
    rounds: usize,
    bench: &mut Bench<'_>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Vec<Verified>, Error> {
    let rounds = rounds.max(1);
    let mut measured = vec![Vec::with_capacity(rounds); networks.len()];
    for round in 0..rounds {
        for (index, (_, graph)) in networks.iter().enumerate() {
            measured[index].push(bench(graph)?);
            progress(round * networks.len() + index + 1, rounds * networks.len());
        }
    }
    let verified = networks.iter().zip(measured);
    verified
        .map(|((name, graph), mut times)| {
            times.sort_by(f64::total_cmp);
            Ok(Verified {
                name: name.clone(),
                predicted: device.predict(&Ir::from_graph(graph))?.milliseconds,
                measured: quantile(&times, 0.5),
            })
        })
        .collect()
}
