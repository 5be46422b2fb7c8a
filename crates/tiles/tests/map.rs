//! Maps drawn by a model whose answers are known: the mean of a window's first channel.

use std::path::{Path, PathBuf};

use edgefront_tiles::Error;
use edgefront_tiles::map::{
    BATCH, Classifier, Coordinates, DETECTIONS, Drawn, MapOptions, PROBABILITIES, Signature, Stack,
    draw,
};
use edgefront_tiles::raster::{Raster, SampleType, Transform, read_raster, write_raster};
use edgefront_tiles::recipe::RecipeOptions;

const TILE: usize = 8;

/// Says of each image the mean of its first channel, as the probability of the second class.
struct Mean {
    channels: usize,
}

impl Classifier for Mean {
    fn classify(&mut self, images: &[f32], probabilities: &mut Vec<f32>) -> Result<(), Error> {
        let images = images.chunks_exact(TILE * TILE * self.channels);
        assert!((1..=BATCH).contains(&images.len()));
        assert!(images.remainder().is_empty());
        for image in images {
            assert!(image.iter().all(|value| value.is_finite()));
            let first = image.iter().step_by(self.channels);
            let mean = first.sum::<f32>() / (TILE * TILE) as f32;
            probabilities.extend([1.0 - mean, mean]);
        }
        Ok(())
    }
}

fn signature(bands: &[&str]) -> Signature {
    let options = RecipeOptions {
        normalization: "none".into(),
        ..RecipeOptions::default()
    };
    let bands: Vec<String> = bands.iter().map(|&band| band.to_owned()).collect();
    Signature {
        recipe: options.recipe(&bands).unwrap(),
        size: edgefront_tiles::Size {
            width: TILE,
            height: TILE,
        },
        classes: vec!["F".into(), "T".into()],
        pixel_size: None,
    }
}

fn raster(width: usize, height: usize, value: impl Fn(usize, usize) -> f32) -> Raster {
    Raster {
        width,
        height,
        bands: 1,
        samples: (0..width * height)
            .map(|i| value(i / width, i % width))
            .collect(),
        transform: Some(Transform {
            left: 630_000.0,
            top: 4_273_000.0,
            pixel_width: 2.0,
            pixel_height: 2.0,
        }),
        epsg: Some(26910),
        nodata: Some(-1.0),
    }
}

struct Place {
    folder: tempfile::TempDir,
    files: Vec<PathBuf>,
}

impl Place {
    fn new(rasters: &[Raster]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |(number, raster)| {
            let path = folder.path().join(format!("{number}.tif"));
            write_raster(&path, raster, SampleType::Float32).unwrap();
            path
        };
        let files = rasters.iter().enumerate().map(write).collect();
        Self { folder, files }
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("map")
    }

    fn try_draw(&self, threads: usize, options: &MapOptions) -> Result<Drawn, Error> {
        let bands: Vec<String> = (0..self.files.len()).map(|i| format!("band{i}")).collect();
        let model = signature(&bands.iter().map(String::as_str).collect::<Vec<_>>());
        let stack = Stack::open(&self.files, None, model.recipe.bands())?;
        let channels = model.recipe.channels().len();
        let classifiers = (0..threads)
            .map(|_| Box::new(Mean { channels }) as Box<dyn Classifier>)
            .collect();
        let mut last = 0;
        let mut progress = |done, all| {
            assert!(last <= done && done <= all);
            last = done;
        };
        let drawn = draw(
            &stack,
            &model,
            options,
            classifiers,
            &self.output(),
            &mut progress,
        )?;
        assert_eq!(last, drawn.windows);
        Ok(drawn)
    }

