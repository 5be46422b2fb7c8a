use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::assemble::{Assembled, Assembly, check_size};
use super::faults::{FaultCounts, Skipped};
use super::{PrepareOptions, Prepared};
use crate::checksum::Running;
use crate::dataset::{DatasetWriter, Format, Provenance, Tile};
use crate::error::{Error, Size};
use crate::layout::{self, Fault, Layout, TileSource};
use crate::recipe::Recipe;

/// Takes the tiles in order, writes the good ones and counts the faults of the others.
pub(super) struct Sink<'a> {
    options: &'a PrepareOptions,
    layout: &'static dyn Layout,
    recipe: &'a Recipe,
    /// What the sources of tiles are named from: the folder, or that of the table.
    root: PathBuf,
    classes: Vec<String>,
    /// How many tiles the layout found.
    all: usize,
    /// The size that all tiles must have, and a raster that has it: the first good tile's, unless
    /// it is known before.
    reference: Option<(Size, PathBuf)>,
    /// Opened at the first good tile, closed for good at the first fault that is not left out.
    writer: Option<DatasetWriter>,
    /// That fault.
    first: Option<Error>,
    skipped: Vec<Skipped>,
    /// How many sound tiles there are of each size, with a raster of one.
    sizes: BTreeMap<Size, (usize, PathBuf)>,
    regions: BTreeMap<String, Region>,
    written: usize,
}

#[derive(Default)]
struct Region {
    /// How many tiles it has, faulty ones too.
    tiles: usize,
    /// The classes of those that were written.
    classes: BTreeSet<usize>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(
        options: &'a PrepareOptions,
        layout: &'static dyn Layout,
        recipe: &'a Recipe,
        tiles: &[TileSource],
    ) -> Self {
        let input = options.input.as_path();
        let table = input.parent().filter(|_| input.is_file());
        Self {
            options,
            layout,
            recipe,
            root: table.unwrap_or(input).to_path_buf(),
            classes: layout::classes(tiles),
            all: tiles.len(),
            reference: None,
            writer: None,
            first: None,
            skipped: Vec::new(),
            sizes: BTreeMap::new(),
            regions: BTreeMap::new(),
            written: 0,
        }
    }

    /// The same, with the size that all tiles must have.
    pub(super) fn with_reference(mut self, reference: Option<(Size, PathBuf)>) -> Self {
        self.reference = reference;
        self
    }

