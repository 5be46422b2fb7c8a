//! A file of measured networks: one JSON object a line, plain or compressed by zstd.

use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use ruzstd::decoding::StreamingDecoder;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::FitProgress;
use crate::error::Error;
use crate::ir::Ir;

/// The longest line that is read; the longest of the published networks has 64 kB.
const MAX_LINE: u64 = 64 << 20;
/// The first bytes of a zstd frame.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A network and what was measured of it.
pub(super) struct Measurement {
    pub id: String,
    pub family: String,
    pub graph: Ir,
    /// For each column asked for, the latency in milliseconds.
    pub milliseconds: Vec<Option<f64>>,
}

/// Reads the measurements one by one.
pub(super) struct Measurements<'a> {
    path: PathBuf,
    columns: &'a [&'a str],
    lines: Box<dyn BufRead>,
    line: usize,
    consumed: Rc<Cell<u64>>,
    total_bytes: u64,
}

impl<'a> Measurements<'a> {
    /// Opens the file; `columns` are the keys of the latencies.
    pub(super) fn open(path: &Path, columns: &'a [&'a str]) -> Result<Self, Error> {
        let failed = |source| Error::File {
            action: "read",
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(failed)?;
        let total_bytes = file.metadata().map_err(failed)?.len();
        let consumed = Rc::new(Cell::new(0));
        let mut source = BufReader::new(Counted {
            file,
            consumed: Rc::clone(&consumed),
        });
        let compressed = source.fill_buf().map_err(failed)?.starts_with(&ZSTD_MAGIC);
        let lines: Box<dyn BufRead> = if compressed {
            Box::new(BufReader::with_capacity(1 << 20, Frames::new(source)))
        } else {
            Box::new(source)
        };
        Ok(Self {
            path: path.to_owned(),
            columns,
            lines,
            line: 0,
            consumed,
            total_bytes,
        })
    }

    /// The next measurement, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Measurement>, Error> {
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            self.line += 1;
            let mut limited = (&mut self.lines).take(MAX_LINE);
            let read = limited.read_until(b'\n', &mut bytes);
            let length = read.map_err(|error| self.fault(&error))?;
            if length == 0 {
                return Ok(None);
            }
            if length as u64 == MAX_LINE {
                return Err(self.fault(&format!("a line of more than {MAX_LINE} bytes")));
            }
            if !bytes.trim_ascii().is_empty() {
                break;
            }
        }
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let measurement = Columns(self.columns)
            .deserialize(&mut json)
            .and_then(|measurement| json.end().map(|()| measurement))
            .map_err(|error| self.fault(&error))?;
        Ok(Some(measurement))
    }

    /// An error about the line read last.
    pub(super) fn fault(&self, reason: &dyn fmt::Display) -> Error {
        Error::Measurements {
            path: self.path.clone(),
            line: self.line,
            reason: reason.to_string(),
        }
    }

    pub(super) fn progress(&self, networks: usize) -> FitProgress {
        FitProgress {
            bytes: self.consumed.get(),
            total_bytes: self.total_bytes,
            networks,
        }
    }
}

/// A file that counts what was read of it.
struct Counted {
    file: File,
    consumed: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.consumed.set(self.consumed.get() + count as u64);
        Ok(count)
    }
}

/// The content of one zstd frame after the other.
struct Frames<R: BufRead> {
    /// Between two frames.
    source: Option<R>,
    /// Within one.
    frame: Option<Box<StreamingDecoder<R, ruzstd::decoding::FrameDecoder>>>,
}

impl<R: BufRead> Frames<R> {
    fn new(source: R) -> Self {
        Self {
            source: Some(source),
            frame: None,
        }
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(mut source) = self.source.take() {
                if source.fill_buf()?.is_empty() {
                    self.source = Some(source);
                    return Ok(0);
                }
                let frame = StreamingDecoder::new(source).map_err(io::Error::other)?;
                self.frame = Some(Box::new(frame));
            }
            let Some(frame) = &mut self.frame else {
                return Ok(0);
            };
            let count = frame.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.source = self.frame.take().map(|frame| frame.into_inner());
        }
    }
}

/// Decodes a [`Measurement`] with these columns.
struct Columns<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for Columns<'_> {
    type Value = Measurement;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Measurement, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Columns<'_> {
    type Value = Measurement;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with id, family, graph and latencies")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Measurement, A::Error> {
        let (mut id, mut family, mut graph) = (None, None, None);
        let mut milliseconds = vec![None; self.0.len()];
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "id" => id = Some(map.next_value()?),
                "family" => family = Some(map.next_value()?),
                "graph" => graph = Some(map.next_value()?),
                _ if self.0.contains(&key.as_str()) => {
                    let value: Option<f64> = map.next_value()?;
                    if value.is_some_and(|value| value <= 0.0) {
                        let text = format!("`{key}` is {value:?}, expected milliseconds above 0");
                        return Err(A::Error::custom(text));
                    }
                    for (column, slot) in self.0.iter().zip(&mut milliseconds) {
                        if *column == key {
                            *slot = value;
                        }
                    }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let missing = A::Error::missing_field;
        Ok(Measurement {
            id: id.ok_or_else(|| missing("id"))?,
            family: family.ok_or_else(|| missing("family"))?,
            graph: graph.ok_or_else(|| missing("graph"))?,
            milliseconds,
        })
    }
}