    fn draw(&self, options: &MapOptions) -> (Drawn, Raster) {
        let drawn = self.try_draw(2, options).unwrap();
        (
            drawn,
            read_raster(&self.output().join(PROBABILITIES)).unwrap(),
        )
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_bright_spot_is_found_where_it_lies() {
    // One window's worth of ones, its middle at row 28, column 44.
    let spot = |row, column| {
        let inside = (24..32).contains(&row) && (40..48).contains(&column);
        f32::from(u8::from(inside))
    };
    let place = Place::new(&[raster(90, 61, spot)]);
    let (drawn, map) = place.draw(&MapOptions::new(vec![1]));
    // Windows at 0, 4, ..., 80, 82 and 0, 4, ..., 52, 53.
    assert_eq!((drawn.windows, drawn.left_out), (22 * 15, 0));
    assert_eq!(drawn.coordinates, Coordinates::Wgs84);
    let [found] = &drawn.detections[..] else {
        panic!("{:?}", drawn.detections);
    };
    assert_eq!(
        (found.row, found.column, found.probability),
        (28.0, 44.0, 1.0)
    );
    assert_eq!(names(place.folder.path()), ["0.tif", "map"]);
    assert_eq!(names(&place.output()), [DETECTIONS, PROBABILITIES]);

    assert_eq!((map.width, map.height, map.bands), (23, 16, 1));
    assert_eq!(map.epsg, Some(26910));
    let transform = map.transform.unwrap();
    assert_eq!((transform.left, transform.top), (630_000.0, 4_273_000.0));
    assert_eq!((transform.pixel_width, transform.pixel_height), (8.0, 8.0));
    // The four cells around the middle each see the whole window by 3/4 x 3/4... and by symmetry
    // are equal; far away is nothing.
    let cell = |row: usize, column: usize| map.samples[row * map.width + column];
    let around = [cell(6, 10), cell(6, 11), cell(7, 10), cell(7, 11)];
    assert!(
        around.iter().all(|&p| p == around[0] && p > 0.5),
        "{around:?}"
    );
    assert_eq!(cell(0, 0), 0.0);
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    let noise = |row: usize, column: usize| ((row * 31 + column * 17) % 101) as f32 / 101.0;
    let place = Place::new(&[raster(150, 300, noise), raster(150, 300, |r, _| r as f32)]);
    let mut options = MapOptions::new(vec![0, 1]);
    options.overlap = 0.7;
    options.cell = Some(1);
    let bytes = |threads| {
        place.try_draw(threads, &options).unwrap();
        [PROBABILITIES, DETECTIONS].map(|name| std::fs::read(place.output().join(name)).unwrap())
    };
    let one = bytes(1);
    for threads in [2, 5] {
        assert!(bytes(threads) == one, "{threads} threads");
    }
    let map = read_raster(&place.output().join(PROBABILITIES)).unwrap();
    assert_eq!((map.width, map.height, map.bands), (150, 300, 2));
    for pixel in map.samples.chunks(2) {
        assert!((pixel[0] + pixel[1] - 1.0).abs() < 1e-6);
    }
}

#[test]
fn what_is_missing_is_not_classified() {
    // The left half has no data, and so has one pixel in the right half.
    let value = |row, column| {
        if column < 40 || (row, column) == (20, 60) {
            -1.0
        } else {
            0.25
        }
    };
    let place = Place::new(&[raster(80, 40, value)]);
    let mut options = MapOptions::new(vec![1]);
    let (drawn, map) = place.draw(&options);
    // Windows at columns 0 to 36 reach into what is missing.
    assert_eq!(drawn.left_out, 9 * 10);
    for row in map.samples.chunks(map.width) {
        // The window at column 40 covers the middle of the cell at 40 to 44.
        assert!(row[..10].iter().all(|p| p.is_nan()), "{row:?}");
        assert!(row[10..].iter().all(|p| (p - 0.25).abs() < 1e-6), "{row:?}");
    }
    options.most_missing = 0.0;
    assert_eq!(place.draw(&options).0.left_out, 9 * 10 + 4);
    // A window with nothing in it is not classified whatever is asked for.
    options.most_missing = 1.0;
    assert_eq!(place.draw(&options).0.left_out, 9 * 9);
}

#[test]
fn options_and_sizes_are_checked() {
    let place = Place::new(&[raster(20, 20, |_, _| 0.0)]);
    let message = |change: fn(&mut MapOptions)| {
        let mut options = MapOptions::new(vec![1]);
        change(&mut options);
        place.try_draw(1, &options).unwrap_err().to_string()
    };
    assert!(message(|o| o.overlap = 1.0).starts_with("overlap is 1; expected"));
    assert!(message(|o| o.cell = Some(0)).starts_with("cell is 0; expected"));
    assert!(message(|o| o.threshold = 1.5).starts_with("threshold is 1.5; expected"));
    assert!(message(|o| o.radius = Some(f64::NAN)).starts_with("radius is NaN; expected"));
    assert!(message(|o| o.most_missing = -0.1).contains("missing pixels is -0.1; expected"));
    assert!(message(|o| o.classes = vec![2]).starts_with("classes is [2]; expected"));
    let none = place
        .try_draw(0, &MapOptions::new(vec![1]))
        .unwrap_err()
        .to_string();
    assert!(none.starts_with("threads is 0; expected"), "{none}");

    let small = Place::new(&[raster(20, 7, |_, _| 0.0)]);
    let message = small
        .try_draw(1, &MapOptions::new(vec![1]))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("20x7") && message.contains("8x8"),
        "{message}"
    );
    assert!(!small.output().exists());
}

#[test]
fn a_raster_of_one_window_and_one_without_a_place_are_maps_too() {
    let mut lonely = raster(TILE, TILE, |_, _| 0.75);
    (lonely.transform, lonely.epsg) = (None, None);
    let place = Place::new(&[lonely]);
    let (drawn, map) = place.draw(&MapOptions::new(vec![1]));
    assert_eq!((drawn.windows, drawn.detections.len()), (1, 1));
    assert_eq!(drawn.coordinates, Coordinates::Unknown);
    assert_eq!(map.samples, [0.75; 4]);
}

#[test]
fn a_damaged_raster_leaves_nothing_behind() {
    let place = Place::new(&[raster(64, 600, |_, _| 0.5)]);
    let whole = std::fs::read(&place.files[0]).unwrap();
    std::fs::write(&place.files[0], &whole[..whole.len() / 2]).unwrap();
    let message = place
        .try_draw(2, &MapOptions::new(vec![1]))
        .unwrap_err()
        .to_string();
    assert!(message.contains("0.tif"), "{message}");
    assert_eq!(names(place.folder.path()), ["0.tif"]);
}

#[test]
fn only_a_map_is_replaced() {
    let place = Place::new(&[raster(20, 20, |_, _| 0.0)]);
    let options = MapOptions::new(vec![1]);
    place.draw(&options);
    std::fs::write(place.output().join("probability.tif.aux.xml"), "").unwrap();
    place.draw(&options);
    std::fs::write(place.output().join("thesis.txt"), "").unwrap();
    let message = place.try_draw(1, &options).unwrap_err().to_string();
    assert!(message.contains("map of an earlier run"), "{message}");
    assert!(place.output().join("thesis.txt").exists());
}
