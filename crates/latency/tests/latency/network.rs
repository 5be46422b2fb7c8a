//! Small networks written operator by operator.

use edgefront_latency::{Ir, Rules, detect};

const MAP: &str = "[1,8,8,16]";
const VECTOR: &str = "[1,16]";

/// A network whose maps all are 1 x 8 x 8 x 16, but for averages, and whose windows all are 3 x 3.
#[derive(Default)]
pub struct Network {
    nodes: Vec<String>,
}

impl Network {
    /// Adds an operator that reads the named ones. "channel mean" is a `ReduceMean` over the
    /// channels, as in a layer norm.
    pub fn op(mut self, name: &str, kind: &str, reads: &[&str]) -> Self {
        let (input, output) = match kind {
            "GlobalAveragePool" | "ReduceMean" | "Mean" => (MAP, "[1,1,1,16]"),
            "channel mean" => (MAP, "[1,8,8,1]"),
            "MatMul" | "Gemm" => (VECTOR, VECTOR),
            _ => (MAP, MAP),
        };
        let kind = match kind {
            "channel mean" => "ReduceMean",
            _ => kind,
        };
        let inputs = vec![input; reads.len().max(1)].join(",");
        let reads = format!("{reads:?}");
        self.nodes.push(format!(
            r#""{name}": {{"attr": {{"type": "{kind}", "input_shape": [{inputs}],
            "output_shape": [{output}], "attr": {{"kernel_shape": [3,3], "strides": [1,1]}}}},
            "inbounds": {reads}}}"#
        ));
        self
    }

    /// Adds operators named after their kinds, each reading the one before.
    pub fn chain<'a>(mut self, kinds: &[&'a str], mut after: Option<&'a str>) -> Self {
        for kind in kinds {
            let reads: Vec<&str> = after.into_iter().collect();
            self = self.op(kind, kind, &reads);
            after = Some(kind);
        }
        self
    }

    pub fn ir(&self) -> Ir {
        Ir::from_json(&format!("{{{}}}", self.nodes.join(",")), "test").expect("a valid network")
    }

    /// The kernels' types under these rules.
    pub fn kernels(&self, rules: &Rules) -> Vec<String> {
        let kernels = detect(&self.ir(), rules).expect("a valid network");
        kernels.into_iter().map(|kernel| kernel.op).collect()
    }
}
