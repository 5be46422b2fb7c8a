//! Coordinates and resampled tiles against PROJ and GDAL, as rasterio has them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use edgefront::tiles::crs::{Crs, Point, Transformer};
use edgefront::tiles::raster::{Raster, SampleType, Transform, write_raster};
use edgefront::tiles::resample::PairOptions;
use edgefront::tiles::{ClipOptions, clip};

use crate::{judge, python, text};

/// Systems that elevation and images of the study's regions come in, with a place in each:
/// UTM of NAD83, WGS 84 and NAD83(2011), Web Mercator, Albers, state planes in metres and in
/// both kinds of feet, and some of elsewhere.
const SYSTEMS: [(u32, [f64; 2]); 27] = [
    (26910, [-121.5, 38.6]),
    (32610, [-121.5, 38.6]),
    (6339, [-121.5, 38.6]),
    (2226, [-121.5, 38.6]),
    (6418, [-121.5, 38.6]),
    (3310, [-121.5, 38.6]),
    (26916, [-88.2, 40.1]),
    (32616, [-88.2, 40.1]),
    (3435, [-88.2, 40.1]),
    (6455, [-88.2, 40.1]),
    (26914, [-97.5, 46.9]),
    (6343, [-97.5, 46.9]),
    (2265, [-97.5, 46.9]),
    (32120, [-97.5, 46.9]),
    (32104, [-97.3, 40.9]),
    (26852, [-97.3, 40.9]),
    (2251, [-84.5, 46.0]),
    (4269, [-97.3, 40.9]),
    (3857, [-97.3, 40.9]),
    (5070, [-97.3, 40.9]),
    (6350, [-97.3, 40.9]),
    (25832, [7.0, 51.4]),
    (3006, [15.0, 59.0]),
    (2154, [2.3, 48.8]),
    (3035, [15.0, 50.0]),
    (32719, [-70.0, -33.0]),
    (27700, [-1.0, 52.0]),
];

#[test]
fn coordinates_are_those_of_proj() {
    let Some(python) = python("numpy, rasterio") else {
        return;
    };
    let geographic = Crs::from_epsg(Crs::WGS84).expect("WGS 84 is known");
    let mut table = String::new();
    for (epsg, [lon, lat]) in SYSTEMS {
        let crs = Crs::from_epsg(epsg).expect("a known system");
        let [there, back] = [(&geographic, &crs), (&crs, &geographic)]
            .map(|(from, to)| Transformer::new(from, to).expect("a way"));
        for (east, north) in [(0.0, 0.0), (0.7, -0.4), (-0.9, 0.8)] {
            let place = Point {
                x: lon + east,
                y: lat + north,
            };
            let on_map = there.apply(place).expect("a place on the map");
            let again = back.apply(on_map).expect("a place on Earth");
            let (x, y) = (on_map.x, on_map.y);
            let unit = if crs.is_geographic() {
                111_000.0
            } else {
                crs.metres_per_unit()
            };
            writeln!(
                table,
                "{epsg},{},{},{x},{y},{},{},{unit}",
                place.x, place.y, again.x, again.y
            )
            .expect("a string takes all");
        }
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("points.csv");
    std::fs::write(&file, table).expect("a temporary file");
    judge(&python, "check_crs.py", &[text(&file)]);
}

/// A raster of noise that changes from pixel to pixel.
struct Noise<'a> {
    folder: &'a Path,
    epsg: u32,
    corner: Point,
    pixel: f64,
    bands: usize,
}

impl Noise<'_> {
    fn write(&self, name: &str, samples: SampleType) -> PathBuf {
        let (width, height) = (160, 150);
        let mut state = 1u32;
        let values = (0..width * height * self.bands).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as f32
        });
        let raster = Raster {
            width,
            height,
            bands: self.bands,
            samples: values.collect(),
            transform: Some(Transform {
                left: self.corner.x,
                top: self.corner.y,
                pixel_width: self.pixel,
                pixel_height: self.pixel,
            }),
            epsg: Some(self.epsg),
            nodata: None,
        };
        let path = self.folder.join(name);
        write_raster(&path, &raster, samples).expect("a raster");
        path
    }
}

#[test]
fn tiles_are_resampled_as_gdal_does() {
    let Some(python) = python("numpy, rasterio") else {
        return;
    };
    let utm = Crs::from_epsg(26915).expect("a known system");
    let albers = Crs::from_epsg(5070).expect("a known system");
    let way = Transformer::new(&utm, &albers).expect("a way");
    let centre = Point {
        x: 430_000.0,
        y: 5_150_000.0,
    };
    let around = |centre: Point, pixel: f64| Point {
        x: centre.x - 80.0 * pixel,
        y: centre.y + 75.0 * pixel,
    };
    let on_albers = way.apply(centre).expect("a place on the map");
    // Elevation is coarser than the tiles and interpolated, the image finer and averaged. In
    // another system the footprint of a pixel is turned, which the two average differently.
    let cases = [
        (
            26915,
            around(centre, 2.3),
            2.3,
            26915,
            around(centre, 0.61),
            0.61,
            true,
        ),
        (
            5070,
            around(on_albers, 2.3),
            2.3,
            26915,
            around(centre, 1.0),
            1.0,
            true,
        ),
        (
            5070,
            around(on_albers, 1.2),
            1.2,
            5070,
            around(on_albers, 0.61),
            0.61,
            false,
        ),
    ];
    for (dem_epsg, dem_corner, dem_pixel, epsg, corner, pixel, is_exact) in cases {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let dem = Noise {
            folder: folder.path(),
            epsg: dem_epsg,
            corner: dem_corner,
            pixel: dem_pixel,
            bands: 1,
        };
        let image = Noise {
            epsg,
            corner,
            pixel,
            bands: 4,
            ..dem
        };
        let dem = dem.write("dem.tif", SampleType::Float32);
        let image = image.write("image.tif", SampleType::Uint8);
        let crossings = folder.path().join("crossings.csv");
        std::fs::write(
            &crossings,
            format!("x,y\n{},{}\n", centre.x + 0.3, centre.y - 0.4),
        )
        .expect("a temporary file");
        let mut rasters = PairOptions::new([&dem], [&image]);
        rasters.crs = Some(utm.clone());
        let mut options = ClipOptions::new(folder.path().join("tiles"), rasters, &crossings);
        options.crossings.crs = Some(utm.clone());
        options.size = 32;
        options.negatives = edgefront::tiles::Negatives::Count(0);
        clip(&options, &mut |_, _| {}).expect("a tile");
        let tiles = options.output.join("region");
        for (source, tile) in [(&dem, "DEM/T/1.tif"), (&image, "Aer/T/1.tif")] {
            let tile = tiles.join(tile);
            let kind = if is_exact { "exact" } else { "turned" };
            judge(
                &python,
                "check_resampling.py",
                &[text(source), text(&tile), kind],
            );
        }
    }
}
