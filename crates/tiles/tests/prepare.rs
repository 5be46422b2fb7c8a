//! Preparation of small folders, sound and faulty.

use std::fs;
use std::path::Path;

use edgefront_tiles::raster::{Raster, SampleType, Transform, write_raster};
use edgefront_tiles::{Dataset, Error, PrepareOptions, prepare};

const SIZE: usize = 6;

fn raster(bands: usize, size: usize, offset: usize) -> Raster {
    Raster {
        width: size,
        height: size,
        bands,
        samples: (0..size * size * bands)
            .map(|i| ((i * 7 + offset * 13) % 200) as f32 + 1.0)
            .collect(),
        transform: Some(Transform {
            left: 500_000.0 + 100.0 * offset as f64,
            top: 4_500_000.0,
            pixel_width: 1.0,
            pixel_height: 1.0,
        }),
        epsg: Some(26915),
        nodata: None,
    }
}

fn write(path: &Path, raster: &Raster, samples: SampleType) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_raster(path, raster, samples).unwrap();
}

/// Two regions of six tiles each.
fn write_tiles(root: &Path) {
    for (place, region) in ["east", "west"].into_iter().enumerate() {
        for number in 0..6 {
            let class = ["F", "T"][number % 2];
            let offset = place * 6 + number;
            let path = |kind: &str| root.join(format!("{region}/{kind}/{class}/{number}.tif"));
            write(&path("DEM"), &raster(1, SIZE, offset), SampleType::Float32);
            write(&path("Aer"), &raster(4, SIZE, offset), SampleType::Uint8);
        }
    }
}

fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_dataset_reads_back() {
    let work = tempfile::tempdir().unwrap();
    let (input, output) = (work.path().join("tiles"), work.path().join("set"));
    write_tiles(&input);
    let mut calls = Vec::new();
    let prepared = prepare(&PrepareOptions::new(&input, &output), &mut |done, all| {
        calls.push((done, all));
    })
    .unwrap();
    assert_eq!(prepared.tiles, 12);
    assert_eq!((calls[0], *calls.last().unwrap()), ((0, 12), (12, 12)));

    let dataset = Dataset::open(&output).unwrap();
    assert_eq!(dataset.len(), 12);
    assert_eq!(
        dataset.bands(),
        ["dem", "r", "g", "b", "nir", "ndwi", "ndvi"]
    );
    assert_eq!(dataset.classes(), ["F", "T"]);
    assert_eq!(&dataset.labels()[..6], [0, 0, 0, 1, 1, 1]);
    let tile = &dataset.tiles()[4];
    assert_eq!(
        (tile.id.as_str(), tile.region.as_str()),
        ("east/T/3", "east")
    );
    assert_eq!(tile.source, "east/DEM/T/3.tif");
    assert_eq!(tile.epsg, Some(26915));
    assert_eq!(
        tile.bounds,
        Some([500_300.0, 4_499_994.0, 500_306.0, 4_500_000.0])
    );
    dataset.verify().unwrap();

    let red = 25.0 + 1.0; // the values that `raster` gives for tile 3, pixel 0
    let pixel = &dataset.image(4)[..7];
    let aerial: Vec<f32> = (0..4).map(|i| ((i * 7 + 39) % 200) as f32 + 1.0).collect();
    assert!(aerial[0] > red);
    assert_eq!(pixel[5], (aerial[1] - aerial[3]) / (aerial[1] + aerial[3]));
    assert_eq!(pixel[6], (aerial[3] - aerial[0]) / (aerial[3] + aerial[0]));
    for channel in 0..5 {
        let values = || dataset.image(4).iter().skip(channel).step_by(7).copied();
        assert_eq!(values().fold(f32::NAN, f32::min), 0.0);
        assert_eq!(values().fold(f32::NAN, f32::max), 1.0);
    }
}

#[test]
fn channels_are_selected_in_the_order_asked() {
    let work = tempfile::tempdir().unwrap();
    let (input, output) = (work.path().join("tiles"), work.path().join("set"));
    write_tiles(&input);
    prepare(&PrepareOptions::new(&input, &output), &mut |_, _| {}).unwrap();
    let dataset = Dataset::open(&output).unwrap();
    let all = dataset.select_channels(&[0, 1, 2, 3, 4, 5, 6]).unwrap();
    assert!(matches!(all, std::borrow::Cow::Borrowed(_)));
    let two = dataset.select_channels(&[6, 0]).unwrap();
    for (pair, pixel) in two.chunks_exact(2).zip(dataset.images().chunks_exact(7)) {
        assert_eq!(pair, [pixel[6], pixel[0]]);
    }
    assert!(matches!(
        dataset.select_channels(&[7]),
        Err(Error::Channel {
            channel: 7,
            channels: 7
        })
    ));
}

