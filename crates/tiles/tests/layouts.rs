//! Datasets from all layouts but the study's folders, which `prepare.rs` and `golden.rs` have.

use std::fs;
use std::path::Path;

use edgefront_tiles::raster::{Raster, SampleType, write_raster};
use edgefront_tiles::{Dataset, PrepareOptions, Prepared, prepare};

fn raster(bands: usize, offset: usize) -> Raster {
    Raster {
        width: 5,
        height: 5,
        bands,
        samples: (0..25 * bands)
            .map(|i| ((i * 7 + offset * 13) % 200) as f32 + 1.0)
            .collect(),
        transform: None,
        epsg: None,
        nodata: None,
    }
}

fn write(path: &Path, raster: &Raster, samples: SampleType) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_raster(path, raster, samples).unwrap();
}

fn prepared(options: &PrepareOptions) -> (Prepared, Dataset) {
    let prepared = prepare(options, &mut |_, _| {}).unwrap();
    let dataset = Dataset::open(&options.output).unwrap();
    dataset.verify().unwrap();
    (prepared, dataset)
}

fn refused(options: &PrepareOptions) -> String {
    prepare(options, &mut |_, _| {}).unwrap_err().to_string()
}

/// A table of six tiles of three classes; their files lie in no order.
fn write_table(root: &Path) -> PrepareOptions {
    let mut table = "id,label,region,group,dem,g+r+nir\n".to_owned();
    for number in 0..6 {
        let class = ["culvert", "bridge", "none"][number % 3];
        let region = ["north", "south"][number / 3];
        write(
            &root.join(format!("elevation/{number}.tif")),
            &raster(1, number),
            SampleType::Float32,
        );
        write(
            &root.join(format!("images/{region} {number}.tif")),
            &raster(3, number),
            SampleType::Uint8,
        );
        table.push_str(&format!(
            "t{number},{class},{region},g{},elevation/{number}.tif,images/{region} {number}.tif\n",
            number / 2
        ));
    }
    fs::write(root.join("tiles.csv"), table).unwrap();
    PrepareOptions::new(root.join("tiles.csv"), root.join("set"))
}

#[test]
fn a_table_gives_classes_regions_groups_and_bands() {
    let work = tempfile::tempdir().unwrap();
    let (prepared, dataset) = prepared(&write_table(work.path()));
    assert_eq!((prepared.tiles, prepared.layout), (6, "manifest"));
    assert_eq!(dataset.classes(), ["bridge", "culvert", "none"]);
    assert_eq!(dataset.labels(), [1, 0, 2, 1, 0, 2]);
    assert_eq!(
        dataset.bands(),
        ["dem", "g", "r", "nir", "ndwi", "ndvi"],
        "the raw bands in the order of the columns"
    );
    let tile = &dataset.tiles()[4];
    assert_eq!((tile.id.as_str(), tile.group.as_str()), ("t4", "g2"));
    assert_eq!(tile.region, "south");
    assert_eq!(tile.source, "elevation/4.tif");
    assert_eq!(dataset.provenance().input, "tiles.csv");
    let (green, red, infrared) = (53.0, 60.0, 67.0);
    let pixel = &dataset.image(4)[..6];
    assert_eq!(pixel[4], (green - infrared) / (green + infrared));
    assert_eq!(pixel[5], (infrared - red) / (infrared + red));
}

#[test]
fn faults_of_tables_and_files_are_left_out_together() {
    let work = tempfile::tempdir().unwrap();
    let mut options = write_table(work.path());
    let path = work.path().join("tiles.csv");
    let table = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        format!("{table}t0,none,north,,x,y\nt9,none,north,,gone.tif,z.tif\n"),
    )
    .unwrap();
    let message = refused(&options);
    assert!(
        message.contains("line 8: id t0 is that of line 2 too"),
        "{message}"
    );
    assert!(message.contains("2 of 8 tiles cannot be used"), "{message}");
    options.skip_bad = true;
    let (prepared, dataset) = prepared(&options);
    assert_eq!(dataset.len(), 6);
    let kinds: Vec<_> = prepared
        .skipped
        .iter()
        .map(|t| (t.id.as_str(), t.kind.as_str()))
        .collect();
    let expected = [
        ("t0", "unusable row of the table"),
        ("t9", "unreadable raster"),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(dataset.provenance().skipped, ["t0", "t9"]);
}

#[test]
fn folders_of_images_are_classes() {
    let work = tempfile::tempdir().unwrap();
    let input = work.path().join("photographs");
    for (number, class) in ["wet", "dry", "wet", "dry"].into_iter().enumerate() {
        let path = input.join(class).join(format!("{number}.tif"));
        write(&path, &raster(2, number), SampleType::Uint8);
    }
    let mut options = PrepareOptions::new(&input, work.path().join("set"));
    let message = refused(&options);
    assert!(
        message.contains("1.tif has 2 bands that have no names"),
        "{message}"
    );
    options.bands = Some(vec!["vv".into(), "vh".into()]);
    let (_, dataset) = prepared(&options);
    assert_eq!(dataset.bands(), ["vv", "vh"]);
    assert_eq!(dataset.classes(), ["dry", "wet"]);
    assert_eq!(dataset.tiles()[0].id, "dry/1");
    options.bands = Some(vec!["vv".into()]);
    let message = refused(&options);
    assert!(message.contains("2 bands; expected 1 (vv)"), "{message}");
    assert!(message.contains("4 of 4 tiles"), "{message}");
}

fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(format!("{header:<117}\n").bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn the_studys_arrays_become_a_dataset_as_they_are() {
    let work = tempfile::tempdir().unwrap();
    let input = work.path().join("arrays");
    fs::create_dir(&input).unwrap();
    let values: Vec<f64> = (0..3 * 2 * 2 * 7)
        .map(|i| f64::from(i % 11) / 10.0)
        .collect();
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    fs::write(
        input.join("whole_data.npy"),
        npy("<f8", "(3, 2, 2, 7)", &bytes),
    )
    .unwrap();
    let labels: Vec<u8> = [1f32, 0.0, 1.0]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    fs::write(input.join("whole_label.npy"), npy("<f4", "(3,)", &labels)).unwrap();

    let mut options = PrepareOptions::new(&input, work.path().join("set"));
    let (prepared, dataset) = prepared(&options);
    assert_eq!(prepared.layout, "study-arrays");
    assert_eq!(dataset.labels(), [1, 0, 1]);
    assert_eq!(dataset.classes(), ["F", "T"]);
    assert_eq!(
        dataset.bands(),
        ["dem", "r", "g", "b", "nir", "ndwi", "ndvi"]
    );
    assert_eq!(dataset.normalization(), "column-minmax");
    let expected: Vec<f32> = values.iter().map(|&v| v as f32).collect();
    assert_eq!(dataset.images(), expected);

    // Raw values are not what column-minmax gives, and may be stated as what they are.
    let raw: Vec<u8> = values
        .iter()
        .flat_map(|v| (200.0 * v).to_le_bytes())
        .collect();
    fs::write(
        input.join("whole_data.npy"),
        npy("<f8", "(3, 2, 2, 7)", &raw),
    )
    .unwrap();
    let message = refused(&options);
    assert!(
        message.contains("whole_data.npy[0]: channel r has the value 20"),
        "{message}"
    );
    options.ready_normalization = "none".to_owned();
    let (_, dataset) = self::prepared(&options);
    assert_eq!(dataset.normalization(), "none");
    assert_eq!(dataset.image(0)[1], 20.0);
}
