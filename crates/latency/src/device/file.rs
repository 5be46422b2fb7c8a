//! The file of a device: a line with a checksum, then TOML.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Device, Source};
use crate::error::Error;
use crate::features::{Configuration, Term, Variants};
use crate::file;
use crate::fit::HeldOut;
use crate::rules::Rules;

/// The version of the layout that is written and read.
const FORMAT: u32 = 1;
/// The only unit of latencies.
const UNIT: &str = "ms";
/// How the first line begins; the SHA-256 of all that follows the line stands behind it.
const CHECKSUM: &str = "# sha256 ";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layout {
    format: u32,
    name: String,
    version: String,
    unit: String,
    source: Source,
    rules: Rules,
    held_out: HeldOut,
    #[serde(default)]
    families_left_out: BTreeMap<String, f64>,
    terms: BTreeMap<String, f64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    factors: BTreeMap<String, f64>,
}

impl Device {
    /// How the names of its files end.
    pub const FILE_ENDING: &str = "toml";
    /// The largest file that is read; a built-in one has 12 kB.
    pub(super) const MAX_FILE_BYTES: u64 = 16 << 20;

    /// Reads a device file.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::TooLarge`] of a file that cannot be read, otherwise as
    /// [`Device::from_toml`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = file::read(path, Self::MAX_FILE_BYTES)?;
        Self::from_bytes(bytes, &path.display().to_string())
    }

    /// As [`Device::from_toml`], of the bytes of a file.
    pub(super) fn from_bytes(bytes: Vec<u8>, origin: &str) -> Result<Self, Error> {
        let text = String::from_utf8(bytes).map_err(|error| Error::DeviceFile {
            origin: origin.to_owned(),
            reason: error.to_string(),
        })?;
        Self::from_toml(&text, origin)
    }

    /// Writes the device file.
    ///
    /// # Errors
    /// [`Error::File`] where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        file::write(path, self.to_toml().as_bytes())
    }

    /// The text of the device file.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it cannot fail")]
    pub fn to_toml(&self) -> String {
        let layout = Layout {
            format: FORMAT,
            name: self.name.clone(),
            version: self.version.clone(),
            unit: UNIT.to_owned(),
            source: self.source.clone(),
            rules: self.rules.clone(),
            held_out: self.held_out.clone(),
            families_left_out: self.families_left_out.clone(),
            terms: named(&self.terms),
            factors: named(&self.factors),
        };
        let body = toml::to_string(&layout).expect("text, numbers and tables are always TOML");
        format!("{CHECKSUM}{}\n{body}", file::checksum(body.as_bytes()))
    }

    /// Parses the text of a device file; `origin` names it in errors. Line ends may be CRLF.
    ///
    /// # Errors
    /// [`Error::Checksum`] where the text is not what was written, [`Error::DeviceFile`] where it
    /// has no checksum, another format, version or unit, an unknown term, or a coefficient that
    /// is negative or not finite.
    pub fn from_toml(text: &str, origin: &str) -> Result<Self, Error> {
        let fault = |reason: String| Error::DeviceFile {
            origin: origin.to_owned(),
            reason,
        };
        let text = text.replace("\r\n", "\n");
        let (expected, body) = text
            .strip_prefix(CHECKSUM)
            .and_then(|rest| rest.split_once('\n'))
            .ok_or_else(|| fault(format!("expected a first line `{CHECKSUM}<checksum>`")))?;
        let found = file::checksum(body.as_bytes());
        if found != expected.trim_end() {
            return Err(Error::Checksum {
                origin: origin.to_owned(),
                found,
                expected: expected.trim_end().to_owned(),
            });
        }
        let layout: Layout = toml::from_str(body).map_err(|error| fault(error.to_string()))?;
        if layout.format != FORMAT {
            return Err(fault(format!(
                "format {}, expected {FORMAT}",
                layout.format
            )));
        }
        if layout.unit != UNIT {
            return Err(fault(format!("unit `{}`, expected `{UNIT}`", layout.unit)));
        }
        let terms: BTreeMap<Term, f64> = parsed("term", layout.terms).map_err(fault)?;
        let factors: BTreeMap<Configuration, f64> =
            parsed("factor", layout.factors).map_err(fault)?;
        Ok(Self {
            name: layout.name,
            version: layout.version,
            rules: layout.rules,
            variants: Variants::of(terms.keys()),
            terms,
            factors,
            held_out: layout.held_out,
            families_left_out: layout.families_left_out,
            source: layout.source,
        })
    }
}