#[test]
fn threads_and_repetition_do_not_change_a_byte() {
    let work = tempfile::tempdir().unwrap();
    let input = work.path().join("tiles");
    write_tiles(&input);
    let mut outputs = Vec::new();
    for threads in [1, 2, 5] {
        let mut options = PrepareOptions::new(&input, work.path().join("set"));
        options.threads = threads;
        prepare(&options, &mut |_, _| {}).unwrap();
        outputs.push(contents(&options.output));
    }
    assert_eq!(outputs[0], outputs[1]);
    assert_eq!(outputs[0], outputs[2]);
    assert_eq!(contents_names(work.path()), ["set", "tiles"]);
}

fn contents_names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Prepares after `spoil` has changed one tile: the message without and the ids skipped with
/// `skip_bad`.
fn spoilt(spoil: impl Fn(&Path)) -> (String, Vec<String>) {
    let work = tempfile::tempdir().unwrap();
    let input = work.path().join("tiles");
    write_tiles(&input);
    spoil(&input);
    let mut options = PrepareOptions::new(&input, work.path().join("set"));
    let message = prepare(&options, &mut |_, _| {}).unwrap_err().to_string();
    assert_eq!(
        contents_names(work.path()),
        ["tiles"],
        "nothing is left behind"
    );
    options.skip_bad = true;
    let prepared = prepare(&options, &mut |_, _| {}).unwrap();
    let dataset = Dataset::open(&options.output).unwrap();
    assert_eq!(dataset.len(), prepared.tiles);
    let ids: Vec<_> = prepared.skipped.into_iter().map(|tile| tile.id).collect();
    assert_eq!(dataset.provenance().skipped, ids);
    (message, ids)
}

#[test]
fn bad_tiles_are_named_or_skipped() {
    let (message, skipped) = spoilt(|root| {
        let mut dem = raster(1, SIZE, 0);
        dem.samples[2] = f32::NAN;
        dem.samples[3] = -3.402_823e38;
        write(&root.join("east/DEM/T/3.tif"), &dem, SampleType::Float32);
    });
    assert!(
        message.contains("3.tif: band dem has 2 missing values"),
        "{message}"
    );
    assert_eq!(skipped, ["east/T/3"]);

    let (message, skipped) = spoilt(|root| {
        let path = root.join("west/Aer/F/2.tif");
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 20]).unwrap();
    });
    assert!(message.contains("2.tif"), "{message}");
    assert_eq!(skipped, ["west/F/2"]);

    let (message, skipped) = spoilt(|root| {
        write(
            &root.join("west/DEM/F/2.tif"),
            &raster(1, 8, 0),
            SampleType::Float32,
        );
        write(
            &root.join("west/Aer/F/2.tif"),
            &raster(4, 8, 0),
            SampleType::Uint8,
        );
    });
    assert!(message.contains("2.tif is 8x8 pixels"), "{message}");
    assert!(message.contains("expected 6x6"), "{message}");
    assert_eq!(skipped, ["west/F/2"]);

    let (message, _) = spoilt(|root| {
        write(
            &root.join("west/Aer/F/2.tif"),
            &raster(3, SIZE, 0),
            SampleType::Uint8,
        );
    });
    assert!(
        message.contains("has 3 bands; expected 4 (r, g, b, nir)"),
        "{message}"
    );

    let (message, _) = spoilt(|root| {
        let mut aerial = raster(4, SIZE, 0);
        aerial.epsg = Some(26914);
        write(&root.join("west/Aer/F/2.tif"), &aerial, SampleType::Uint8);
    });
    assert!(
        message.contains("EPSG:26914; expected EPSG:26915"),
        "{message}"
    );
}

#[test]
fn faults_are_counted_by_kind_and_region() {
    let (message, skipped) = spoilt(|root| {
        fs::remove_file(root.join("east/Aer/F/0.tif")).unwrap();
        fs::remove_file(root.join("west/DEM/T/5.tif")).unwrap();
        for number in [1, 3] {
            let mut aerial = raster(4, SIZE, number);
            aerial.transform.as_mut().unwrap().left += 0.6;
            let path = root.join(format!("east/Aer/T/{number}.tif"));
            write(&path, &aerial, SampleType::Uint8);
        }
    });
    assert!(
        message.contains("east/DEM/F/0.tif has no partner"),
        "{message}"
    );
    for part in [
        "4 of 12 tiles cannot be used:",
        "2  a raster without its partner (1 of 6 of east, 1 of 6 of west)",
        "2  rasters of different places (2 of 6 of east, none of west)",
    ] {
        assert!(message.contains(part), "{part} is not in {message}");
    }
    assert_eq!(skipped, ["east/F/0", "west/T/5", "east/T/1", "east/T/3"]);
}

