//! What is known of the files of a corpus, and what is demanded of a reader.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::reading::{Decoded, Limits, Reading};

/// A folder of the corpus.
pub struct Folder {
    pub name: &'static str,
    pub path: PathBuf,
    pub limits: Limits,
    /// How many of the files must be read right, as a share.
    pub share: f64,
    pub files: Vec<File>,
}

/// A file and what is known of it.
pub struct File {
    pub name: String,
    expected: Expected,
}

enum Expected {
    /// One of these digests of the pixels, and this place if it is known; or a refusal that
    /// names the feature, unless the pixels are demanded.
    Pixels {
        sha256: Vec<String>,
        place: Option<Place>,
        refusal: Refusal,
    },
    /// An error.
    Error,
    /// Anything that is not a crash and within the limits.
    Either,
    /// Pixels, of which nothing is known.
    Anything,
}

/// Which refusals are as good as the pixels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refusal {
    None,
    NamingTheFeature,
    Any,
}

struct Place {
    epsg: Option<u32>,
    north_up: Option<[f64; 4]>,
    nodata: Option<f64>,
}

/// What a reading amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Right,
    /// Decoded; nothing is known of the pixels.
    Decoded,
    /// Refused, naming an unsupported feature.
    Refused,
    /// An error.
    Error,
    /// Not what was expected, and why.
    Wrong(String),
    Crashed(String),
    Slow,
}

impl File {
    pub fn judge(&self, reading: &Reading) -> Verdict {
        match reading {
            Reading::Crashed(how) => return Verdict::Crashed(how.clone()),
            Reading::Slow => return Verdict::Slow,
            _ => {}
        }
        match (&self.expected, reading) {
            (Expected::Pixels { sha256, place, .. }, Reading::Decoded(decoded)) => {
                if !sha256.contains(&decoded.sha256) {
                    return Verdict::Wrong("other pixels".into());
                }
                match place.as_ref().and_then(|place| place.differs(decoded)) {
                    Some(difference) => Verdict::Wrong(difference),
                    None => Verdict::Right,
                }
            }
            (Expected::Pixels { refusal, .. }, Reading::Unsupported(feature))
                if *refusal == Refusal::None =>
            {
                Verdict::Wrong(format!("refused: {feature}"))
            }
            (Expected::Pixels { refusal, .. }, Reading::Damaged(reason))
                if *refusal != Refusal::Any =>
            {
                Verdict::Wrong(format!("refused without naming a feature: {reason}"))
            }
            (Expected::Anything, Reading::Damaged(reason)) => {
                Verdict::Wrong(format!("taken for damaged: {reason}"))
            }
            (Expected::Error, Reading::Decoded(_)) => {
                Verdict::Wrong("decoded; expected an error".into())
            }
            (_, Reading::Decoded(_)) => Verdict::Decoded,
            (_, Reading::Unsupported(_)) => Verdict::Refused,
            _ => Verdict::Error,
        }
    }
}

impl Place {
    fn differs(&self, decoded: &Decoded) -> Option<String> {
        if self.epsg != decoded.epsg {
            return Some(format!("EPSG {:?}; expected {:?}", decoded.epsg, self.epsg));
        }
        let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-12 * b.abs();
        let same = match (&decoded.north_up, &self.north_up) {
            (Some(found), Some(expected)) => found.iter().zip(expected).all(close),
            (found, expected) => found.is_none() && expected.is_none(),
        };
        if !same {
            let (found, expected) = (decoded.north_up, self.north_up);
            return Some(format!("placed at {found:?}; expected {expected:?}"));
        }
        let expected = self.nodata.map(|value| value.to_string());
        (expected != decoded.nodata)
            .then(|| format!("no-data value {:?}; expected {expected:?}", decoded.nodata))
    }
}

/// The folders of a corpus that are there.
pub fn folders(corpus: &Path) -> Result<Vec<Folder>, String> {
    let generous = Limits {
        time: Duration::from_secs(20),
        memory: 2048,
    };
    let tight = Limits {
        time: Duration::from_secs(1),
        memory: 200,
    };
    let manifest: Vec<Collected> = json(&corpus.join("manifest.json"))?;
    let mut folders = Vec::new();
    for (name, limits, share) in [
        ("valid_core", generous, 0.98),
        ("derived", generous, 1.0),
        ("valid_exotic", generous, 0.0),
        ("ambiguous", generous, 0.0),
        ("malformed", tight, 0.0),
        ("derived_malformed", tight, 0.0),
    ] {
        let path = corpus.join(name);
        let files = match name {
            "derived" => derived(&path)?,
            "derived_malformed" => derived_malformed(&path)?,
            _ => manifest
                .iter()
                .filter(|file| file.cls == name)
                .map(File::from)
                .collect(),
        };
        folders.push(Folder {
            name,
            path,
            limits,
            share,
            files,
        });
    }
    Ok(folders)
}

