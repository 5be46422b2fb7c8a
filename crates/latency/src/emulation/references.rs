//! Networks with the latencies that nn-Meter publishes for them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::error::Error;
use crate::file;
use crate::ir::Ir;

/// The largest file that is read; the 31 published networks take 1 MB.
const MAX_BYTES: u64 = 64 << 20;

/// A network and what nn-Meter predicts for it.
#[derive(Clone, Debug, Deserialize)]
pub struct Reference {
    /// Its name.
    pub id: String,
    /// Its operators.
    pub graph: Ir,
    /// Milliseconds by device, under the keys of nn-Meter; `None` where not published.
    #[serde(rename = "nnmeter_predicted")]
    pub predicted: BTreeMap<String, Option<f64>>,
}

/// Beginnings of names, and what they have in common: networks that share kernels.
const FAMILIES: &[(&str, &str)] = &[
    ("resn", "resnet"),
    ("wide_resn", "resnet"),
    ("mobilenet", "mobilenet"),
    ("mnasnet", "mnasnet"),
    ("proxylessnas", "proxylessnas"),
    ("vgg", "vgg"),
    ("alexnet", "alexnet"),
    ("densenet", "densenet"),
    ("googlenet", "googlenet"),
    ("inception", "inception"),
    ("squeezenet", "squeezenet"),
    ("shufflenet", "shufflenet"),
];

impl Reference {
    /// Reads references, one JSON object a line: `id`, `graph` in the nn-meter-ir layout,
    /// `nnmeter_predicted` with milliseconds by device.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::TooLarge`] of a file that cannot be read,
    /// [`Error::Measurements`] of a line that is no reference.
    pub fn read(path: &Path) -> Result<Vec<Self>, Error> {
        let bytes = file::read(path, MAX_BYTES)?;
        let lines = bytes.split(|&byte| byte == b'\n').enumerate();
        let filled = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
        filled
            .map(|(number, line)| {
                serde_json::from_slice(line).map_err(|error| Error::Measurements {
                    path: path.to_owned(),
                    line: number + 1,
                    reason: error.to_string(),
                })
            })
            .collect()
    }

    /// The group that it is left out with: networks whose kernels are much alike.
    pub(crate) fn family(&self) -> &str {
        let known = FAMILIES
            .iter()
            .find(|(start, _)| self.id.starts_with(start));
        known.map_or(&self.id, |(_, family)| family)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_no_reference_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("references.jsonl");
        let good = r#"{"id":"wide_resnet50_2","graph":{},"nnmeter_predicted":{"cpu":1.5}}"#;
        std::fs::write(&path, format!("{good}\n\n{good}\n")).unwrap();
        let references = Reference::read(&path).unwrap();
        assert_eq!(references.len(), 2);
        assert_eq!(references[0].family(), "resnet");
        assert_eq!(references[1].predicted["cpu"], Some(1.5));
        std::fs::write(&path, format!("{good}\n\n{{\"id\":1}}\n")).unwrap();
        let message = Reference::read(&path).unwrap_err().to_string();
        assert!(message.contains("references.jsonl` line 3"), "{message}");
    }
}
