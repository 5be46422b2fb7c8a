//! The file of a device of forests: a line with a checksum, a line of JSON, then the deflated trees.
//!
//! The trees come forest by forest, in the order of the JSON's list. For each forest there are its
//! nodes in preorder, a byte each: the feature of a split, or [`LEAF`]; then the splits' thresholds
//! in single precision; then the leaves' values in double precision; little-endian. Children need
//! no numbers that way, and whatever is read is a tree.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};

use super::ForestDevice;
use crate::error::Error;
use crate::file;
use crate::forest::{Forest, Node, Tree};
use crate::predict::Predictor;
use crate::rules::Rules;

/// The version of the layout that is written and read.
const FORMAT: u32 = 1;
/// The only unit of latencies.
const UNIT: &str = "ms";
/// How the first line begins; the SHA-256 of all that follows the line stands behind it.
const CHECKSUM: &str = "edgefront forests, sha256 ";
/// The byte of a leaf, which no feature has.
const LEAF: u8 = 0xff;
/// The most times that the trees may be larger than their file. Deflation halves them; only a file
/// made to fill the memory does better by far.
const MAX_RATIO: usize = 100;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: u32,
    name: String,
    version: String,
    unit: String,
    rules: Rules,
    forests: Vec<Entry>,
    /// The trees' bytes before deflation.
    bytes: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    predictor: String,
    features: usize,
    trees: usize,
}

impl ForestDevice {
    /// How the names of its files end.
    pub const FILE_ENDING: &str = "forests";
    /// The largest file that is read. nn-Meter's largest device has 2 GB of pickles, a fifth of that
    /// here.
    pub(crate) const MAX_FILE_BYTES: u64 = 1 << 30;

    /// Reads a device file.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::TooLarge`] of a file that cannot be read, otherwise as
    /// [`ForestDevice::from_bytes`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = file::read(path, Self::MAX_FILE_BYTES)?;
        Self::from_bytes(&bytes, &path.display().to_string())
    }

    /// Writes the device file.
    ///
    /// # Errors
    /// [`Error::File`] where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        file::write(path, &self.to_bytes())
    }

    /// The bytes of the device file.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it cannot fail")]
    pub fn to_bytes(&self) -> Vec<u8> {
        let forests = || self.forests().iter();
        let trees: Vec<u8> = forests().flat_map(|(_, forest)| encode(forest)).collect();
        let header = Header {
            format: FORMAT,
            name: self.name().to_owned(),
            version: self.version().to_owned(),
            unit: UNIT.to_owned(),
            rules: self.rules().clone(),
            forests: forests()
                .map(|(predictor, forest)| Entry {
                    predictor: predictor.clone(),
                    features: forest.features(),
                    trees: forest.trees(),
                })
                .collect(),
            bytes: trees.len(),
        };
        let mut body = serde_json::to_vec(&header).expect("text and numbers are always JSON");
        body.push(b'\n');
        let mut encoder = ZlibEncoder::new(body, Compression::default());
        encoder.write_all(&trees).expect("memory can be written to");
        let body = encoder.finish().expect("memory can be written to");
        let mut bytes = format!("{CHECKSUM}{}\n", file::checksum(&body)).into_bytes();
        bytes.extend(body);
        bytes
    }

    /// Parses the bytes of a device file; `origin` names it in errors.
    ///
    /// # Errors
    /// [`Error::Checksum`] where the bytes are not what was written, [`Error::DeviceFile`] where they
    /// have no checksum, another format or unit, or what follows is no device.
    pub fn from_bytes(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let fault = |reason: String| Error::DeviceFile {
            origin: origin.to_owned(),
            reason,
        };
        let (expected, body) = bytes
            .strip_prefix(CHECKSUM.as_bytes())
            .and_then(line)
            .ok_or_else(|| fault(format!("expected a first line `{CHECKSUM}<checksum>`")))?;
        let (found, expected) = (file::checksum(body), String::from_utf8_lossy(expected));
        if found != expected {
            return Err(Error::Checksum {
                origin: origin.to_owned(),
                found,
                expected: expected.into_owned(),
            });
        }
        let (header, deflated) =
            line(body).ok_or_else(|| fault("no second line, expected one of JSON".to_owned()))?;
        let header: Header =
            serde_json::from_slice(header).map_err(|error| fault(error.to_string()))?;
        if header.format != FORMAT {
            let found = header.format;
            return Err(fault(format!("format {found}, expected {FORMAT}")));
        }
        if header.unit != UNIT {
            return Err(fault(format!("unit `{}`, expected `{UNIT}`", header.unit)));
        }
        let trees = inflate(deflated, header.bytes).map_err(fault)?;
        let forests = decode(&trees, &header.forests).map_err(fault)?;
        Self::new(header.name, header.version, header.rules, forests)
            .map_err(|error| fault(error.to_string()))
    }
}