/// A line of manifest.json.
#[derive(Deserialize)]
struct Collected {
    file: String,
    cls: String,
    tifffile: Option<Decoder>,
    gdal: Option<Decoder>,
}

#[derive(Deserialize)]
struct Decoder {
    sha256: Option<String>,
    sha256_hwb: Option<String>,
    comp_name: Option<String>,
}

impl Collected {
    fn is_lossy(&self) -> bool {
        let codec = self
            .tifffile
            .as_ref()
            .and_then(|decoder| decoder.comp_name.as_deref());
        matches!(codec, Some("JPEG" | "WEBP"))
    }
}

impl From<&Collected> for File {
    fn from(file: &Collected) -> Self {
        let decoders = [&file.tifffile, &file.gdal].into_iter().flatten();
        let sha256 = decoders
            .flat_map(|decoder| [&decoder.sha256, &decoder.sha256_hwb])
            .flatten()
            .cloned()
            .collect();
        let expected = match file.cls.as_str() {
            "malformed" => Expected::Error,
            "ambiguous" => Expected::Either,
            // Decoders of lossy codecs may differ in the last bit.
            _ if file.is_lossy() => Expected::Either,
            class => Expected::Pixels {
                sha256,
                place: None,
                refusal: match class {
                    "valid_core" => Refusal::NamingTheFeature,
                    _ => Refusal::Any,
                },
            },
        };
        let name = file.file.rsplit('/').next().unwrap_or(&file.file);
        Self {
            name: name.to_owned(),
            expected,
        }
    }
}

/// A line of derived/expected.json.
#[derive(Deserialize)]
struct Made {
    lossless: bool,
    truth: String,
    note: String,
    crs_epsg: Option<u32>,
    /// The six numbers of an affine transform; absent where the place is not known.
    transform: Option<[f64; 6]>,
    nodata: Option<serde_json::Value>,
}

fn derived(folder: &Path) -> Result<Vec<File>, String> {
    let made: BTreeMap<String, Made> = json(&folder.join("expected.json"))?;
    let file = |(name, made): (String, Made)| {
        let place = made.transform.map(|[dx, rx, left, ry, dy, top]| Place {
            epsg: made.crs_epsg,
            north_up: (rx == 0.0 && ry == 0.0 && dx > 0.0 && dy < 0.0)
                .then_some([left, top, dx, -dy]),
            nodata: made.nodata.as_ref().and_then(number),
        });
        // A page is a raster; where the array is a stack of pages, the first is asked for.
        let pages = if made.note.starts_with("one IFD per row") {
            48
        } else {
            1
        };
        let expected = if made.lossless {
            Expected::Pixels {
                sha256: vec![digest_of_npy(&folder.join(&made.truth), pages)?],
                place,
                refusal: Refusal::None,
            }
        } else {
            Expected::Anything
        };
        Ok(File { name, expected })
    };
    made.into_iter().map(file).collect()
}

/// Numbers are written as such or as text.
fn number(value: &serde_json::Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// The digest of the values of an array file, which follow its header, or of the first of
/// `pages` equal parts of them.
fn digest_of_npy(file: &Path, pages: usize) -> Result<String, String> {
    let bytes = std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let values = bytes.get(8..10).and_then(|length| {
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        bytes.get(10 + length..)
    });
    let values = values.ok_or_else(|| format!("{}: no array", file.display()))?;
    let digest = Sha256::digest(&values[..values.len() / pages]);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A line of `derived_malformed/expected.json`.
#[derive(Deserialize)]
struct Broken {
    expect: String,
}

fn derived_malformed(folder: &Path) -> Result<Vec<File>, String> {
    let broken: BTreeMap<String, Broken> = json(&folder.join("expected.json"))?;
    let file = |(name, broken): (String, Broken)| {
        let expected = match broken.expect.as_str() {
            "ok" => Expected::Anything,
            "error" => Expected::Error,
            "either" | "error_or_ok" | "no_hang" => Expected::Either,
            other => return Err(format!("{name}: unknown expectation {other}")),
        };
        Ok(File { name, expected })
    };
    broken.into_iter().map(file).collect()
}

fn json<T: DeserializeOwned>(file: &Path) -> Result<T, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))
}
