use std::path::{Path, PathBuf};
use std::time::Duration;

use edgefront_engine::{Backend, Cpu, TrainOptions};
use edgefront_latency::{Library, LibraryDevice};
use edgefront_pareto::{Objective, Points, front};
use edgefront_random::Key;
use edgefront_search::STRATEGIES;
use edgefront_space::{Constraint, Space, TileShape};
use edgefront_tiles::Dataset;
use edgefront_tiles::fold::Split;
use edgefront_tiles::normalize::{Normalization, Statistics};
use edgefront_tiles::recipe::Recipe;

use crate::file::beside;
use crate::runner::run;
use crate::store::{DatasetFacts, DeviceFacts, Header};
use crate::{
    Directory, Error, Event, Kind, Limits, SqliteStore, Store, StudyFile, Trial, checkpoints,
    measure,
};

/// A study whose file, dataset, space and devices have been checked against each other.
pub struct Study {
    /// The study file, for the text of errors.
    pub(crate) path: PathBuf,
    pub(crate) directory: Directory,
    pub(crate) header: Header,
    pub(crate) dataset: Dataset,
    pub(crate) splits: Vec<Split>,
    /// What is kept together where training tiles are held back, if anything: a number per tile.
    pub(crate) units: Option<Vec<usize>>,
    /// How the input of each fold's networks is made: the dataset's recipe, fitted to the fold's
    /// training tiles.
    pub(crate) recipes: Vec<Recipe>,
    pub(crate) space: Space,
    pub(crate) strategy: &'static edgefront_search::Entry,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) devices: Vec<LibraryDevice>,
    pub(crate) options: TrainOptions,
    pub(crate) key: Key,
    pub(crate) checkpoint_interval: Duration,
}

impl Study {
    /// Reads a study file and checks everything that can be checked before anything is trained.
    /// `output` overrides where the study is kept.
    ///
    /// # Errors
    /// If the file, the dataset, the space or a setting is refused.
    pub fn open(path: &Path, output: Option<PathBuf>) -> Result<Self, Error> {
        let file = StudyFile::read(path)?;
        let fault = |key: &str, reason: String| Error::setting(path, key, reason);
        let directory = Directory::new(output.unwrap_or_else(|| file.directory(path)));
        let dataset = Dataset::open(&beside(path, &file.dataset))?;
        let key = Key::new(file.seed);
        let fold = edgefront_tiles::fold::by_name(&file.folds.method)
            .map_err(|e| fault("folds.method", e.to_string()))?;
        let (tiles, folds) = (dataset.tiles(), file.folds.options());
        let splits = edgefront_tiles::fold::deal(fold, tiles, &folds, key.with("folds", 0))
            .map_err(|e| fault("folds", e.to_string()))?;
        let units = (fold.units(tiles, &folds)).map_err(|e| fault("folds", e.to_string()))?;
        let recipes = fit(&dataset, &splits);
        let space = open_space(path, &file, &dataset)?;
        let library = Library::of_user()
            .by(file.latency.predictor)
            .beside(path.parent().unwrap_or(Path::new("")));
        let open = |name: &String| library.open(name);
        let devices: Vec<LibraryDevice> = (file.latency.devices.iter().map(open))
            .collect::<Result<_, _>>()
            .map_err(|e| fault("latency.devices", e.to_string()))?;
        let names: Vec<String> = devices.iter().map(|d| d.name().to_owned()).collect();
        if devices.is_empty() {
            let reason = "none given, expected at least one".into();
            return Err(fault("latency.devices", reason));
        }
        if let Some(name) = repeated(&names) {
            let reason = format!("`{name}` is given twice, expected different devices");
            return Err(fault("latency.devices", reason));
        }
        let mut objectives: Vec<Objective> = Vec::new();
        for text in &file.objectives {
            let objective: Objective = text
                .parse()
                .map_err(|e: edgefront_pareto::Error| fault("objectives", e.to_string()))?;
            let unit = measure::check(&objective.name, &names, |e| fault("objectives", e))?;
            objectives.push(objective.with_unit(unit));
        }
        if objectives.len() < 2 {
            let reason = format!("{} given, expected at least two", objectives.len());
            return Err(fault("objectives", reason));
        }
        let measures: Vec<String> = objectives.iter().map(|o| o.name.clone()).collect();
        if let Some(name) = repeated(&measures) {
            let reason = format!("`{name}` is given twice, expected different measures");
            return Err(fault("objectives", reason));
        }
        let mut constraints = Vec::new();
        for text in &file.search.constraints {
            let key = "search.constraints";
            let constraint: Constraint = text
                .parse()
                .map_err(|e: edgefront_space::Error| fault(key, e.to_string()))?;
            measure::check(&constraint.measure, &names, |e| fault(key, e))?;
            if measure::is_trained(&constraint.measure) {
                return Err(fault(key, format!("`{text}` is known only after training")));
            }
            constraints.push(constraint);
        }
        let strategy = edgefront_search::find(&file.search.strategy).ok_or_else(|| {
            let known: Vec<_> = STRATEGIES.iter().map(|entry| entry.name).collect();
            let (name, known) = (&file.search.strategy, known.join(", "));
            fault(
                "search.strategy",
                format!("unknown `{name}`, expected one of: {known}"),
            )
        })?;
        if file.search.trials == 0 {
            return Err(fault("search.trials", "0, expected at least 1".into()));
        }
        let classes = dataset.classes().len();
        let options = file.training.options().and_then(|options| {
            options.class_weights.check_classes(classes)?;
            Ok(options)
        });
        let options = options.map_err(|e| fault("training", e.to_string()))?;
        let header = Header {
            dataset: facts(&dataset),
            parameters: space.parameters().iter().map(|p| p.name.clone()).collect(),
            objectives,
            folds: splits.iter().map(|split| split.name.clone()).collect(),
            devices: devices.iter().map(device_facts).collect(),
            file,
        };
        Ok(Self {
            path: path.to_path_buf(),
            directory,
            header,
            dataset,
            splits,
            units,
            recipes,
            space,
            strategy,
            constraints,
            devices,
            options,
            key,
            checkpoint_interval: checkpoints::INTERVAL,
        })
    }

