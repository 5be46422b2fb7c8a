//! Datasets that are not what they should be, and the study's own arrays.

use std::fs;
use std::path::Path;

use edgefront_tiles::dataset::{DatasetWriter, Format, Provenance};
use edgefront_tiles::recipe::Recipe;
use edgefront_tiles::{Dataset, Tile};

fn write(path: &Path) {
    let format = Format {
        height: 2,
        width: 3,
        recipe: Recipe::raw(vec!["dem".into()]).unwrap(),
        classes: vec!["F".into(), "T".into()],
    };
    let mut writer = DatasetWriter::create(path, format).unwrap();
    for number in 0..4 {
        let tile = Tile {
            id: format!("a, \"quoted\" {number}"),
            region: "north".into(),
            group: format!("g{}", number / 2),
            label: number % 2,
            source: format!("{number}.tif"),
            bounds: (number > 1).then_some([0.1, 0.2, 1e6 / 3.0, 4.0]),
            epsg: (number > 2).then_some(26911),
        };
        let image: Vec<f32> = (0..6).map(|i| (number * 10 + i) as f32).collect();
        writer.push(tile, &image).unwrap();
    }
    writer.finish(Provenance::default()).unwrap();
}

#[test]
fn tiles_and_images_read_back() {
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("set");
    write(&path);
    let dataset = Dataset::open(&path).unwrap();
    assert_eq!(dataset.image(2), [20.0, 21.0, 22.0, 23.0, 24.0, 25.0]);
    assert_eq!(dataset.labels(), [0, 1, 0, 1]);
    assert_eq!(dataset.tiles()[3].id, "a, \"quoted\" 3");
    assert_eq!(dataset.tiles()[1].bounds, None);
    assert_eq!(dataset.tiles()[2].bounds, Some([0.1, 0.2, 1e6 / 3.0, 4.0]));
    assert_eq!(dataset.tiles()[3].epsg, Some(26911));
    dataset.verify().unwrap();

    let other = work.path().join("renamed");
    write(&other);
    assert_eq!(
        Dataset::open(&other).unwrap().checksum(),
        dataset.checksum()
    );
}

#[test]
fn an_unfinished_dataset_leaves_nothing() {
    let work = tempfile::tempdir().unwrap();
    let format = Format {
        height: 1,
        width: 1,
        recipe: Recipe::raw(vec!["dem".into()]).unwrap(),
        classes: vec!["F".into()],
    };
    let writer = DatasetWriter::create(&work.path().join("set"), format).unwrap();
    assert_eq!(fs::read_dir(work.path()).unwrap().count(), 1);
    assert!(writer.finish(Provenance::default()).is_err(), "no tiles");
    assert_eq!(fs::read_dir(work.path()).unwrap().count(), 0);
}

#[test]
fn damage_is_named() {
    type Damage = fn(&Path);
    let cases: [(Damage, &str, &str); 10] = [
        (
            |p| fs::write(p.join("images.npy"), "").unwrap(),
            "images.npy",
            "not a .npy file",
        ),
        (
            |p| fs::remove_file(p.join("tiles.csv")).unwrap(),
            "tiles.csv",
            "cannot read",
        ),
        (
            |p| cut(&p.join("images.npy"), 4),
            "images.npy",
            "expected 96",
        ),
        (
            |p| cut(&p.join("images.npy"), 150),
            "images.npy",
            "truncated",
        ),
        (
            |p| swap(&p.join("images.npy"), "<f4", "<f8"),
            "images.npy",
            "'<f8'",
        ),
        (
            |p| swap(&p.join("images.npy"), "(4, 2, 3, 1)", "(4, 3, 2, 1)"),
            "set",
            "[4, 3, 2, 1]",
        ),
        (
            |p| cut(&p.join("labels.npy"), 8),
            "labels.npy",
            "expected 4 elements",
        ),
        (
            |p| patch(&p.join("labels.npy"), 128, 9),
            "labels.npy",
            "label 9 of tile 0",
        ),
        (
            |p| patch(&p.join("labels.npy"), 128, 1),
            "set",
            "class T in labels.npy and F in",
        ),
        (
            |p| swap(&p.join("tiles.csv"), ",T,", ",U,"),
            "tiles.csv",
            "class U",
        ),
    ];
    for (damage, file, expected) in cases {
        let work = tempfile::tempdir().unwrap();
        let path = work.path().join("set");
        write(&path);
        damage(&path);
        let message = Dataset::open(&path).unwrap_err().to_string();
        assert!(message.contains(file), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn each_file_needs_a_checksum() {
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("set");
    write(&path);
    swap(
        &path.join("dataset.toml"),
        "\"images.npy\" =",
        "\"other.npy\" =",
    );
    let message = Dataset::open(&path).unwrap_err().to_string();
    let expected = "checksums of labels.npy, other.npy, tiles.csv; expected those of images.npy";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn a_changed_pixel_fails_verification() {
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("set");
    write(&path);
    patch(&path.join("images.npy"), 130, 77);
    let message = Dataset::open(&path)
        .unwrap()
        .verify()
        .unwrap_err()
        .to_string();
    assert!(message.contains("images.npy: SHA-256 is"), "{message}");
}

#[test]
fn the_studys_arrays_open() {
    let work = tempfile::tempdir().unwrap();
    let mut data = header("<f4", "(2, 1, 1, 5)");
    data.extend((0..10).flat_map(|v| (v as f32).to_le_bytes()));
    fs::write(work.path().join("whole_data.npy"), &data).unwrap();
    let mut labels = header("<i4", "(2,)");
    labels.extend([1i32, 0].iter().flat_map(|v| v.to_le_bytes()));
    fs::write(work.path().join("whole_label.npy"), labels).unwrap();

    let dataset = Dataset::open(work.path()).unwrap();
    assert_eq!(dataset.labels(), [1, 0]);
    assert_eq!(dataset.bands(), ["dem", "r", "g", "b", "nir"]);
    assert_eq!(dataset.normalization(), "column-minmax");
    let before = dataset.checksum();
    drop(dataset);

    data[129] ^= 1;
    fs::write(work.path().join("whole_data.npy"), &data).unwrap();
    assert_ne!(Dataset::open(work.path()).unwrap().checksum(), before);
}

fn header(descr: &str, shape: &str) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    bytes.extend(format!("{text:<117}\n").bytes());
    bytes
}

fn cut(path: &Path, bytes: usize) {
    let whole = fs::read(path).unwrap();
    fs::write(path, &whole[..whole.len() - bytes]).unwrap();
}

fn swap(path: &Path, from: &str, to: &str) {
    let bytes = fs::read(path).unwrap();
    let at = bytes
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .unwrap();
    let mut changed = bytes[..at].to_vec();
    changed.extend(to.bytes());
    changed.extend(&bytes[at + from.len()..]);
    fs::write(path, changed).unwrap();
}

fn patch(path: &Path, at: usize, byte: u8) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] = byte;
    fs::write(path, bytes).unwrap();
}
