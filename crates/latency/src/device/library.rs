//! All devices that can be named: those that come with the program, and the user's own.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Device;
use super::registry::{FILES, builtin_devices};
use crate::emulation::{NnMeter, nn_meter_devices};
use crate::error::Error;
use crate::file::{self, checksum};
use crate::fit::Accuracy;
use crate::method::Method;
use crate::nn_meter::ForestDevice;
use crate::predict::Predictor;
use crate::rules::Rules;

/// The environment variable that names the folder of the user's devices.
pub const DEVICES_VARIABLE: &str = "EDGEFRONT_DEVICES";

/// A kind of device file: its ending, the largest that is read, and what reads it.
struct Kind {
    ending: &'static str,
    max_bytes: u64,
    parse: fn(Vec<u8>, &str) -> Result<Model, Error>,
}

/// Every kind of device file, one line each.
const KINDS: &[Kind] = &[
    Kind {
        ending: Device::FILE_ENDING,
        max_bytes: Device::MAX_FILE_BYTES,
        parse: |bytes, origin| Device::from_bytes(bytes, origin).map(Model::Additive),
    },
    Kind {
        ending: ForestDevice::FILE_ENDING,
        max_bytes: ForestDevice::MAX_FILE_BYTES,
        parse: |bytes, origin| ForestDevice::from_bytes(&bytes, origin).map(Model::Forests),
    },
];

/// How a device comes to its predictions.
#[derive(Clone, Debug)]
pub enum Model {
    /// A sum of terms.
    Additive(Device),
    /// The forests of an nn-Meter predictor.
    Forests(ForestDevice),
    /// What nn-Meter would say of a built-in device.
    Emulated(&'static NnMeter),
}

impl Model {
    /// What predicts.
    #[must_use]
    pub fn predictor(&self) -> &dyn Predictor {
        match self {
            Self::Additive(device) => device,
            Self::Forests(device) => device,
            Self::Emulated(device) => *device,
        }
    }

    /// The version of its figures.
    #[must_use]
    pub fn version(&self) -> &str {
        match self {
            Self::Additive(device) => device.version(),
            Self::Forests(device) => device.version(),
            Self::Emulated(device) => device.device().version(),
        }
    }

    /// How far it was off on networks held out of its fit, if it was judged.
    #[must_use]
    pub fn accuracy(&self) -> Option<Accuracy> {
        match self {
            Self::Additive(device) => Some(device.held_out().overall),
            Self::Forests(_) => None,
            Self::Emulated(device) => Some(device.held_out().overall),
        }
    }

    /// How the device fuses operators into kernels.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        match self {
            Self::Additive(device) => device.rules(),
            Self::Forests(device) => device.rules(),
            Self::Emulated(device) => device.device().rules(),
        }
    }
}

/// Where a device comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// With the program.
    BuiltIn,
    /// From this file.
    File(PathBuf),
}

/// A device of a [`Library`].
#[derive(Clone, Debug)]
pub struct LibraryDevice {
    /// What predicts, shared by all who have asked for it.
    pub model: Arc<Model>,
    /// Where it comes from.
    pub origin: Origin,
    /// SHA-256 of its file in hexadecimal: tells which version of a device gave a prediction.
    pub checksum: String,
}

impl LibraryDevice {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.model.predictor().name()
    }
}

/// The devices that can be named: those that come with the program, then the files of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    folder: Option<PathBuf>,
    base: PathBuf,
    method: Method,
}

