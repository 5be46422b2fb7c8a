use super::half::{bfloat16, binary16};
use super::header::{self, Entry};
use crate::{Error, Graph, Tensor, Weights};

/// PyTorch's batch norms count their batches in a tensor that no computation reads.
const COUNTER: &str = ".num_batches_tracked";

/// The weights of a graph from the bytes of a safetensors file.
///
/// Numbers may be `F32`, or `F16` or `BF16`, which widen without loss. The file must hold the
/// tensors of the graph and no others, but for the counters of PyTorch's batch norms
/// (`num_batches_tracked`).
///
/// # Errors
/// If the bytes are no safetensors file or one cut short, or if a tensor is missing, unknown to
/// the graph, of another shape or of another type: the error names the tensor, what was expected
/// and what was found.
pub fn decode(graph: &Graph, bytes: &[u8]) -> Result<Weights, Error> {
    let (mut entries, data) = header::parse(bytes)?;
    let mut nodes = Vec::with_capacity(graph.nodes().len());
    for id in graph.ids() {
        let mut tensors = Vec::new();
        for parameter in graph.parameters(id) {
            let name = graph.node(id).parameter_name(&parameter);
            let Some(entry) = entries.remove(&name) else {
                return Err(Error::Tensor {
                    tensor: name,
                    expected: format!("F32 of {:?}", parameter.dims),
                    found: "none of this name".to_owned(),
                });
            };
            tensors.push(tensor(&name, &parameter.dims, &entry, data)?);
        }
        nodes.push(tensors);
    }
    entries.retain(|name, _| !name.ends_with(COUNTER));
    if let Some((name, entry)) = entries.pop_first() {
        return Err(Error::Tensor {
            tensor: name,
            expected: "no tensor of this name in the network".to_owned(),
            found: entry.to_string(),
        });
    }
    Weights::new(graph, nodes)
}

fn tensor(name: &str, dims: &[usize], entry: &Entry, data: &[u8]) -> Result<Tensor, Error> {
    let mismatch = |found: String| Error::Tensor {
        tensor: name.to_owned(),
        expected: format!("F32, F16 or BF16 of {dims:?}"),
        found,
    };
    let bytes = &data[entry.range()];
    let data: Vec<f32> = match entry.dtype.as_str() {
        "F32" => numbers(bytes, f32::from_le_bytes),
        "F16" => numbers(bytes, |word| binary16(u16::from_le_bytes(word))),
        "BF16" => numbers(bytes, |word| bfloat16(u16::from_le_bytes(word))),
        _ => return Err(mismatch(entry.to_string())),
    }
    .ok_or_else(|| mismatch(format!("{entry} in {} bytes", bytes.len())))?;
    if entry.shape != dims {
        return Err(mismatch(entry.to_string()));
    }
    if data.len() != dims.iter().product::<usize>() {
        return Err(mismatch(format!("{entry} in {} bytes", bytes.len())));
    }
    Ok(Tensor {
        dims: dims.to_vec(),
        data,
    })
}

