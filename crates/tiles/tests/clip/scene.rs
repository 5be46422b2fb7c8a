//! An elevation raster in UTM and two quads of an image in another projection and resolution,
//! with values that are functions of the place.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use edgefront_tiles::ClipOptions;
use edgefront_tiles::crs::{Crs, Point, Transformer};
use edgefront_tiles::raster::{Raster, SampleType, Transform, write_raster};
use edgefront_tiles::resample::PairOptions;

/// NAD83 / UTM zone 15N.
pub const UTM: u32 = 26915;
/// NAD83 / Conus Albers: turned by a degree or two against UTM here.
const ALBERS: u32 = 5070;
const ORIGIN: [f64; 2] = [430_000.0, 5_150_000.0];
/// Pixels of 1 m.
pub const SIZE: [usize; 2] = [600, 400];

/// The rasters, which all tests read and none writes.
static RASTERS: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    write_dem(folder.path());
    write_quad(
        &folder.path().join("west.tif"),
        [-60.0, -60.0],
        [460.0, 530.0],
    );
    write_quad(
        &folder.path().join("east.tif"),
        [280.0, -60.0],
        [460.0, 530.0],
    );
    folder
});

/// The rasters, and a folder for what belongs to one test.
pub struct Scene {
    folder: PathBuf,
}

/// The place at so many metres to the east and the south of the scene's corner.
pub fn place([x, y]: [f64; 2]) -> Point {
    Point {
        x: ORIGIN[0] + x,
        y: ORIGIN[1] - y,
    }
}

/// A plane, in metres.
pub fn elevation(at: Point) -> f64 {
    280.0 + 0.01 * (at.x - ORIGIN[0]) - 0.02 * (at.y - ORIGIN[1])
}

/// Waves so long that interpolation errs by less than a byte's step.
pub fn colour(at: Point) -> [f64; 4] {
    let (x, y) = ((at.x - ORIGIN[0]) / 40.0, (at.y - ORIGIN[1]) / 40.0);
    [x.sin(), y.sin(), (x + y).cos(), (x - y).sin()].map(|wave| 128.0 + 90.0 * wave)
}

fn way(from: u32, to: u32) -> Transformer {
    let [from, to] = [from, to].map(|epsg| Crs::from_epsg(epsg).unwrap());
    Transformer::new(&from, &to).unwrap()
}

fn write_dem(folder: &Path) {
    let [width, height] = SIZE;
    let centres =
        (0..width * height).map(|n| place([(n % width) as f64 + 0.5, (n / width) as f64 + 0.5]));
    let in_hole = |at: Point| {
        let hole = place([560.0, 360.0]);
        (at.x - hole.x).hypot(at.y - hole.y) < 3.0
    };
    let dem = Raster {
        width,
        height,
        bands: 1,
        samples: centres
            .map(|at| {
                if in_hole(at) {
                    -9999.0
                } else {
                    elevation(at) as f32
                }
            })
            .collect(),
        transform: Some(Transform {
            left: ORIGIN[0],
            top: ORIGIN[1],
            pixel_width: 1.0,
            pixel_height: 1.0,
        }),
        epsg: Some(UTM),
        nodata: Some(-9999.0),
    };
    write_raster(&folder.join("dem.tif"), &dem, SampleType::Float32).unwrap();
}

/// A quad of the image from a corner of the scene on, both sides in metres.
fn write_quad(path: &Path, corner: [f64; 2], size: [f64; 2]) {
    const PIXEL: f64 = 0.6;
    let corner = way(UTM, ALBERS).apply(place(corner)).unwrap();
    let [width, height] = size.map(|metres| (metres / PIXEL) as usize);
    let back = way(ALBERS, UTM);
    let hole = place([500.0, 60.0]);
    let mut samples = Vec::with_capacity(4 * width * height);
    for n in 0..width * height {
        let at = Point {
            x: corner.x + PIXEL * ((n % width) as f64 + 0.5),
            y: corner.y - PIXEL * ((n / width) as f64 + 0.5),
        };
        let at = back.apply(at).unwrap();
        let is_hole = (at.x - hole.x).hypot(at.y - hole.y) < 3.0;
        let colour = if is_hole { [0.0; 4] } else { colour(at) };
        samples.extend(colour.map(|value| value as f32));
    }
    let image = Raster {
        width,
        height,
        bands: 4,
        samples,
        transform: Some(Transform {
            left: corner.x,
            top: corner.y,
            pixel_width: PIXEL,
            pixel_height: PIXEL,
        }),
        epsg: Some(ALBERS),
        nodata: Some(0.0),
    };
    write_raster(path, &image, SampleType::Uint8).unwrap();
}

impl Scene {
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
        }
    }

    /// Points in WGS 84 at these metres to the east and the south, as GeoJSON.
    pub fn crossings(&self, places: &[[f64; 2]]) -> PathBuf {
        let geographic = way(UTM, Crs::WGS84);
        let features: Vec<String> = places
            .iter()
            .map(|&at| {
                let Point { x, y } = geographic.apply(place(at)).unwrap();
                format!(
                    r#"{{"type":"Feature","properties":{{}},
                        "geometry":{{"type":"Point","coordinates":[{x:.9},{y:.9}]}}}}"#
                )
            })
            .collect();
        self.collection("crossings.geojson", "", &features)
    }

    /// Lines in UTM, as GeoJSON.
    pub fn roads(&self, lines: &[[[f64; 2]; 2]]) -> PathBuf {
        let features: Vec<String> = lines
            .iter()
            .map(|line| {
                let [a, b] = line.map(place);
                format!(
                    r#"{{"type":"Feature","properties":{{}},"geometry":{{"type":"LineString",
                        "coordinates":[[{},{}],[{},{}]]}}}}"#,
                    a.x, a.y, b.x, b.y
                )
            })
            .collect();
        let crs = format!(
            r#""crs":{{"type":"name","properties":{{"name":"urn:ogc:def:crs:EPSG::{UTM}"}}}},"#
        );
        self.collection("roads.geojson", &crs, &features)
    }

    fn collection(&self, name: &str, crs: &str, features: &[String]) -> PathBuf {
        let path = self.folder.join(name);
        let text = format!(
            r#"{{"type":"FeatureCollection",{crs}"features":[{}]}}"#,
            features.join(",")
        );
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn options(&self, output: &str, crossings: &Path) -> ClipOptions {
        let dem = RASTERS.path().join("dem.tif");
        let quads = ["west.tif", "east.tif"].map(|name| RASTERS.path().join(name));
        ClipOptions::new(
            self.folder.join(output),
            PairOptions::new([dem], quads),
            crossings,
        )
    }
}