#[test]
fn a_band_that_a_region_lacks_is_told_by_region() {
    let (message, skipped) = spoilt(|root| {
        for number in 0..6 {
            let class = ["F", "T"][number % 2];
            let path = root.join(format!("west/Aer/{class}/{number}.tif"));
            write(&path, &raster(3, SIZE, number), SampleType::Uint8);
        }
    });
    let part = "6  3 bands instead of 4 (r, g, b, nir) (all of west, none of east)";
    assert!(message.contains(part), "{message}");
    assert_eq!(skipped.len(), 6);
}

#[test]
fn rasters_half_a_pixel_apart_are_of_one_place() {
    let work = tempfile::tempdir().unwrap();
    let input = work.path().join("tiles");
    write_tiles(&input);
    let mut aerial = raster(4, SIZE, 0);
    aerial.transform.as_mut().unwrap().top -= 0.4;
    write(&input.join("east/Aer/F/0.tif"), &aerial, SampleType::Uint8);
    let options = PrepareOptions::new(&input, work.path().join("set"));
    assert_eq!(prepare(&options, &mut |_, _| {}).unwrap().tiles, 12);
}

#[test]
fn of_several_sizes_the_most_frequent_stays() {
    let (message, skipped) = spoilt(|root| {
        for (number, size) in [(0, 8), (2, 9), (4, 9)] {
            let path = |kind: &str| root.join(format!("east/{kind}/F/{number}.tif"));
            write(&path("DEM"), &raster(1, size, 0), SampleType::Float32);
            write(&path("Aer"), &raster(4, size, 0), SampleType::Uint8);
        }
    });
    // Before all are read, the first is as good as any.
    assert!(
        message.contains("2.tif is 9x9 pixels (width x height); expected 8x8"),
        "{message}"
    );
    assert!(
        message.contains("9  6x6 pixels instead of 8x8"),
        "{message}"
    );
    assert_eq!(skipped, ["east/F/0", "east/F/2", "east/F/4"]);
}

#[test]
fn a_region_of_one_class_is_reported() {
    let work = tempfile::tempdir().unwrap();
    let input = work.path().join("tiles");
    write_tiles(&input);
    for kind in ["DEM", "Aer"] {
        fs::remove_dir_all(input.join("west").join(kind).join("F")).unwrap();
    }
    let options = PrepareOptions::new(&input, work.path().join("set"));
    let prepared = prepare(&options, &mut |_, _| {}).unwrap();
    assert_eq!(prepared.one_class, [("west".to_owned(), "T".to_owned())]);
}

#[test]
fn five_channels_are_the_raw_bands() {
    let work = tempfile::tempdir().unwrap();
    let input = work.path().join("tiles");
    write_tiles(&input);
    let mut options = PrepareOptions::new(&input, work.path().join("set"));
    let names = |names: &[&str]| Some(names.iter().map(|&name| name.to_owned()).collect());
    options.recipe.channels = names(&["dem", "r", "g", "b", "nir"]);
    options.recipe.normalization = "none".into();
    prepare(&options, &mut |_, _| {}).unwrap();
    let dataset = Dataset::open(&options.output).unwrap();
    assert_eq!(dataset.channels(), 5);
    let dem = raster(1, SIZE, 0).samples;
    let first: Vec<f32> = dataset.image(0).iter().step_by(5).copied().collect();
    assert_eq!(first, dem);

    options.recipe.channels = names(&["dem", "r", "g", "b", "nir", "ndvi"]);
    prepare(&options, &mut |_, _| {}).unwrap();
    assert_eq!(Dataset::open(&options.output).unwrap().bands()[5], "ndvi");
}

#[test]
fn outputs_that_are_no_datasets_are_kept() {
    let work = tempfile::tempdir().unwrap();
    let input = work.path().join("tiles");
    write_tiles(&input);
    let output = work.path().join("thesis");
    fs::create_dir(&output).unwrap();
    fs::write(output.join("chapter1.txt"), "words").unwrap();
    let options = PrepareOptions::new(&input, &output);
    let error = prepare(&options, &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, Error::OutputTaken { .. }), "{error}");
    assert_eq!(
        fs::read_to_string(output.join("chapter1.txt")).unwrap(),
        "words"
    );

    // Replacing this dataset would take the tiles that lie in its folder with it.
    let output = work.path().join("set");
    let options = PrepareOptions::new(&input, &output);
    prepare(&options, &mut |_, _| {}).unwrap();
    prepare(&options, &mut |_, _| {}).unwrap();
    let moved = output.join("tiles");
    fs::rename(&input, &moved).unwrap();
    let error = prepare(&PrepareOptions::new(&moved, &output), &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, Error::OutputTaken { .. }), "{error}");
    fs::rename(&moved, &input).unwrap();

    fs::write(work.path().join("file"), "").unwrap();
    let options = PrepareOptions::new(&input, work.path().join("file/set"));
    let message = prepare(&options, &mut |_, _| {}).unwrap_err().to_string();
    assert!(message.contains("file"), "{message}");
}
