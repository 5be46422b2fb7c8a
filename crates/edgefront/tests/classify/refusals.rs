//! What cannot be classified is refused, and nothing is left behind.

use std::fs;
use std::path::{Path, PathBuf};

use edgefront::tiles::raster::{Raster, SampleType, Transform, write_raster};

use crate::{done, failed, path, plain};

struct Place {
    folder: tempfile::TempDir,
    model: PathBuf,
}

impl Place {
    /// With a model of dem and nir.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let model = folder.path().join("model.onnx");
        plain::write(&plain::model(&["dem", "nir"], 16), &model);
        Self { folder, model }
    }

    fn raster(&self, name: &str, change: impl Fn(&mut Raster)) -> PathBuf {
        let mut raster = Raster {
            width: 60,
            height: 50,
            bands: 1,
            samples: Vec::new(),
            transform: Some(Transform {
                left: 630_000.0,
                top: 4_273_000.0,
                pixel_width: 1.0,
                pixel_height: 1.0,
            }),
            epsg: Some(26910),
            nodata: None,
        };
        change(&mut raster);
        let count = raster.width * raster.height * raster.bands;
        raster.samples = (0..count).map(|i| (i % 97) as f32 / 97.0).collect();
        let file = self.folder.path().join(name);
        write_raster(&file, &raster, SampleType::Float32).expect("a raster");
        file
    }

    /// The complaint about these files.
    fn refused(&self, rasters: &[&Path], options: &[&str], code: i32) -> String {
        let out = self.folder.path().join("map");
        let mut args = vec![path(&self.model)];
        args.extend(rasters.iter().map(|raster| path(raster)));
        args.extend(["--out", path(&out)]);
        args.extend(options);
        let message = failed(&args, code);
        let names = fs::read_dir(self.folder.path())
            .expect("a folder")
            .flatten();
        for entry in names {
            let name = entry.file_name().into_string().expect("a name");
            assert!(!name.starts_with("map"), "{name} is left behind");
        }
        message
    }
}

#[test]
fn rasters_that_do_not_fit_the_model_or_each_other() {
    let place = Place::new();
    let dem = place.raster("dem.tif", |_| {});
    let message = place.refused(&[&dem], &[], 1);
    assert!(message.contains("1 band in "), "{message}");
    assert!(message.contains("expected 2 (dem, nir)"), "{message}");

    let elsewhere = place.raster("crs.tif", |raster| raster.epsg = Some(26911));
    let message = place.refused(&[&dem, &elsewhere], &[], 1);
    assert!(
        message.contains("EPSG:26911; expected EPSG:26910"),
        "{message}"
    );
    let shifted = place.raster("shifted.tif", |raster| {
        raster.transform = raster.transform.map(|t| Transform {
            left: t.left + 30.0,
            ..t
        });
    });
    let message = place.refused(&[&dem, &shifted], &[], 1);
    assert!(message.contains("30.0 pixels from"), "{message}");
    let larger = place.raster("larger.tif", |raster| raster.width = 61);
    let message = place.refused(&[&dem, &larger], &[], 1);
    assert!(message.contains("61x50 pixels"), "{message}");

    let message = place.refused(&[&dem, &dem], &["--bands", "dem,red"], 1);
    assert!(
        message.contains("do not hold nir, which the model needs"),
        "{message}"
    );
    let message = place.refused(&[&dem, &dem], &["--class", "bridge"], 2);
    assert!(message.contains("\"bridge\"; known: F, T"), "{message}");
    let message = place.refused(&[&dem, &dem], &["--overlap", "1"], 2);
    assert!(message.contains("overlap is 1; expected"), "{message}");

    let mut model = plain::model(&["dem", "nir"], 16);
    model.metadata.push(("pixel_size".into(), "0.6,0.6".into()));
    plain::write(&model, &place.model);
    let message = place.refused(&[&dem, &dem], &[], 1);
    assert!(
        message.contains("dem.tif has pixels of 1 x 1; expected 0.6 x 0.6"),
        "{message}"
    );
    assert!(message.contains("--any-pixel-size"), "{message}");
    let small = place.raster("small.tif", |raster| raster.height = 15);
    let message = place.refused(&[&small, &small], &["--any-pixel-size"], 1);
    assert!(
        message.contains("60x15") && message.contains("16x16"),
        "{message}"
    );
}

#[test]
fn damaged_files() {
    let place = Place::new();
    let dem = place.raster("dem.tif", |_| {});
    let cut = place.raster("cut.tif", |_| {});
    let whole = fs::read(&cut).expect("a raster");
    fs::write(&cut, &whole[..whole.len() / 2]).expect("a temporary file");
    let message = place.refused(&[&dem, &cut], &[], 1);
    assert!(message.contains("cut.tif"), "{message}");
    let message = place.refused(&[&dem, Path::new("nowhere.tif")], &[], 1);
    assert!(message.contains("nowhere.tif"), "{message}");
}

#[test]
fn models_that_do_not_say_what_they_take() {
    let place = Place::new();
    let dem = place.raster("dem.tif", |_| {});
    let mut model = plain::model(&["dem", "nir"], 16);
    let metadata = std::mem::take(&mut model.metadata);
    plain::write(&model, &place.model);
    let message = place.refused(&[&dem, &dem], &[], 1);
    assert!(message.contains("model.onnx"), "{message}");
    assert!(
        message.contains("missing; expected a model that edgefront trained"),
        "{message}"
    );

    model.metadata = metadata;
    for (key, value) in &mut model.metadata {
        if key == "classes" {
            *value = "F,T,bridge".into();
        }
    }
    plain::write(&model, &place.model);
    let message = place.refused(&[&dem, &dem], &[], 1);
    assert!(
        message.contains("classes: 3 (F, T, bridge); expected 2"),
        "{message}"
    );

    fs::write(&place.model, "no model").expect("a temporary file");
    let message = place.refused(&[&dem, &dem], &[], 1);
    assert!(message.contains("model.onnx"), "{message}");
}

#[test]
fn the_bands_may_come_in_any_order_with_others_between() {
    let place = Place::new();
    let three = place.raster("three.tif", |raster| raster.bands = 3);
    let out = place.folder.path().join("map");
    let (model, out) = (path(&place.model), path(&out));
    let (printed, said) = done(&[model, path(&three), "--bands", "nir,red,dem", "--out", out]);
    assert!(printed.is_empty(), "{printed}");
    assert!(said.contains("42 windows, "), "{said}");
}
