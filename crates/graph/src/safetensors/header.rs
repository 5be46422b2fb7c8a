use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::Error;

/// The key that is no tensor: facts for the file's users, text to text.
pub(super) const METADATA: &str = "__metadata__";

/// Bytes of the header's length.
const PREFIX: usize = 8;

/// What the header says of one tensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub dtype: String,
    pub shape: Vec<usize>,
    /// First byte, and the one after the last, from the end of the header.
    pub data_offsets: [usize; 2],
}

impl Entry {
    pub fn range(&self) -> Range<usize> {
        self.data_offsets[0]..self.data_offsets[1]
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {:?}", self.dtype, self.shape)
    }
}

/// The tensors of a file by name, whose places have been checked, and their bytes.
pub(super) fn parse(bytes: &[u8]) -> Result<(BTreeMap<String, Entry>, &[u8]), Error> {
    let invalid = |reason: String| Error::InvalidSafetensors(reason);
    let (prefix, rest) = bytes.split_first_chunk::<PREFIX>().ok_or_else(|| {
        let length = bytes.len();
        invalid(format!("{length} bytes, expected {PREFIX} and a header"))
    })?;
    let length = u64::from_le_bytes(*prefix);
    let header = usize::try_from(length)
        .ok()
        .and_then(|length| rest.split_at_checked(length));
    let (header, data) = header.ok_or_else(|| {
        let rest = rest.len();
        invalid(format!(
            "a header of {length} bytes, the file has {rest} more"
        ))
    })?;
    let Tensors(entries) = serde_json::from_slice(header)
        .map_err(|error| invalid(format!("the header is not as expected: {error}")))?;
    check_places(&entries, data.len())?;
    Ok((entries, data))
}

/// The tensors must cover the data from its first byte to its last, each byte once.
fn check_places(entries: &BTreeMap<String, Entry>, length: usize) -> Result<(), Error> {
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_by_key(|(_, entry)| entry.data_offsets);
    let mut end = 0;
    for (name, entry) in sorted {
        let [from, to] = entry.data_offsets;
        if from != end || to < from || to > length {
            return Err(Error::InvalidSafetensors(format!(
                "tensor `{name}` is at bytes {from} to {to}, expected it to start at {end} \
                 and to end within the {length} bytes of data"
            )));
        }
        end = to;
    }
    if end == length {
        return Ok(());
    }
    Err(Error::InvalidSafetensors(format!(
        "{length} bytes of data, expected the {end} of its tensors"
    )))
}

/// The header's object without its metadata. A derived map would let the last of two tensors of
/// one name win.
struct Tensors(BTreeMap<String, Entry>);

impl<'de> Deserialize<'de> for Tensors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Header;
        impl<'de> Visitor<'de> for Header {
            type Value = Tensors;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tensors, A::Error> {
                let mut entries = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    if name == METADATA {
                        map.next_value::<BTreeMap<String, String>>()?;
                    } else if entries.insert(name.clone(), map.next_value()?).is_some() {
                        let text = format!("two tensors are named `{name}`");
                        return Err(de::Error::custom(text));
                    }
                }
                Ok(Tensors(entries))
            }
        }
        deserializer.deserialize_map(Header)
    }
}
