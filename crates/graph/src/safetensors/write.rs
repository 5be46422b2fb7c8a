use std::collections::BTreeMap;

use serde::Serialize;

use super::header::{Entry, METADATA};
use crate::{Graph, Tensor, Weights};

/// The header is filled up with spaces to a multiple of this, so that the numbers lie aligned.
const ALIGNMENT: usize = 8;

/// The bytes of the safetensors file: `F32`, sorted by name. The metadata, keys and values, comes
/// with `format = pt`, by which other programs know PyTorch's layouts.
///
/// # Panics
/// If the weights are not those of the graph.
#[must_use]
pub fn encode(graph: &Graph, weights: &Weights, metadata: &[(String, String)]) -> Vec<u8> {
    let tensors: BTreeMap<String, &Tensor> = graph
        .ids()
        .flat_map(|id| {
            let names = graph
                .parameters(id)
                .into_iter()
                .map(move |parameter| graph.node(id).parameter_name(&parameter));
            names.zip(weights.of(id))
        })
        .collect();
    let mut header = header(&tensors, metadata);
    header.resize(header.len().next_multiple_of(ALIGNMENT), b' ');
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.append(&mut header);
    let numbers = tensors.values().flat_map(|tensor| &tensor.data);
    bytes.extend(numbers.flat_map(|number| number.to_le_bytes()));
    bytes
}

#[derive(Serialize)]
#[serde(untagged)]
enum Value<'a> {
    Metadata(BTreeMap<&'a str, &'a str>),
    Tensor(Entry),
}

fn header(tensors: &BTreeMap<String, &Tensor>, metadata: &[(String, String)]) -> Vec<u8> {
    let mut facts: BTreeMap<&str, &str> = metadata
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    facts.insert("format", "pt");
    let mut header = BTreeMap::from([(METADATA, Value::Metadata(facts))]);
    let mut start = 0;
    for (name, tensor) in tensors {
        let end = start + size_of_val(tensor.data.as_slice());
        let entry = Entry {
            dtype: "F32".to_owned(),
            shape: tensor.dims.clone(),
            data_offsets: [start, end],
        };
        header.insert(name, Value::Tensor(entry));
        start = end;
    }
    serde_json::to_vec(&header).expect("a map with text keys is JSON")
}
