//! Rasters as large as the model's input: a table of what each shows.

use std::fs;
use std::path::{Path, PathBuf};

use edgefront::report::{Cell, Column, Table};
use edgefront::tiles::layout::{self, Scan, TileSource};
use edgefront::tiles::map::{TileFiles, classify_tiles};

use super::Trained;
use crate::cli::classify::ClassifyArgs;
use crate::error::Error;
use crate::output;
use crate::progress::Bar;

/// The files of the command line: tiles of their own if each has all bands, else one tile.
pub fn files(args: &ClassifyArgs, model: &Trained<'_>, each: bool) -> Result<(), Error> {
    let at_a_time = if each { 1 } else { args.rasters.len() };
    let tiles: Vec<TileFiles> = (args.rasters.chunks(at_a_time))
        .map(|paths| TileFiles {
            paths: paths.to_vec(),
            bands: args.bands.clone(),
        })
        .collect();
    let name = |tile: &TileFiles| tile.paths[0].display().to_string();
    let names = tiles.iter().map(name).collect();
    classify(args, model, &tiles, names, None)
}

/// A folder of labelled tiles in a layout that `edgefront tiles prepare` reads.
pub fn folder(args: &ClassifyArgs, model: &Trained<'_>, folder: &Path) -> Result<(), Error> {
    if folder.join("dataset.toml").exists() {
        return Err(Error::Content {
            path: folder.to_owned(),
            reason: "a prepared dataset; expected the tiles that it was made of".to_owned(),
        });
    }
    let layout = layout::detect(folder)?;
    let bands = args.bands.as_deref().filter(|_| layout.takes_bands());
    let Scan {
        tiles: sources,
        faults,
    } = layout::scan(layout, folder, bands)?;
    for fault in faults {
        output::message(&format!("left out {}: {}", fault.id, fault.error));
    }
    let tile = |source: &TileSource| TileFiles {
        paths: source
            .rasters
            .iter()
            .map(|file| file.path.clone())
            .collect(),
        bands: Some(source.bands().map(str::to_owned).collect()),
    };
    let tiles: Vec<TileFiles> = sources.iter().map(tile).collect();
    let names = sources.iter().map(|source| source.id.clone()).collect();
    let labels = sources.iter().map(|source| source.class.clone()).collect();
    classify(args, model, &tiles, names, Some(labels))
}

fn classify(
    args: &ClassifyArgs,
    model: &Trained<'_>,
    tiles: &[TileFiles],
    names: Vec<String>,
    labels: Option<Vec<String>>,
) -> Result<(), Error> {
    let networks = model.classifiers(args.threads)?;
    let bar = Bar::items("classifying tiles");
    let mut progress = |done, all| bar.set(done as u64, all as u64);
    let signature = &model.signature;
    let most_missing = args.most_missing;
    let answers = classify_tiles(tiles, signature, most_missing, networks, &mut progress)
        .map_err(Error::Rasters)?;
    bar.finish();
    let answers = Answers {
        classes: &signature.classes,
        names,
        labels,
        probabilities: answers,
    };
    write(args.out.as_deref(), &answers.table().to_csv())?;
    output::message(&answers.summary());
    Ok(())
}

/// What a model says of tiles.
struct Answers<'a> {
    classes: &'a [String],
    names: Vec<String>,
    /// The true classes, if they are known.
    labels: Option<Vec<String>>,
    /// Of each class; none for a tile that misses too many values.
    probabilities: Vec<Option<Vec<f32>>>,
}

impl Answers<'_> {
    /// The most probable class; of equal ones the first.
    fn predicted(&self, tile: usize) -> Option<&str> {
        let probabilities = self.probabilities[tile].as_ref()?;
        let most = probabilities.iter().copied().fold(f32::MIN, f32::max);
        let class = probabilities.iter().position(|&p| p == most)?;
        Some(&self.classes[class])
    }

    fn table(&self) -> Table {
        let probability = |class| Column::new(format!("probability_{class}"), "");
        let label = self.labels.is_some().then_some("label");
        let columns = std::iter::once("tile").chain(label).chain(["predicted"]);
        let columns = columns.map(|name| Column::new(name, ""));
        let row = |tile: usize| {
            let label = self.labels.as_ref().map(|labels| labels[tile].as_str());
            let words = std::iter::once(self.names[tile].as_str()).chain(label);
            let words = words.chain([self.predicted(tile).unwrap_or_default()]);
            let numbers = (0..self.classes.len()).map(|class| {
                let of_class = self.probabilities[tile].as_ref().map(|all| all[class]);
                Cell::number(of_class.map(|p| (f64::from(p) * 1e6).round() / 1e6), 6)
            });
            words.map(Cell::text).chain(numbers).collect()
        };
        Table {
            columns: columns
                .chain(self.classes.iter().map(probability))
                .collect(),
            rows: (0..self.names.len()).map(row).collect(),
        }
    }

    fn summary(&self) -> String {
        let classified = self.probabilities.iter().flatten().count();
        let left_out = match self.names.len() - classified {
            0 => String::new(),
            count => format!(", {count} left out for missing values"),
        };
        let accuracy = self.labels.as_ref().map_or_else(String::new, |labels| {
            let is_right = |&tile: &usize| self.predicted(tile) == Some(&labels[tile]);
            let right = (0..labels.len()).filter(is_right).count();
            let share = 100.0 * right as f64 / classified.max(1) as f64;
            format!(", {right} of them rightly ({share:.2} %)")
        });
        format!("{classified} tiles classified{accuracy}{left_out}")
    }
}

/// Writes the table to standard output, or aside and then to its file: there is never half of it.
fn write(path: Option<&Path>, text: &str) -> Result<(), Error> {
    let Some(path) = path else {
        output::data(text);
        return Ok(());
    };
    let aside = PathBuf::from(format!("{}.partial", path.display()));
    fs::write(&aside, text).map_err(Error::file(&aside))?;
    fs::rename(&aside, path).map_err(Error::file(path))
}
