//! What has been measured: a file that only grows, one line of JSON for each measurement.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::file;
use crate::measure::quantile;

/// The largest journal that is read; one of 15 minutes has less than 1 MB.
const MAX_BYTES: u64 = 256 << 20;

/// The measurements of a calibration, durable one by one.
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Milliseconds by item, in the order in which they were measured.
    measured: BTreeMap<String, Vec<f64>>,
    done: BTreeSet<(String, usize)>,
    spent: Duration,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Line {
    Head {
        format: u32,
        runtime: String,
    },
    Measurement {
        item: String,
        pass: usize,
        milliseconds: f64,
        seconds: f64,
    },
}

impl Journal {
    const FORMAT: u32 = 1;

    /// Opens the journal of a calibration of this runtime, or begins one. A last line that was cut
    /// off by a kill is dropped.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::TooLarge`] of a file that cannot be read or written,
    /// [`Error::Journal`] of one of another runtime or of other lines, [`Error::JournalInUse`] while
    /// another process has it open.
    pub fn open(path: &Path, runtime: &str) -> Result<Self, Error> {
        let failed = |action| {
            move |source| Error::File {
                action,
                path: path.to_owned(),
                source,
            }
        };
        let options = || OpenOptions::new().create(true).append(true).open(path);
        let file = options().map_err(failed("write"))?;
        // Two calibrations would measure each other, and write over each other's lines.
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::JournalInUse(path.to_owned())),
            Err(TryLockError::Error(source)) => return Err(failed("lock")(source)),
        }
        let mut journal = Self {
            path: path.to_owned(),
            file,
            measured: BTreeMap::new(),
            done: BTreeSet::new(),
            spent: Duration::ZERO,
        };
        let bytes = file::read(path, MAX_BYTES)?;
        let whole = bytes
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |end| end + 1);
        if whole < bytes.len() {
            journal
                .file
                .set_len(whole as u64)
                .map_err(failed("write"))?;
        }
        let text = String::from_utf8_lossy(&bytes[..whole]);
        for (index, line) in text.lines().enumerate() {
            journal
                .replay(line, index, runtime)
                .map_err(|reason| Error::Journal {
                    path: path.to_owned(),
                    line: index + 1,
                    reason,
                })?;
        }
        if whole == 0 {
            journal.write(&Line::Head {
                format: Self::FORMAT,
                runtime: runtime.to_owned(),
            })?;
        }
        Ok(journal)
    }

    /// Removes a journal, if there is one.
    ///
    /// # Errors
    /// [`Error::File`] of a file that cannot be removed.
    pub fn remove(path: &Path) -> Result<(), Error> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::File {
                action: "remove",
                path: path.to_owned(),
                source: error,
            }),
            _ => Ok(()),
        }
    }

    /// Measurements made.
    #[must_use]
    pub fn len(&self) -> usize {
        self.done.len()
    }

    /// Whether nothing has been measured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.done.is_empty()
    }

    /// Time spent measuring.
    #[must_use]
    pub fn spent(&self) -> Duration {
        self.spent
    }

    /// The file's name, without its folder.
    pub(super) fn file_name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    pub(super) fn has(&self, item: &str, pass: usize) -> bool {
        self.done.contains(&(item.to_owned(), pass))
    }

    /// The median of an item's measurements; `None` before the first.
    pub(super) fn milliseconds(&self, item: &str) -> Option<f64> {
        let mut values = self.measured.get(item)?.clone();
        values.sort_by(f64::total_cmp);
        Some(quantile(&values, 0.5))
    }

    pub(super) fn add(
        &mut self,
        item: &str,
        pass: usize,
        milliseconds: f64,
        took: Duration,
    ) -> Result<(), Error> {
        self.write(&Line::Measurement {
            item: item.to_owned(),
            pass,
            milliseconds,
            seconds: took.as_secs_f64(),
        })?;
        self.count(item.to_owned(), pass, milliseconds, took);
        Ok(())
    }

    fn count(&mut self, item: String, pass: usize, milliseconds: f64, took: Duration) {
        self.measured
            .entry(item.clone())
            .or_default()
            .push(milliseconds);
        self.done.insert((item, pass));
        self.spent += took;
    }

    fn replay(&mut self, line: &str, index: usize, runtime: &str) -> Result<(), String> {
        let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
        match line {
            Line::Head {
                format,
                runtime: own,
            } if index == 0 => {
                if (format, own.as_str()) != (Self::FORMAT, runtime) {
                    return Err(format!(
                        "format {format} of runtime `{own}`, expected format {} of `{runtime}`; \
                         begin anew with `--restart`",
                        Self::FORMAT
                    ));
                }
            }
            Line::Measurement {
                item,
                pass,
                milliseconds,
                seconds,
            } if index > 0 && milliseconds > 0.0 && milliseconds.is_finite() => {
                let took = Duration::try_from_secs_f64(seconds).map_err(|e| e.to_string())?;
                self.count(item, pass, milliseconds, took);
            }
            _ => return Err("expected a head, then measurements above 0 ms".to_owned()),
        }
        Ok(())
    }

    fn write(&mut self, line: &Line) -> Result<(), Error> {
        let text = serde_json::to_string(line).expect("text and numbers are always JSON");
        let written = writeln!(self.file, "{text}").and_then(|()| self.file.sync_data());
        written.map_err(|source| Error::File {
            action: "write",
            path: self.path.clone(),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_is_read_back_without_its_torn_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("board.journal");
        let mut journal = Journal::open(&path, "engine").unwrap();
        let second = Journal::open(&path, "engine").err().unwrap();
        assert!(matches!(second, Error::JournalInUse(_)), "{second}");
        for (pass, milliseconds) in [3.0, 1.0, 2.0].into_iter().enumerate() {
            let took = Duration::from_millis(500);
            journal.add("conv", pass, milliseconds, took).unwrap();
        }
        drop(journal);
        fs::write(
            &path,
            [&fs::read(&path).unwrap()[..], b"{\"item\":\"co"].concat(),
        )
        .unwrap();
        let mut journal = Journal::open(&path, "engine").unwrap();
        assert_eq!(journal.len(), 3);
        assert_eq!(journal.milliseconds("conv"), Some(2.0));
        assert_eq!(journal.spent(), Duration::from_millis(1500));
        assert!(journal.has("conv", 2) && !journal.has("conv", 3));
        journal.add("pool", 0, 1.0, Duration::ZERO).unwrap();
        drop(journal);
        assert_eq!(Journal::open(&path, "engine").unwrap().len(), 4);
        let error = Journal::open(&path, "onnxruntime")
            .err()
            .unwrap()
            .to_string();
        assert!(
            error.contains("line 1: format 1 of runtime `engine`"),
            "{error}"
        );
    }

    #[test]
    fn other_lines_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("board.journal");
        for line in [
            "{}",
            "x",
            "{\"item\":\"a\",\"pass\":0,\"milliseconds\":-1,\"seconds\":1}",
        ] {
            let head = "{\"format\":1,\"runtime\":\"engine\"}";
            fs::write(&path, format!("{head}\n{line}\n")).unwrap();
            let error = Journal::open(&path, "engine").err().unwrap().to_string();
            assert!(error.contains("line 2: "), "{error}");
        }
    }
}