    /// What makes the channels that it takes.
    pub(super) fn assembly(&self) -> Assembly<'a> {
        Assembly {
            recipe: self.recipe,
            is_ready: self.layout.is_ready(),
        }
    }

    /// The threads to make them on.
    pub(super) fn threads(&self) -> usize {
        self.options.threads
    }

    /// Whether all that is left to do is to count faults.
    pub(super) fn has_failed(&self) -> bool {
        self.first.is_some()
    }

    /// Takes a tile and its channels. Gives back the sum to which they are still to be added, if
    /// they have been written.
    pub(super) fn take(
        &mut self,
        source: &TileSource,
        tile: Result<Assembled, Error>,
        values: &[f32],
    ) -> Result<Option<Running>, Error> {
        match tile.and_then(|tile| self.check(tile)) {
            Ok(tile) => {
                self.region(&source.region).tiles += 1;
                match self.first {
                    None => self.write(source, &tile, values).map(Some),
                    Some(_) => Ok(None),
                }
            }
            Err(error) => {
                let (id, region) = (source.id.clone(), source.region.clone());
                self.take_fault(Fault { id, region, error })?;
                Ok(None)
            }
        }
    }

    /// Takes a tile that cannot be used.
    pub(super) fn take_fault(&mut self, fault: Fault) -> Result<(), Error> {
        let Some(skipped) = Skipped::new(&fault) else {
            return Err(fault.error);
        };
        self.region(&fault.region).tiles += 1;
        self.skipped.push(skipped);
        if !self.options.skip_bad && self.first.is_none() {
            self.first = Some(fault.error);
            self.writer = None;
        }
        Ok(())
    }

    fn region(&mut self, name: &str) -> &mut Region {
        self.regions.entry(name.to_owned()).or_default()
    }

    fn check(&mut self, tile: Assembled) -> Result<Assembled, Error> {
        let (count, _) = (self.sizes.entry(tile.size)).or_insert_with(|| (0, tile.path.clone()));
        *count += 1;
        let (expected, path) =
            (self.reference).get_or_insert_with(|| (tile.size, tile.path.clone()));
        check_size(&tile.path, tile.size, *expected, path)?;
        Ok(tile)
    }

    fn write(
        &mut self,
        source: &TileSource,
        tile: &Assembled,
        values: &[f32],
    ) -> Result<Running, Error> {
        let label = (self.classes.iter())
            .position(|class| *class == source.class)
            .expect("the classes were taken from these sources");
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let format = Format {
                    height: tile.size.height,
                    width: tile.size.width,
                    recipe: self.recipe.clone(),
                    classes: self.classes.clone(),
                };
                let output = &self.options.output;
                (self.writer).insert(DatasetWriter::expecting(output, format, self.all)?)
            }
        };
        let description = Tile {
            id: source.id.clone(),
            region: source.region.clone(),
            group: source.group.clone(),
            label,
            source: relative(&source.rasters[0].path, &self.root),
            bounds: tile.bounds,
            epsg: tile.epsg,
        };
        let sum = writer.push_unsummed(description, values)?;
        self.written += 1;
        self.region(&source.region).classes.insert(label);
        Ok(sum)
    }

    /// A size that more of the tiles have than the one that the first tile set, where tiles are
    /// left out: then the first is the odd one.
    pub(super) fn better_reference(&self) -> Option<(Size, PathBuf)> {
        let (used, _) = self.reference.as_ref().filter(|_| self.options.skip_bad)?;
        let (size, (count, path)) = self.sizes.iter().max_by_key(|(_, (count, _))| *count)?;
        let of_used = self.sizes.get(used).map_or(0, |(count, _)| *count);
        (*count > of_used).then(|| (*size, path.clone()))
    }

    /// Completes the dataset.
    pub(super) fn finish(self) -> Result<Prepared, Error> {
        let tiles = self
            .regions
            .iter()
            .map(|(name, region)| (name, region.tiles));
        let faults = FaultCounts::new(&self.skipped, tiles);
        if let Some(first) = self.first {
            return Err(match self.skipped.len() {
                1 => first,
                _ => Error::BadTiles {
                    first: Box::new(first),
                    counts: faults,
                },
            });
        }
        let input = &self.options.input;
        let no_tiles = |reason: String| Error::NoTiles {
            path: input.clone(),
            reason,
        };
        let Some(writer) = self.writer else {
            let first = self.skipped.first().map(|tile| tile.reason.as_str());
            return Err(no_tiles(format!("{}\n{faults}", first.unwrap_or_default())));
        };
        let is_there =
            |class: &usize| (self.regions.values()).any(|region| region.classes.contains(class));
        if let Some(class) = (0..self.classes.len()).find(|class| !is_there(class)) {
            return Err(no_tiles(format!(
                "all tiles of class {} were left out\n{faults}",
                self.classes[class]
            )));
        }
        writer.finish(Provenance {
            input: (input.file_name())
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
            layout: self.layout.name().to_owned(),
            software: format!("edgefront-tiles {}", env!("CARGO_PKG_VERSION")),
            skipped: self.skipped.iter().map(|tile| tile.id.clone()).collect(),
        })?;
        let one_class = self.regions.iter().filter_map(|(name, region)| {
            let class = region
                .classes
                .first()
                .filter(|_| region.classes.len() == 1)?;
            Some((name.clone(), self.classes[*class].clone()))
        });
        Ok(Prepared {
            tiles: self.written,
            layout: self.layout.name(),
            one_class: one_class.collect(),
            skipped: self.skipped,
            faults,
        })
    }
}

/// The path below `root`, with `/` between its parts on every system.
fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}
