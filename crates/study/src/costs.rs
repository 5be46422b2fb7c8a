use std::collections::HashMap;

use edgefront_graph::{ArchitectureKey, Folded, Graph, onnx};
use edgefront_latency::{Ir, LibraryDevice};
use serde::{Deserialize, Serialize};

use crate::Error;

/// What a network costs, known before it is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// Predicted milliseconds by device, in the study's order.
    pub latency: Vec<DeviceLatency>,
    /// Size of the ONNX file that is written for it, in bytes.
    pub onnx_bytes: u64,
    /// Multiply-accumulate operations of one tile.
    pub macs: u64,
    /// Trainable parameters.
    pub parameters: u64,
}

/// The predicted latency on one device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceLatency {
    /// The device.
    pub device: String,
    /// Predicted time of one tile.
    pub milliseconds: f64,
    /// Share of the network's MACs in kernels that the device's predictor knows, 0 to 1.
    pub coverage: f64,
}

impl Costs {
    /// Mean latency over the devices in milliseconds.
    #[must_use]
    pub fn mean_latency(&self) -> f64 {
        let sum: f64 = self
            .latency
            .iter()
            .map(|latency| latency.milliseconds)
            .sum();
        sum / self.latency.len() as f64
    }

    /// Population standard deviation of the latency over the devices in milliseconds.
    #[must_use]
    pub fn latency_std(&self) -> f64 {
        let mean = self.mean_latency();
        let squares = self
            .latency
            .iter()
            .map(|latency| (latency.milliseconds - mean).powi(2));
        (squares.sum::<f64>() / self.latency.len() as f64).sqrt()
    }

    /// Latency on the device that takes longest, in milliseconds.
    #[must_use]
    pub fn latency_max(&self) -> f64 {
        let times = self.latency.iter().map(|latency| latency.milliseconds);
        times.fold(0.0, f64::max)
    }

    /// The value of a measure that needs no training, in the unit of
    /// [`MEASURES`](crate::MEASURES).
    #[must_use]
    pub fn measure(&self, name: &str) -> Option<f64> {
        if let Some(device) = name.strip_prefix("latency.") {
            let own = self.latency.iter().find(|latency| latency.device == device);
            return own.map(|latency| latency.milliseconds);
        }
        match name {
            "latency" => Some(self.mean_latency()),
            "latency_std" => Some(self.latency_std()),
            "latency_max" => Some(self.latency_max()),
            "memory" => Some(self.onnx_bytes as f64 / 1e6),
            "macs" => Some(self.macs as f64),
            "parameters" => Some(self.parameters as f64),
            _ => None,
        }
    }
}

/// Counts and predicts costs, each network once.
pub(crate) struct Accountant {
    devices: Vec<LibraryDevice>,
    known: HashMap<ArchitectureKey, Costs>,
}

impl Accountant {
    pub(crate) fn new(devices: Vec<LibraryDevice>) -> Self {
        Self {
            devices,
            known: HashMap::new(),
        }
    }

    /// The costs of a network whose file will carry this metadata.
    pub(crate) fn costs(
        &mut self,
        graph: &Graph,
        metadata: &[(String, String)],
    ) -> Result<Costs, Error> {
        let key = graph.key();
        if let Some(costs) = self.known.get(&key) {
            return Ok(costs.clone());
        }
        let folded = Folded::new(graph)?;
        let network = Ir::from_graph(graph);
        let latency = self.devices.iter().map(|device| {
            let prediction = device.model.predictor().predict(&network)?;
            Ok(DeviceLatency {
                device: device.name().to_owned(),
                milliseconds: prediction.milliseconds,
                coverage: prediction.coverage.macs,
            })
        });
        let costs = Costs {
            latency: latency.collect::<Result<_, Error>>()?,
            onnx_bytes: onnx::encoded_len(folded.graph(), metadata) as u64,
            macs: graph.macs(),
            parameters: graph.trainable_parameters() as u64,
        };
        self.known.insert(key, costs.clone());
        Ok(costs)
    }
}