/// What is before the first line end, and what behind it.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

fn inflate(deflated: &[u8], bytes: usize) -> Result<Vec<u8>, String> {
    if bytes / MAX_RATIO > deflated.len() {
        let deflated = deflated.len();
        return Err(format!(
            "{bytes} bytes of trees in {deflated}, expected at most {MAX_RATIO} times as many"
        ));
    }
    let mut trees = Vec::with_capacity(bytes);
    ZlibDecoder::new(deflated)
        .take(bytes as u64 + 1)
        .read_to_end(&mut trees)
        .map_err(|error| format!("trees that cannot be inflated: {error}"))?;
    if trees.len() == bytes {
        Ok(trees)
    } else {
        Err(format!("other than the {bytes} bytes of trees it states"))
    }
}

fn encode(forest: &Forest) -> Vec<u8> {
    let (mut bytes, mut thresholds, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for tree in 0..forest.trees() {
        // The nodes of a forest's tree stand in preorder.
        for node in forest.tree(tree).nodes() {
            match *node {
                Node::Leaf(value) => {
                    bytes.push(LEAF);
                    values.extend(value.to_le_bytes());
                }
                Node::Split {
                    feature, threshold, ..
                } => {
                    bytes.push(feature as u8);
                    thresholds.extend((threshold as f32).to_le_bytes());
                }
            }
        }
    }
    bytes.extend(thresholds);
    bytes.extend(values);
    bytes
}

fn decode(mut bytes: &[u8], entries: &[Entry]) -> Result<BTreeMap<String, Forest>, String> {
    let mut forests = BTreeMap::new();
    for entry in entries {
        let of_entry = |reason| format!("predictor `{}`: {reason}", entry.predictor);
        let forest = decode_forest(&mut bytes, entry).map_err(of_entry)?;
        if forests.insert(entry.predictor.clone(), forest).is_some() {
            return Err(of_entry("a second forest, expected one".to_owned()));
        }
    }
    if bytes.is_empty() {
        Ok(forests)
    } else {
        Err(format!("{} bytes behind the last tree", bytes.len()))
    }
}

fn decode_forest(bytes: &mut &[u8], entry: &Entry) -> Result<Forest, String> {
    // How many nodes there are shows in the nodes themselves: a split asks for one more of them.
    if entry.trees > bytes.len() {
        return Err(format!("{} trees in {} bytes", entry.trees, bytes.len()));
    }
    let mut missing = entry.trees;
    let mut splits = 0;
    let mut count = 0;
    while missing > 0 {
        let Some(&node) = bytes.get(count) else {
            return Err(format!("the trees end after {count} nodes"));
        };
        count += 1;
        if node == LEAF {
            missing -= 1;
        } else {
            missing += 1;
            splits += 1;
        }
    }
    let nodes = take(bytes, count)?;
    let thresholds = take(bytes, splits * size_of::<f32>())?;
    let values = take(bytes, (count - splits) * size_of::<f64>())?;
    let (thresholds, _) = thresholds.as_chunks();
    let (values, _) = values.as_chunks();
    let mut preorder = Preorder {
        nodes: nodes.iter().copied(),
        thresholds: thresholds.iter().map(|&bytes| f32::from_le_bytes(bytes)),
        values: values.iter().map(|&bytes| f64::from_le_bytes(bytes)),
    };
    let trees = (0..entry.trees).map(|_| Tree::new(preorder.tree()));
    Forest::try_new(entry.features, trees).map_err(|error| error.to_string())
}

/// The first bytes, which are taken from the rest.
fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8], String> {
    bytes
        .split_off(..count)
        .ok_or_else(|| format!("{} bytes of numbers, expected {count}", bytes.len()))
}

/// What is left of a forest's nodes; there are enough for its trees.
struct Preorder<N, T, V> {
    nodes: N,
    thresholds: T,
    values: V,
}