impl Library {
    /// The built-in devices and the files of this folder, which need not exist.
    #[must_use]
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            base: PathBuf::new(),
            method: Method::default(),
        }
    }

    /// The same with the built-in devices predicting by this method.
    #[must_use]
    pub fn by(self, method: Method) -> Self {
        Self { method, ..self }
    }

    /// The same with the paths of files starting in this folder, not in the one that the program
    /// runs in.
    #[must_use]
    pub fn beside(self, base: impl Into<PathBuf>) -> Self {
        let base = base.into();
        Self { base, ..self }
    }

    /// The built-in devices.
    #[must_use]
    pub fn builtin(&self) -> Vec<LibraryDevice> {
        let names = FILES.iter().map(|(name, _)| name);
        names
            .filter_map(|name| builtin(name, self.method))
            .collect()
    }

    /// The built-in devices and the user's own: those in the folder that [`DEVICES_VARIABLE`]
    /// names, else in `$XDG_DATA_HOME/edgefront/devices`, else in
    /// `~/.local/share/edgefront/devices`.
    #[must_use]
    pub fn of_user() -> Self {
        let path = |variable: &str| {
            let value = env::var_os(variable).filter(|value| !value.is_empty());
            value.map(PathBuf::from)
        };
        let data = || path("XDG_DATA_HOME").or_else(|| Some(path("HOME")?.join(".local/share")));
        let in_data = || Some(data()?.join("edgefront/devices"));
        Self::new(path(DEVICES_VARIABLE).or_else(in_data))
    }

    /// The folder of the user's own devices; `None` where the environment names no place.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Where a device of this name is to be written, in a file with this ending.
    ///
    /// # Errors
    /// [`Error::DeviceName`] where the name is that of a built-in device or no name for a file,
    /// [`Error::NoDeviceFolder`] where the environment names no place.
    pub fn place(&self, name: &str, ending: &str) -> Result<PathBuf, Error> {
        let fault = |reason| Error::DeviceName {
            name: name.to_owned(),
            reason,
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
            return Err(fault("expected letters, digits, `-`, `_` and `.`"));
        }
        if kind_of(Path::new(name)).is_some() {
            return Err(fault("it ends as a device's file does, expected a name"));
        }
        if is_builtin(name) {
            return Err(fault("it is built in, expected another"));
        }
        let folder = self.folder.as_ref().ok_or(Error::NoDeviceFolder)?;
        Ok(folder.join(format!("{name}.{ending}")))
    }

    /// The device of this name: built in, else in the folder, else in the file at this path.
    ///
    /// # Errors
    /// [`Error::UnknownDevice`] with the names there are, [`Error::AmbiguousDevice`] where two files
    /// of the folder have the name, [`Error::File`] of a file or a folder
    /// that cannot be read, otherwise what the reader of its kind of file says.
    pub fn open(&self, name: &str) -> Result<LibraryDevice, Error> {
        if let Some(device) = builtin(name, self.method) {
            return Ok(device);
        }
        let mut names: Vec<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        let files = self.files()?;
        let mut own = files.iter().filter(|(own, ..)| own == name);
        match (own.next(), own.next()) {
            (Some((own, path, kind)), None) => return own_device(own, path, kind),
            (Some((_, first, _)), Some((_, second, _))) => {
                return Err(Error::AmbiguousDevice {
                    name: name.to_owned(),
                    files: [first.clone(), second.clone()],
                });
            }
            _ => {}
        }
        names.extend(files.into_iter().map(|(own, ..)| own));
        match kind_of(Path::new(name)) {
            Some(kind) => read(&self.base.join(name), kind),
            None => Err(Error::UnknownDevice {
                name: name.to_owned(),
                known: names,
            }),
        }
    }

    /// Every device, the built-in ones first, then the user's own by name. One whose file is
    /// broken is an error in its place.
    ///
    /// # Errors
    /// [`Error::File`] of a folder that is there and cannot be read.
    pub fn list(&self) -> Result<Vec<Result<LibraryDevice, Error>>, Error> {
        let builtin = self.builtin().into_iter().map(Ok);
        let files = self.files()?;
        let own = files
            .iter()
            .map(|(name, path, kind)| own_device(name, path, kind));
        Ok(builtin.chain(own).collect())
    }

    /// The files of the folder that a device can be read from: name, path and kind, by name.
    fn files(&self) -> Result<Vec<(String, PathBuf, &'static Kind)>, Error> {
        let Some(folder) = self.folder.as_ref().filter(|folder| folder.exists()) else {
            return Ok(Vec::new());
        };
        let failed = |source| Error::File {
            action: "read",
            path: folder.clone(),
            source,
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned());
            if let (Some(kind), Some(name)) = (kind_of(&path), name) {
                files.push((name, path, kind));
            }
        }
        files.sort_by(|(a, path_a, _), (b, path_b, _)| a.cmp(b).then_with(|| path_a.cmp(path_b)));
        Ok(files)
    }
}

fn is_builtin(name: &str) -> bool {
    FILES.iter().any(|(known, _)| *known == name)
}

fn builtin(name: &str, method: Method) -> Option<LibraryDevice> {
    let index = FILES.iter().position(|(known, _)| *known == name)?;
    let mut text = FILES[index].1.to_owned();
    let model = match method {
        Method::Measured => Model::Additive(builtin_devices()[index].clone()),
        Method::NnMeter => {
            let emulated = nn_meter_devices();
            let device = emulated.iter().find(|device| device.name() == name)?;
            text.push_str(&device.to_toml());
            Model::Emulated(device)
        }
    };
    Some(LibraryDevice {
        model: Arc::new(model),
        origin: Origin::BuiltIn,
        checksum: checksum(text.as_bytes()),
    })
}

fn kind_of(path: &Path) -> Option<&'static Kind> {
    let ending = path.extension()?;
    KINDS.iter().find(|kind| ending == kind.ending)
}

