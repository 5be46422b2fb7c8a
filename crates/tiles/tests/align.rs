//! Rasters of two projections are brought onto the grid that tiles are clipped from.

#[path = "clip/scene.rs"]
mod scene;

use edgefront_tiles::raster::read_raster;
use edgefront_tiles::{AlignOptions, align, clip};
use scene::Scene;

#[test]
fn tiles_are_windows_of_the_aligned_rasters() {
    let work = tempfile::tempdir().unwrap();
    let scene = Scene::new(work.path());
    let crossings = scene.crossings(&[[100.0, 120.0]]);
    let roads = scene.roads(&[[[40.0, 300.0], [160.0, 300.0]]]);
    let mut options = scene.options("tiles", &crossings);
    options.size = 40;
    options.roads = Some(roads.into());
    options.hard_negatives = 1.0;
    clip(&options, &mut |_, _| {}).unwrap();

    let of = |name: &str, threads: usize| {
        let [dem, image] = ["dem", "image"].map(|kind| work.path().join(format!("{kind}{name}")));
        let mut options = AlignOptions::new(options.rasters.clone(), &dem, &image);
        options.threads = threads;
        let mut last = (0, 0);
        let size = align(&options, &mut |done, all| last = (done, all)).unwrap();
        assert_eq!(last, (2 * size.height, 2 * size.height));
        [dem, image].map(|path| (std::fs::read(&path).unwrap(), read_raster(&path).unwrap()))
    };
    let aligned = of("_1.tif", 1);
    let again = of("_3.tif", 3);
    for ((bytes, _), (others, _)) in aligned.iter().zip(&again) {
        assert!(bytes == others, "the threads change the file");
    }
    let [dem, image] = aligned.map(|(_, raster)| raster);
    assert_eq!((dem.width, dem.height), (600, 400));
    assert_eq!(
        (dem.width, dem.transform, dem.epsg),
        (image.width, image.transform, image.epsg)
    );
    assert_eq!((dem.bands, image.bands), (1, 4));
    // The holes stay, with what lies around them.
    assert!((28..80).contains(&dem.missing()[0]), "{:?}", dem.missing());
    assert!(
        (28..80).contains(&image.missing()[0]),
        "{:?}",
        image.missing()
    );

    for label in ["T", "F"] {
        for (kind, whole) in [("DEM", &dem), ("Aer", &image)] {
            let tile = options.output.join(format!("region/{kind}/{label}/1.tif"));
            let tile = read_raster(&tile).unwrap();
            let [at, place] = [tile.transform.unwrap(), whole.transform.unwrap()];
            let column = (at.left - place.left).round() as usize;
            let row = (place.top - at.top).round() as usize;
            let line = tile.width * tile.bands;
            for (n, values) in tile.samples.chunks_exact(line).enumerate() {
                let first = ((row + n) * whole.width + column) * whole.bands;
                let expected = &whole.samples[first..first + line];
                // The box that a block averages over is that of its centre.
                let most = values.iter().zip(expected).map(|(a, b)| (a - b).abs());
                assert!(most.fold(0.0, f32::max) <= 1.0, "{kind} {label}, row {n}");
            }
        }
    }
}
