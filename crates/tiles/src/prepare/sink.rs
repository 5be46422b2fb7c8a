use std::path::{Path, PathBuf};

use super::assemble::Assembled;
use super::{PrepareOptions, Prepared, Skipped};
use crate::dataset::{DatasetWriter, Format, Provenance, Tile};
use crate::error::{Error, Size};
use crate::layout::TileSource;

/// Takes the tiles in order, writes the good ones and remembers or refuses the bad ones.
pub(super) struct Sink<'a> {
    options: &'a PrepareOptions,
    bands: Vec<String>,
    classes: Vec<String>,
    /// Opened at the first good tile, which sets the size of all.
    started: Option<Started>,
    skipped: Vec<Skipped>,
}

struct Started {
    writer: DatasetWriter,
    size: Size,
    reference: PathBuf,
    by_class: Vec<usize>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(
        options: &'a PrepareOptions,
        bands: Vec<String>,
        classes: Vec<String>,
    ) -> Self {
        Self {
            options,
            bands,
            classes,
            started: None,
            skipped: Vec::new(),
        }
    }

    pub(super) fn take(
        &mut self,
        source: &TileSource,
        tile: Result<Assembled, Error>,
    ) -> Result<(), Error> {
        match tile.and_then(|tile| self.write(source, &tile)) {
            Err(error) if self.options.skip_bad && error.is_of_one_tile() => {
                self.skipped.push(Skipped {
                    id: source.id.clone(),
                    reason: error.to_string(),
                });
                Ok(())
            }
            result => result,
        }
    }

    fn write(&mut self, source: &TileSource, tile: &Assembled) -> Result<(), Error> {
        let label = self
            .classes
            .iter()
            .position(|class| *class == source.class)
            .expect("the classes were taken from these sources");
        let started = match &mut self.started {
            Some(started) => {
                tile.check_size(started.size, &started.reference)?;
                started
            }
            None => {
                let format = Format {
                    height: tile.size.height,
                    width: tile.size.width,
                    bands: self.bands.clone(),
                    classes: self.classes.clone(),
                    normalization: self.options.recipe.normalization.clone(),
                };
                self.started.insert(Started {
                    writer: DatasetWriter::create(&self.options.output, format)?,
                    size: tile.size,
                    reference: source.rasters[0].path.clone(),
                    by_class: vec![0; self.classes.len()],
                })
            }
        };
        started.by_class[label] += 1;
        let description = Tile {
            id: source.id.clone(),
            region: source.region.clone(),
            group: source.group.clone(),
            label,
            source: relative(&source.rasters[0].path, &self.options.input),
            bounds: tile.bounds,
            epsg: tile.epsg,
        };
        started.writer.push(description, &tile.values)
    }

    pub(super) fn finish(self, layout: &str) -> Result<Prepared, Error> {
        let input = &self.options.input;
        let no_tiles = |reason: String| Error::NoTiles {
            path: input.clone(),
            reason,
        };
        let Some(started) = self.started else {
            let first = self.skipped.into_iter().next();
            return Err(no_tiles(first.map_or_else(
                || "the folder is empty".to_owned(),
                |tile| tile.reason,
            )));
        };
        if let Some(class) = started.by_class.iter().position(|&count| count == 0) {
            return Err(no_tiles(format!(
                "all tiles of class {} were skipped, {} tiles in all",
                self.classes[class],
                self.skipped.len()
            )));
        }
        started.writer.finish(Provenance {
            input: input
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
            layout: layout.to_owned(),
            software: format!("edgefront-tiles {}", env!("CARGO_PKG_VERSION")),
            skipped: self.skipped.iter().map(|tile| tile.id.clone()).collect(),
        })?;
        Ok(Prepared {
            tiles: started.by_class.iter().sum(),
            skipped: self.skipped,
        })
    }
}

/// The path below `root` with `/` between its parts on every system.
fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}