/// A device of the folder, which must have the name of its file: it is known by that.
fn own_device(name: &str, path: &Path, kind: &Kind) -> Result<LibraryDevice, Error> {
    let device = read(path, kind)?;
    if device.name() != name {
        let (origin, inside) = (path.display().to_string(), device.name());
        let reason = format!("it is of device `{inside}`, expected `{name}` as the file's name");
        return Err(Error::DeviceFile { origin, reason });
    }
    Ok(device)
}

fn read(path: &Path, kind: &Kind) -> Result<LibraryDevice, Error> {
    let bytes = file::read(path, kind.max_bytes)?;
    let digest = checksum(&bytes);
    let model = (kind.parse)(bytes, &path.display().to_string())?;
    Ok(LibraryDevice {
        model: Arc::new(model),
        origin: Origin::File(path.to_owned()),
        checksum: digest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of a device file under another name.
    fn text(name: &str) -> String {
        let device = builtin_devices()[0].clone();
        Device {
            name: name.to_owned(),
            ..device
        }
        .to_toml()
    }

    fn library(folder: &Path) -> Library {
        fs::write(folder.join("board.toml"), text("board")).unwrap();
        fs::write(folder.join("notes.txt"), "not a device").unwrap();
        Library::new(Some(folder.to_owned()))
    }

    #[test]
    fn names_are_built_in_or_of_the_folder_or_paths() {
        let folder = tempfile::tempdir().unwrap();
        let library = library(folder.path());
        assert_eq!(library.open("myriadvpu").unwrap().origin, Origin::BuiltIn);
        let path = folder.path().join("board.toml");
        let own = library.open("board").unwrap();
        assert_eq!(own.name(), "board");
        let own_file = Origin::File(path.clone());
        assert_eq!(own.origin, own_file);
        let by_path = Library::new(None)
            .open(&path.display().to_string())
            .unwrap();
        assert_eq!(
            (by_path.origin, by_path.checksum),
            (own.origin, own.checksum)
        );
        let beside = Library::new(None).beside(folder.path());
        assert_eq!(beside.open("board.toml").unwrap().origin, own_file);
        let names: Vec<String> = library
            .list()
            .unwrap()
            .iter()
            .map(|device| device.as_ref().unwrap().name().to_owned())
            .collect();
        assert_eq!(names.len(), FILES.len() + 1);
        assert_eq!(names[FILES.len()], "board");
    }

    #[test]
    fn a_name_that_two_files_have_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let library = library(folder.path());
        let forests = format!("board.{}", ForestDevice::FILE_ENDING);
        fs::write(folder.path().join(&forests), "").unwrap();
        let message = library.open("board").unwrap_err().to_string();
        assert!(message.contains("board.toml"), "{message}");
        assert!(message.contains(&forests), "{message}");
    }

    #[test]
    fn both_methods_know_the_same_devices() {
        let library = Library::new(None);
        let emulating = library.clone().by(Method::NnMeter);
        let pairs = library.builtin().into_iter().zip(emulating.builtin());
        for (measured, emulated) in pairs {
            assert_eq!(measured.name(), emulated.name());
            assert_ne!(measured.checksum, emulated.checksum);
        }
        assert_eq!(emulating.builtin().len(), FILES.len());
    }

    #[test]
    fn an_unknown_name_is_answered_with_all_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let error = library(folder.path()).open("bord").unwrap_err().to_string();
        for part in ["`bord`", "board", "adreno640gpu"] {
            assert!(error.contains(part), "{error}");
        }
        let missing = folder.path().join("none.toml").display().to_string();
        let error = library(folder.path()).open(&missing).unwrap_err();
        assert!(matches!(error, Error::File { .. }), "{error}");
    }

    #[test]
    fn a_file_of_another_device_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let library = library(folder.path());
        fs::write(folder.path().join("copy.toml"), text("board")).unwrap();
        let error = library.open("copy").unwrap_err().to_string();
        assert!(error.contains("`board`, expected `copy`"), "{error}");
        let broken = library
            .list()
            .unwrap()
            .iter()
            .filter(|d| d.is_err())
            .count();
        assert_eq!(broken, 1);
    }

    #[test]
    fn a_new_device_needs_a_free_and_plain_name() {
        let library = Library::new(Some("devices".into()));
        assert_eq!(
            library.place("pi-5", "toml").unwrap(),
            Path::new("devices/pi-5.toml")
        );
        for name in ["", ".", "../x", "a b", "myriadvpu", "pi.toml"] {
            assert!(matches!(
                library.place(name, "toml"),
                Err(Error::DeviceName { .. })
            ));
        }
        let nowhere = Library::new(None).place("pi", "toml").unwrap_err();
        assert!(matches!(nowhere, Error::NoDeviceFolder));
    }
}