fn named<K: ToString>(numbers: &BTreeMap<K, f64>) -> BTreeMap<String, f64> {
    let pairs = numbers.iter();
    pairs
        .map(|(key, &number)| (key.to_string(), number))
        .collect()
}

/// Numbers that are not negative, by what their names mean; else what is wrong.
fn parsed<K>(what: &str, numbers: BTreeMap<String, f64>) -> Result<BTreeMap<K, f64>, String>
where
    K: Ord + FromStr<Err = String>,
{
    let pair = |(name, number): (String, f64)| {
        if !(number.is_finite() && number >= 0.0) {
            return Err(format!("{what} `{name}` is {number}, expected 0 or more"));
        }
        Ok((name.parse()?, number))
    };
    numbers.into_iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::device::device;

    fn signed(body: &str) -> String {
        format!("{CHECKSUM}{}\n{body}", file::checksum(body.as_bytes()))
    }

    fn body() -> String {
        let text = device("myriadvpu").unwrap().to_toml();
        text.split_once('\n').unwrap().1.to_owned()
    }

    fn fault(text: &str) -> String {
        Device::from_toml(text, "board.toml")
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_file_gives_back_the_device() {
        let device = device("myriadvpu").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("board.toml");
        device.write(&path).unwrap();
        assert_eq!(&Device::read(&path).unwrap(), device);
        let text = fs::read_to_string(&path).unwrap().replace('\n', "\r\n");
        assert_eq!(&Device::from_toml(&text, "board.toml").unwrap(), device);
    }

    #[test]
    fn a_changed_file_is_refused() {
        let text = signed(&body().replace("[1", "[2")).replacen("version", "versoin", 1);
        let message = fault(&text);
        assert!(
            message.contains("`board.toml`: found checksum"),
            "{message}"
        );
        assert!(fault(&body()).contains("expected a first line"));
        assert!(fault("").contains("expected a first line"));
    }

    #[test]
    fn a_signed_file_is_checked_too() {
        let body = body();
        for (from, to, expected) in [
            ("format = 1", "format = 2", "format 2, expected 1"),
            ("\"ms\"", "\"us\"", "unit `us`, expected `ms`"),
            (
                "[terms]\n",
                "[terms]\n\"conv.x\" = 1.0\n",
                "unknown term `conv.x`",
            ),
            (
                "[terms]\n",
                "[terms]\n\"se.mac\" = -1.0\n",
                "term `se.mac` is -1, expected 0",
            ),
            (
                "[terms]\n",
                "[terms]\n\"se.mac\" = nan\n",
                "term `se.mac` is NaN",
            ),
            (
                "[terms]\n",
                "[factors]\n\"conv3.s1.8x8.m4\" = -1.0\n[terms]\n",
                "factor `conv3.s1.8x8.m4` is -1, expected 0",
            ),
            (
                "[terms]\n",
                "[factors]\n\"conv3.s1\" = 1.0\n[terms]\n",
                "unknown configuration `conv3.s1`",
            ),
            ("unit", "units", "units"),
        ] {
            let changed = body.replacen(from, to, 1);
            assert_ne!(changed, body, "{from} does not occur");
            let message = fault(&signed(&changed));
            assert!(message.contains(expected), "{message} lacks {expected}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Device::read(Path::new("no/such/board.toml")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read `no/such/board.toml`: No such file or directory (os error 2)"
        );
    }
}
