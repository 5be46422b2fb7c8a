//! A folder with a predictor, as nn-Meter's builder writes it or its downloads unpack to.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{ForestDevice, read_forest};
use crate::error::Error;
use crate::file;
use crate::rules::Rules;

/// The largest pickle that is read; nn-Meter's own have up to 1.8 GB.
const MAX_PICKLE_BYTES: u64 = 4 << 30;
/// The largest `meta.yaml` that is read.
const MAX_META_BYTES: u64 = 1 << 20;

/// A device that was imported, and what of its folder is not in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The device.
    pub device: ForestDevice,
    /// Predictors that `meta.yaml` names, and no pickle has.
    pub missing: Vec<String>,
    /// Pickles that the device has no use for, each with the reason.
    pub left_out: Vec<(PathBuf, String)>,
}

/// What `meta.yaml` says.
#[derive(Debug, Default, PartialEq)]
struct Meta {
    name: Option<String>,
    version: Option<String>,
    predictors: Vec<String>,
}

impl ForestDevice {
    /// Imports an nn-Meter predictor: `fusion_rules.json`, `meta.yaml`, and scikit-learn's random
    /// forests as `PREDICTOR.pkl` or, as the builder leaves them, `PREDICTOR_finegrained2.pkl`. Of
    /// several of one predictor the most refined counts. The name and version are those of
    /// `meta.yaml`, without it the folder's and `1.0`.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::TooLarge`] where something cannot be read, [`Error::Rules`] and
    /// [`Error::Pickle`] of files that are not what they should be, [`Error::PredictorFolder`] of a
    /// folder without a forest, or a `meta.yaml` that is no text.
    pub fn import(folder: &Path) -> Result<Imported, Error> {
        let rules = Rules::read_nn_meter(&folder.join("fusion_rules.json"))?;
        let meta = read_meta(&folder.join("meta.yaml"))?;
        let mut left_out = Vec::new();
        let mut forests = BTreeMap::new();
        for (predictor, path) in pickles(folder, &mut left_out)? {
            let pickle = file::read(&path, MAX_PICKLE_BYTES)?;
            let forest = read_forest(&pickle, &path.display().to_string())?;
            match Self::check(&predictor, &forest) {
                Ok(()) => {
                    forests.insert(predictor, forest);
                }
                Err(reason) => left_out.push((path, reason.to_string())),
            }
        }
        if forests.is_empty() {
            return Err(Error::PredictorFolder {
                path: folder.to_owned(),
                reason: "no forest that nn-Meter asks, expected files such as \
                         `conv-bn-relu.pkl`"
                    .to_owned(),
            });
        }
        let missing = meta.predictors.into_iter();
        let missing = missing.filter(|name| !forests.contains_key(name)).collect();
        let folder_name = || {
            folder
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
        };
        let name = meta.name.or_else(folder_name);
        let device = Self::new(
            name.unwrap_or_else(|| "imported".to_owned()),
            meta.version.unwrap_or_else(|| "1.0".to_owned()),
            rules,
            forests,
        )?;
        Ok(Imported {
            device,
            missing,
            left_out,
        })
    }
}

/// The pickle of each predictor, by name.
fn pickles(
    folder: &Path,
    left_out: &mut Vec<(PathBuf, String)>,
) -> Result<BTreeMap<String, PathBuf>, Error> {
    let failed = |source| Error::File {
        action: "read",
        path: folder.to_owned(),
        source,
    };
    let mut paths = fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.path()))
                .collect::<Result<Vec<_>, _>>()
        })
        .map_err(failed)?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "pkl"));
    // The folder's order is the file system's.
    paths.sort();
    let mut found: BTreeMap<String, (u32, PathBuf)> = BTreeMap::new();
    for path in paths {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let (predictor, refinement) = match stem.split_once('_') {
            None => (stem.as_ref(), Some(u32::MAX)),
            Some((predictor, "prior")) => (predictor, Some(0)),
            Some((predictor, stage)) => {
                let number = stage.strip_prefix("finegrained");
                (predictor, number.and_then(|number| number.parse().ok()))
            }
        };
        let predictor = predictor.to_owned();
        let reason = match (refinement, found.get(&predictor)) {
            (None, _) => "not named as a predictor, expected one such as `conv-bn-relu.pkl`",
            (Some(refinement), Some((other, _))) if refinement <= *other => "less refined",
            (Some(refinement), _) => {
                if let Some((_, other)) = found.insert(predictor, (refinement, path)) {
                    left_out.push((other, "less refined".to_owned()));
                }
                continue;
            }
        };
        left_out.push((path, reason.to_owned()));
    }
    let without_refinement = |(predictor, (_, path))| (predictor, path);
    Ok(found.into_iter().map(without_refinement).collect())
}

/// Reads `meta.yaml`, whose absence is no fault.
fn read_meta(path: &Path) -> Result<Meta, Error> {
    if !path.exists() {
        return Ok(Meta::default());
    }
    let bytes = file::read(path, MAX_META_BYTES)?;
    let text = String::from_utf8(bytes).map_err(|error| Error::PredictorFolder {
        path: path.to_owned(),
        reason: format!("{error}, expected text"),
    })?;
    Ok(parse_meta(&text))
}

/// What nn-Meter writes is `key: value` a line, and for the predictors a list of `- name` lines.
fn parse_meta(text: &str) -> Meta {
    let mut meta = Meta::default();
    let mut list = "";
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        let plain = |value: &str| {
            let value = value.trim().trim_matches(['"', '\'']);
            (!value.is_empty()).then(|| value.to_owned())
        };
        if let Some(item) = line.strip_prefix("- ") {
            if list == "kernel_predictors" {
                meta.predictors.extend(plain(item));
            }
        } else if let Some((key, value)) = line.split_once(':') {
            list = key.trim();
            match list {
                "name" => meta.name = plain(value),
                "version" => meta.version = plain(value),
                _ => {}
            }
        }
    }
    meta
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meta_is_read_as_nn_meter_writes_it() {
        let text = "name: 'k8_predictor' # a board\nversion: 1.0\ncategory: cpu\n\
                    kernel_predictors:\n    - conv-bn-relu\n    - \"fc\"\nother:\n- relu\n";
        assert_eq!(
            parse_meta(text),
            Meta {
                name: Some("k8_predictor".into()),
                version: Some("1.0".into()),
                predictors: vec!["conv-bn-relu".into(), "fc".into()],
            }
        );
        assert_eq!(parse_meta("\u{0}:::\n- \n"), Meta::default());
    }

    #[test]
    fn the_most_refined_pickle_counts() {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            "conv-bn-relu.pkl",
            "conv-bn-relu_finegrained3.pkl",
            "fc_prior.pkl",
            "fc_finegrained1.pkl",
            "fc_finegrained10.pkl",
            "fc_finegrained9.pkl",
            "se_backup.pkl",
            "relu_prior.pkl",
            "relu.txt",
        ];
        for file in files {
            fs::write(folder.path().join(file), "").unwrap();
        }
        let mut left_out = Vec::new();
        let found = pickles(folder.path(), &mut left_out).unwrap();
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        let found: Vec<String> = found.values().map(|path| name(path)).collect();
        assert_eq!(
            found,
            ["conv-bn-relu.pkl", "fc_finegrained10.pkl", "relu_prior.pkl"]
        );
        let left_out: Vec<String> = left_out.iter().map(|(path, _)| name(path)).collect();
        assert_eq!(left_out.len(), 5);
        assert!(left_out.contains(&"se_backup.pkl".to_owned()));
    }
}
