//! Models for tests, in protobuf's bytes.

/// A field that holds bytes.
pub(super) fn part(number: u64, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let mut bytes = varint(number << 3 | 2);
    bytes.extend(varint(content.len() as u64));
    bytes.extend(content);
    bytes
}

/// A field that holds a whole number.
pub(super) fn int(number: u64, value: i64) -> Vec<u8> {
    [varint(number << 3), varint(value.cast_unsigned())].concat()
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A model of operator set 17.
pub(super) fn model(graph: &[Vec<u8>], functions: &[Vec<u8>]) -> Vec<u8> {
    let functions: Vec<_> = functions.iter().map(|f| part(25, f)).collect();
    [
        part(8, int(2, 17)),
        part(7, graph.concat()),
        functions.concat(),
    ]
    .concat()
}

/// A node of the graph with whole numbers as attributes.
pub(super) fn node(
    kind: &str,
    inputs: &[&str],
    outputs: &[&str],
    ints: &[(&str, &[i64])],
) -> Vec<u8> {
    part(1, body(kind, inputs, outputs, ints))
}

/// A node itself.
pub(super) fn body(
    kind: &str,
    inputs: &[&str],
    outputs: &[&str],
    ints: &[(&str, &[i64])],
) -> Vec<u8> {
    let mut bytes = part(4, kind);
    inputs.iter().for_each(|name| bytes.extend(part(1, name)));
    outputs.iter().for_each(|name| bytes.extend(part(2, name)));
    for (name, values) in ints {
        let values: Vec<_> = values.iter().flat_map(|value| int(8, *value)).collect();
        bytes.extend(part(5, [part(1, name), values, int(20, 7)].concat()));
    }
    bytes
}

/// A float initializer without its numbers.
pub(super) fn weight(name: &str, dims: &[i64]) -> Vec<u8> {
    part(5, [tensor(dims, 1), part(8, name)].concat())
}

/// A list of whole numbers as an initializer.
pub(super) fn list(name: &str, numbers: &[i64]) -> Vec<u8> {
    let raw: Vec<_> = numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    let tensor = tensor(&[numbers.len() as i64], 7);
    part(5, [tensor, part(8, name), part(9, raw)].concat())
}

fn tensor(dims: &[i64], kind: i64) -> Vec<u8> {
    let dims: Vec<_> = dims.iter().flat_map(|extent| int(1, *extent)).collect();
    [dims, int(2, kind)].concat()
}

/// An input (11), an output (12) or a tensor in between (13), whose negative dimensions are
/// symbols.
pub(super) fn value(number: u64, name: &str, dims: &[i64]) -> Vec<u8> {
    let dimension = |extent: &i64| match extent {
        ..0 => part(1, part(2, format!("n{}", -extent))),
        _ => part(1, int(1, *extent)),
    };
    let dims: Vec<_> = dims.iter().flat_map(dimension).collect();
    let kind = part(1, [int(1, 1), part(2, dims)].concat());
    part(number, [part(1, name), part(2, kind)].concat())
}