    /// Sets how often a training is saved, at most once for each epoch: what a run that is killed
    /// loses. Every minute if this is not called. The result does not depend on it.
    pub fn set_checkpoint_interval(&mut self, interval: Duration) {
        self.checkpoint_interval = interval;
    }

    /// Where the study is kept.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The study file's settings.
    #[must_use]
    pub fn file(&self) -> &StudyFile {
        &self.header.file
    }

    /// Does what is left to do within these limits, and says what happens.
    ///
    /// # Errors
    /// If the dataset's files are not those that were prepared, the store or a model cannot be
    /// written, the directory holds a study with other settings, or another process is at work on
    /// it. What was acknowledged is kept.
    pub fn run(
        &self,
        limits: Limits,
        observe: &mut dyn FnMut(&Event<'_>),
    ) -> Result<Outcome, Error> {
        self.run_on(&Cpu::new(), limits, observe)
    }

    /// As [`run`](Self::run), but trains on a backend of one's own. The memory that a training
    /// takes is still predicted as for the [`Cpu`].
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_on(
        &self,
        backend: &dyn Backend,
        limits: Limits,
        observe: &mut dyn FnMut(&Event<'_>),
    ) -> Result<Outcome, Error> {
        let _lock = self.directory.lock()?;
        let mut store = SqliteStore::open(&self.directory.store())?;
        if let Some(stored) = store.header()?
            && let Some((key, stored, given)) = stored.difference(&self.header)
        {
            let path = self.directory.path().to_path_buf();
            return Err(Error::Changed {
                path,
                key,
                stored,
                given,
            });
        }
        store.set_header(&self.header)?;
        run(self, backend, &mut store, limits, observe)?;
        Outcome::load(&self.directory)
    }

    pub(crate) fn tile_shape(&self) -> TileShape {
        TileShape {
            height: self.dataset.height(),
            width: self.dataset.width(),
            classes: self.dataset.classes().len(),
        }
    }
}

/// The first name that stands there twice.
fn repeated(names: &[String]) -> Option<&String> {
    (1..names.len())
        .map(|index| (&names[index], &names[..index]))
        .find_map(|(name, earlier)| earlier.contains(name).then_some(name))
}

/// The dataset's recipe for each fold. No test tile has a say in its constants.
fn fit(dataset: &Dataset, splits: &[Split]) -> Vec<Recipe> {
    let recipe = dataset.recipe();
    let Normalization::Fitted(_) = recipe.normalization() else {
        return vec![recipe.clone(); splits.len()];
    };
    let statistics = Statistics::of(dataset);
    let fitted = |split: &Split| recipe.clone().fitted(&statistics, &split.train);
    splits.iter().map(fitted).collect()
}

fn open_space(path: &Path, file: &StudyFile, dataset: &Dataset) -> Result<Space, Error> {
    let fault = |key: &str, reason: String| Error::setting(path, key, reason);
    let mut space = match (&file.space.preset, &file.space.file) {
        (Some(name), None) => {
            Space::preset(name).map_err(|e| fault("space.preset", e.to_string()))?
        }
        (None, Some(own)) => {
            let own = beside(path, own);
            let text = std::fs::read_to_string(&own).map_err(Error::file(&own))?;
            let named = |e| fault("space.file", format!("{}: {e}", own.display()));
            Space::parse(&text).map_err(named)?
        }
        (Some(_), Some(_)) => {
            return Err(fault(
                "space",
                "both `preset` and `file` are given, expected one".into(),
            ));
        }
        (None, None) => return Err(fault("space", "expected `preset` or `file`".into())),
    };
    for (name, values) in &file.space.restrict {
        space
            .restrict(name, values)
            .map_err(|e| fault("space.restrict", e.to_string()))?;
    }
    let channels = dataset.channels();
    let most = space
        .counts("channels")
        .and_then(|counts| counts.into_iter().max());
    if let Some(most) = most.filter(|&most| most > channels) {
        let place = file.dataset.display();
        let reason = format!("{most}, but {place} has {channels}; restrict it, or prepare more");
        return Err(fault("space.restrict.channels", reason));
    }
    Ok(space)
}

fn device_facts(device: &LibraryDevice) -> DeviceFacts {
    DeviceFacts {
        name: device.name().to_owned(),
        checksum: device.checksum.clone(),
        accuracy: device.model.accuracy(),
    }
}

fn facts(dataset: &Dataset) -> DatasetFacts {
    DatasetFacts {
        checksum: dataset.checksum(),
        tiles: dataset.len(),
        size: [dataset.height(), dataset.width()],
        bands: dataset.bands(),
        classes: dataset.classes().to_vec(),
        normalization: dataset.normalization().to_owned(),
    }
}

/// What a study has found so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What the study is.
    pub header: Header,
    /// The searched trials, by number.
    pub trials: Vec<Trial>,
    /// The baselines, by number.
    pub baselines: Vec<Trial>,
}

impl Outcome {
    /// Reads what the store in this directory says.
    ///
    /// # Errors
    /// If there is no study, or its store cannot be read.
    pub fn load(directory: &Directory) -> Result<Self, Error> {
        let missing = || Error::Missing(directory.path().to_path_buf());
        if !directory.store().exists() {
            return Err(missing());
        }
        let store = SqliteStore::open_existing(&directory.store())?;
        let header = store.header()?.ok_or_else(missing)?;
        let (trials, baselines) = store
            .trials()?
            .into_iter()
            .partition(|trial| trial.id.kind == Kind::Searched);
        Ok(Self {
            header,
            trials,
            baselines,
        })
    }

    /// The complete searched trials.
    #[must_use]
    pub fn complete(&self) -> Vec<&Trial> {
        let folds = self.header.folds.len();
        self.trials
            .iter()
            .filter(|trial| trial.is_complete(folds))
            .collect()
    }

    /// The complete searched trials that no other dominates, by number.
    #[must_use]
    pub fn front(&self) -> Vec<&Trial> {
        front_of(&self.header.objectives, &self.complete())
    }
}

/// The trials among these that no other dominates, in their order.
pub(crate) fn front_of<'a>(objectives: &[Objective], trials: &[&'a Trial]) -> Vec<&'a Trial> {
    let values = trials.iter().flat_map(|trial| {
        let measure = |objective: &Objective| trial.measure(&objective.name).unwrap_or(f64::NAN);
        objectives.iter().map(measure).collect::<Vec<_>>()
    });
    let points = Points::new(objectives.len(), values.collect())
        .expect("one value per objective and trial, and at least two objectives");
    front(objectives, &points)
        .into_iter()
        .map(|index| trials[index])
        .collect()
}