impl<N, T, V> Preorder<N, T, V>
where
    N: Iterator<Item = u8>,
    T: Iterator<Item = f32>,
    V: Iterator<Item = f64>,
{
    /// The nodes of the next tree.
    fn tree(&mut self) -> Vec<Node> {
        const COUNTED: &str = "the nodes were counted";
        let mut tree = Vec::new();
        // Splits whose right child comes later.
        let mut open = Vec::new();
        loop {
            let at = tree.len();
            match self.nodes.next().expect(COUNTED) {
                LEAF => {
                    tree.push(Node::Leaf(self.values.next().expect(COUNTED)));
                    let Some(split) = open.pop() else {
                        return tree;
                    };
                    if let Node::Split { right, .. } = &mut tree[split] {
                        *right = at + 1;
                    }
                }
                feature => {
                    open.push(at);
                    tree.push(Node::Split {
                        feature: feature.into(),
                        threshold: self.thresholds.next().expect(COUNTED).into(),
                        left: at + 1,
                        right: 0,
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(feature: usize, threshold: f64, left: usize, right: usize) -> Node {
        Node::Split {
            feature,
            threshold,
            left,
            right,
        }
    }

    fn device() -> ForestDevice {
        let leaf = Node::Leaf;
        let deep = vec![
            split(6, 0.1, 1, 4),
            split(0, -3.0, 2, 3),
            leaf(1.0 / 3.0),
            leaf(2.0),
            leaf(-0.0),
        ];
        let forest = |features, trees: Vec<Vec<Node>>| {
            let trees = trees.into_iter().map(|nodes| Tree::new(nodes).unwrap());
            Forest::new(features, trees).unwrap()
        };
        let forests = [
            ("conv-bn-relu", forest(7, vec![deep, vec![leaf(4.0)]])),
            ("relu", forest(2, vec![vec![leaf(0.25)]; 40])),
        ];
        ForestDevice::new(
            "board".into(),
            "2.1".into(),
            Rules::adreno_gpu(),
            forests
                .map(|(name, forest)| (name.to_owned(), forest))
                .into(),
        )
        .unwrap()
    }

    /// A file with this header and these trees, under a checksum of its own.
    fn signed(header: &str, trees: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(format!("{header}\n").into_bytes(), Compression::fast());
        encoder.write_all(trees).unwrap();
        let body = encoder.finish().unwrap();
        let first = format!("{CHECKSUM}{}\n", file::checksum(&body));
        [first.into_bytes(), body].concat()
    }

    fn header(forests: &str, bytes: usize) -> String {
        let rules = serde_json::to_string(&Rules::myriad_vpu()).unwrap();
        format!(
            r#"{{"format":1,"name":"b","version":"1","unit":"ms","rules":{rules},"forests":[{forests}],"bytes":{bytes}}}"#
        )
    }

    fn fault(bytes: &[u8]) -> String {
        ForestDevice::from_bytes(bytes, "board.forests")
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_file_gives_back_the_device() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("board.forests");
        device().write(&path).unwrap();
        let read = ForestDevice::read(&path).unwrap();
        assert_eq!(read, device());
        assert_eq!(
            read.forests()["conv-bn-relu"].predict(&[0.0; 7]),
            (2.0 + 4.0) / 2.0
        );
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let bytes = device().to_bytes();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x20;
            assert!(fault(&changed).contains("`board.forests`"), "byte {at}");
            assert!(
                fault(&bytes[..at]).contains("`board.forests`"),
                "cut at {at}"
            );
        }
    }

    #[test]
    fn a_signed_file_is_checked_too() {
        let relu = r#"{"predictor":"relu","features":2,"trees":1}"#;
        let leaf = [[LEAF].as_slice(), &1.5f64.to_le_bytes()].concat();
        let good = signed(&header(relu, 9), &leaf);
        assert_eq!(
            ForestDevice::from_bytes(&good, "x")
                .unwrap()
                .forests()
                .len(),
            1
        );
        let huge = relu.replace(":1}", ":18446744073709551615}");
        let nan = [[LEAF].as_slice(), &f64::NAN.to_le_bytes()].concat();
        for (bytes, expected) in [
            (signed("", &leaf), "EOF"),
            (
                signed(&header(relu, 9).replace(":1,", ":2,"), &leaf),
                "format 2, expected 1",
            ),
            (
                signed(&header(relu, 9).replace("\"ms\"", "\"us\""), &leaf),
                "unit `us`",
            ),
            (signed(&header(relu, 8), &leaf), "other than the 8 bytes"),
            (signed(&header(relu, 10), &leaf), "other than the 10 bytes"),
            (
                signed(&header(relu, 1 << 40), &leaf),
                "1099511627776 bytes of trees in",
            ),
            (
                signed(&header(relu, 1), &[LEAF]),
                "0 bytes of numbers, expected 8",
            ),
            (
                signed(&header(relu, 1), &[0]),
                "the trees end after 1 nodes",
            ),
            (
                signed(&header(&huge, 9), &leaf),
                "predictor `relu`: 18446744073709551615 trees in 9 bytes",
            ),
            (
                signed(&header("", 9), &leaf),
                "9 bytes behind the last tree",
            ),
            (signed(&header(relu, 9), &nan), "node 0 holds NaN"),
            (
                signed(&header(&format!("{relu},{relu}"), 9), &leaf),
                "1 trees in 0 bytes",
            ),
            (
                signed(&header(&relu.replace(":2", ":3"), 9), &leaf),
                "takes 3 features, expected 2",
            ),
        ] {
            let message = fault(&bytes);
            assert!(message.contains(expected), "{message} lacks {expected}");
        }
    }
}