/// The bytes as numbers; `None` if there is a part of one.
fn numbers<const BYTES: usize>(
    bytes: &[u8],
    number: impl Fn([u8; BYTES]) -> f32,
) -> Option<Vec<f32>> {
    let (words, rest) = bytes.as_chunks::<BYTES>();
    rest.is_empty()
        .then(|| words.iter().map(|&word| number(word)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::op::{BatchNorm, Conv2d, Flatten, GlobalAveragePool, Linear};
    use crate::safetensors::encode;
    use crate::{Shape, Window};

    fn graph() -> Graph {
        let mut graph = Graph::new(Shape::new(2, 5, 5)).unwrap();
        let conv = Conv2d::new(3, Window::square(3, 1, 1));
        let mut x = graph.push("conv", conv, &[graph.input()]).unwrap();
        x = graph.push("norm", BatchNorm, &[x]).unwrap();
        x = graph.push("mean", GlobalAveragePool, &[x]).unwrap();
        x = graph.push("flat", Flatten, &[x]).unwrap();
        graph.push("fc", Linear { out_features: 2 }, &[x]).unwrap();
        graph
    }

    fn weights(graph: &Graph) -> Weights {
        let mut counter = 0;
        Weights::build(graph, |_, parameter| {
            let mut tensor = Tensor::filled(&parameter.dims, 0.0);
            for value in &mut tensor.data {
                counter += 1;
                *value = (counter % 64) as f32 / 32.0 - 1.0;
            }
            tensor
        })
    }

    /// A file of this header, with its length before it and these bytes after it.
    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let length = (header.len() as u64).to_le_bytes();
        [&length, header.as_bytes(), data].concat()
    }

    /// The file of the network, whose header is changed as text.
    fn changed(from: &str, to: &str) -> Vec<u8> {
        let graph = graph();
        let bytes = encode(&graph, &weights(&graph), &[]);
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let header = std::str::from_utf8(&bytes[8..8 + length]).unwrap();
        assert_eq!(header.matches(from).count(), 1, "{from} in {header}");
        file(&header.replace(from, to), &bytes[8 + length..])
    }

    fn fault(bytes: &[u8]) -> String {
        decode(&graph(), bytes).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_is_read() {
        let graph = graph();
        let weights = weights(&graph);
        let metadata = [("bands".to_owned(), "dem, \"r\"".to_owned())];
        for metadata in [&metadata[..], &[]] {
            let bytes = encode(&graph, &weights, metadata);
            assert_eq!(decode(&graph, &bytes).unwrap(), weights);
        }
    }

    #[test]
    fn numbers_of_16_bits_are_widened() {
        let mut graph = Graph::new(Shape::new(2, 1, 1)).unwrap();
        let input = graph.input();
        graph
            .push("fc", Linear { out_features: 1 }, &[input])
            .unwrap();
        let header = r#"{"fc.bias":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},
            "fc.weight":{"dtype":"BF16","shape":[1,2],"data_offsets":[2,6]},
            "x.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[6,14]}}"#;
        let data = [0x00, 0x3c, 0x80, 0x3f, 0x49, 0xc0, 9, 0, 0, 0, 0, 0, 0, 0];
        let weights = decode(&graph, &file(header, &data)).unwrap();
        assert_eq!(weights.values().collect::<Vec<_>>(), [1.0, -3.140_625, 1.0]);
    }

    #[test]
    fn faults_name_the_tensor_and_both_sides() {
        assert_eq!(
            fault(&changed("[3,2,3,3]", "[2,3,3,3]")),
            "tensor `conv.weight`: expected F32, F16 or BF16 of [3, 2, 3, 3], \
             found F32 of [2, 3, 3, 3]"
        );
        assert_eq!(
            fault(&changed("\"norm.running_var\"", "\"norm.variance\"")),
            "tensor `norm.running_var`: expected F32 of [3], found none of this name"
        );
        assert_eq!(
            fault(&changed(
                "{\"__metadata__",
                "{\"more\":{\"dtype\":\"I8\",\"shape\":[0],\"data_offsets\":[0,0]},\"__metadata__"
            )),
            "tensor `more`: expected no tensor of this name in the network, found I8 of [0]"
        );
        let dtype = "\"dtype\":\"F32\",\"shape\":[3,2,3,3]";
        assert_eq!(
            fault(&changed(dtype, &dtype.replace("F32", "F64"))),
            "tensor `conv.weight`: expected F32, F16 or BF16 of [3, 2, 3, 3], \
             found F64 of [3, 2, 3, 3]"
        );
        assert_eq!(
            fault(&changed(dtype, &dtype.replace("F32", "F16"))),
            "tensor `conv.weight`: expected F32, F16 or BF16 of [3, 2, 3, 3], \
             found F16 of [3, 2, 3, 3] in 216 bytes"
        );
    }

    #[test]
    fn places_are_checked() {
        let place = "[0,216]";
        for (other, text) in [
            (
                "[4,216]",
                "`conv.weight` is at bytes 4 to 216, expected it to start at 0",
            ),
            (
                "[0,220]",
                "`fc.bias` is at bytes 216 to 224, expected it to start at 220",
            ),
            ("[216,0]", "expected it to start at"),
            ("[0,18446744073709551615]", "to end within the 296 bytes"),
            ("[0,18446744073709551616]", "the header is not as expected"),
            ("[-4,216]", "the header is not as expected"),
        ] {
            let fault = fault(&changed(place, other));
            assert!(fault.contains(text), "{other}: {fault}");
        }
        let graph = graph();
        let mut bytes = encode(&graph, &weights(&graph), &[]);
        bytes.push(0);
        assert!(fault(&bytes).contains("297 bytes of data, expected the 296 of its tensors"));
    }

    #[test]
    fn headers_are_checked() {
        assert!(fault(b"short").contains("5 bytes, expected 8 and a header"));
        let huge = [&u64::MAX.to_le_bytes()[..], b"{}"].concat();
        assert!(fault(&huge).contains("a header of 18446744073709551615 bytes, the file has 2"));
        assert!(fault(&file("[]", &[])).contains("expected an object of tensors"));
        assert!(fault(&file("{\"a\":", &[])).contains("the header is not as expected"));
        assert!(fault(&file("{}", &[])).contains("`conv.weight`"));
        let entry = "{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}";
        let twice = format!("{{\"a\":{entry},\"a\":{entry}}}");
        assert!(fault(&file(&twice, &[])).contains("two tensors are named `a`"));
    }

    #[test]
    fn a_cut_file_is_an_error() {
        let graph = graph();
        let bytes = encode(&graph, &weights(&graph), &[]);
        for length in 0..bytes.len() {
            assert!(decode(&graph, &bytes[..length]).is_err(), "{length} bytes");
        }
    }

    proptest! {
        #[test]
        fn broken_bytes_never_panic(at in 0.0..1.0f64, value: u8) {
            let graph = graph();
            let mut bytes = encode(&graph, &weights(&graph), &[]);
            let at = (at * bytes.len() as f64) as usize;
            bytes[at] = value;
            let _ = decode(&graph, &bytes);
        }

        #[test]
        fn random_bytes_never_panic(bytes: Vec<u8>) {
            let _ = decode(&graph(), &bytes);
            let _ = decode(&graph(), &file(&String::from_utf8_lossy(&bytes), &bytes));
        }
    }
}
