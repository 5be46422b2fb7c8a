//! Coordinate reference systems by EPSG code, and the way from one to another.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use proj4rs::Proj;

use crate::error::Error;

/// A place in a coordinate reference system: easting and northing, or longitude and latitude in
/// degrees, always in this order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Easting or longitude.
    pub x: f64,
    /// Northing or latitude.
    pub y: f64,
}

/// A coordinate reference system of the EPSG registry.
#[derive(Clone)]
pub struct Crs {
    epsg: u32,
    projection: Arc<Proj>,
    has_datum: bool,
}

impl Crs {
    /// WGS 84, longitude and latitude in degrees.
    pub const WGS84: u32 = 4326;

    /// The system with this code.
    ///
    /// # Errors
    /// [`Error::UnknownCrs`] if the registry does not hold the code, or the system needs a
    /// projection or a file of datum shifts that is not built in.
    pub fn from_epsg(epsg: u32) -> Result<Self, Error> {
        let fail = |reason: &str| Error::UnknownCrs {
            epsg,
            reason: reason.to_owned(),
        };
        let definition = u16::try_from(epsg)
            .ok()
            .and_then(crs_definitions::from_code)
            .ok_or_else(|| fail("the code is not of a known horizontal system"))?;
        let projection =
            Proj::from_proj_string(definition.proj4).map_err(|e| fail(&e.to_string()))?;
        if projection.is_geocent() {
            return Err(fail(
                "it is geocentric; expected a map or longitude and latitude",
            ));
        }
        Ok(Self {
            epsg,
            projection: Arc::new(projection),
            has_datum: has_datum(definition.proj4),
        })
    }

    /// The EPSG code.
    #[must_use]
    pub fn epsg(&self) -> u32 {
        self.epsg
    }

    /// Whether its coordinates are degrees of longitude and latitude instead of lengths.
    #[must_use]
    pub fn is_geographic(&self) -> bool {
        self.projection.is_latlong()
    }

    /// Metres in a unit of a projected system: 1, or 0.3048006... for the US survey foot.
    #[must_use]
    pub fn metres_per_unit(&self) -> f64 {
        self.projection.to_meter()
    }
}

impl PartialEq for Crs {
    fn eq(&self, other: &Self) -> bool {
        self.epsg == other.epsg
    }
}

impl fmt::Debug for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EPSG:{}", self.epsg)
    }
}

/// Reads `EPSG:26915`, `26915`, `urn:ogc:def:crs:EPSG::26915`, and OGC's `CRS84`, which is
/// WGS 84. Axes are east and north whatever the authority says, as GIS programs write them.
impl FromStr for Crs {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.ends_with("CRS84") {
            return Self::from_epsg(Self::WGS84);
        }
        let (authority, code) = text.rsplit_once(':').unwrap_or(("EPSG", text));
        let is_epsg = authority.eq_ignore_ascii_case("EPSG")
            || authority.starts_with("urn:ogc:def:crs:EPSG:");
        match code.parse() {
            Ok(epsg) if is_epsg => Self::from_epsg(epsg),
            _ => Err(Error::Option {
                option: "coordinate system",
                found: format!("\"{text}\""),
                expected: "an EPSG code such as EPSG:26915",
            }),
        }
    }
}

/// Whether a PROJ string says how its datum lies to WGS 84. The geocentric ellipsoids GRS 80 and
/// WGS 84 do without saying: their datums (NAD83, ETRS89 and their kin) are taken for WGS 84,
/// from which they are one to two metres off.
fn has_datum(proj4: &str) -> bool {
    [
        "+datum=",
        "+towgs84=",
        "+nadgrids=",
        "+ellps=GRS80",
        "+ellps=WGS84",
    ]
    .iter()
    .any(|key| proj4.contains(key))
}

/// The way from one coordinate reference system to another.
///
/// Agrees with PROJ to better than a centimetre where no grid of datum shifts is needed (the
/// oracle tests compare the two). As in PROJ without grids, NAD83, ETRS89 and WGS 84 are one.
#[derive(Clone, Debug)]
pub struct Transformer {
    from: Crs,
    to: Crs,
}

impl Transformer {
    /// The way `from` one system `to` the other.
    ///
    /// # Errors
    /// [`Error::UnknownCrs`] if a datum's shift is not known: the result could be hundreds of
    /// metres off.
    pub fn new(from: &Crs, to: &Crs) -> Result<Self, Error> {
        let way = Self {
            from: from.clone(),
            to: to.clone(),
        };
        for crs in [from, to] {
            if !way.is_identity() && !crs.has_datum {
                return Err(Error::UnknownCrs {
                    epsg: crs.epsg,
                    reason: "how its datum lies to others is not known here".to_owned(),
                });
            }
        }
        Ok(way)
    }

    /// Whether points stay as they are.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.from == self.to
    }

    /// Where a point lies in the other system, or `None` outside the range of a projection.
    #[must_use]
    pub fn apply(&self, point: Point) -> Option<Point> {
        if self.is_identity() {
            return Some(point);
        }
        let [from, to] = [&self.from, &self.to].map(|crs| crs.projection.as_ref());
        // The library counts angles in radians.
        let angle = |crs: &Proj, there: f64| if crs.is_latlong() { there } else { 1.0 };
        let unit = angle(from, 1f64.to_radians());
        let mut place = (point.x * unit, point.y * unit, 0.0);
        proj4rs::transform::transform(from, to, &mut place).ok()?;
        let unit = angle(to, 1f64.to_degrees());
        let there = Point {
            x: place.0 * unit,
            y: place.1 * unit,
        };
        (there.x.is_finite() && there.y.is_finite()).then_some(there)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn way(from: u32, to: u32) -> Transformer {
        let [from, to] = [from, to].map(|code| Crs::from_epsg(code).unwrap());
        Transformer::new(&from, &to).unwrap()
    }

    /// What pyproj 3.7 gives. The oracle tests ask it for more.
    #[test]
    fn points_lie_where_proj_puts_them() {
        let pyproj = [
            (26910, [-121.5, 38.6], [630_619.113_3, 4_273_456.523_4]),
            (5070, [-97.3, 40.9], [-108_626.933_7, 1_988_536.077_3]),
            (3857, [-88.2, 40.1], [-9_818_379.088_0, 4_880_484.665_7]),
            (3435, [-88.2, 40.1], [1_021_549.593_3, 1_250_365.331_1]),
        ];
        for (epsg, [x, y], [east, north]) in pyproj {
            let there = way(Crs::WGS84, epsg).apply(Point { x, y }).unwrap();
            let off = (there.x - east).hypot(there.y - north);
            assert!(off < 0.01, "EPSG:{epsg}: {there:?} is {off} m off");
        }
    }

    #[test]
    fn feet_are_known() {
        let illinois = Crs::from_epsg(3435).unwrap();
        assert!((illinois.metres_per_unit() - 1200.0 / 3937.0).abs() < 1e-12);
        assert!(!illinois.is_geographic());
        assert!(Crs::from_epsg(4269).unwrap().is_geographic());
    }

    #[test]
    fn codes_are_read_in_their_spellings() {
        for text in [
            "26915",
            "EPSG:26915",
            "epsg:26915",
            "urn:ogc:def:crs:EPSG::26915",
        ] {
            assert_eq!(text.parse::<Crs>().unwrap().epsg(), 26915);
        }
        let crs84 = "urn:ogc:def:crs:OGC:1.3:CRS84".parse::<Crs>().unwrap();
        assert_eq!(crs84.epsg(), 4326);
        for text in ["", "UTM 15", "ESRI:102003", "EPSG:", "EPSG:-1"] {
            let message = text.parse::<Crs>().unwrap_err().to_string();
            assert!(message.contains("expected an EPSG code"), "{message}");
        }
    }

    #[test]
    fn systems_that_are_not_known_are_errors() {
        for (epsg, reason) in [
            (0, "not of a known"),
            (70_000, "not of a known"),
            (5703, "not of a known"),
            (26714, "NAD grid"),
        ] {
            let message = Crs::from_epsg(epsg).unwrap_err().to_string();
            assert!(message.contains(&format!("EPSG:{epsg}")), "{message}");
            assert!(message.contains(reason), "{message}");
        }
        let anguilla = Crs::from_epsg(2000).unwrap();
        let message = Transformer::new(&anguilla, &Crs::from_epsg(4326).unwrap())
            .unwrap_err()
            .to_string();
        assert!(message.contains("EPSG:2000"), "{message}");
        assert!(Transformer::new(&anguilla, &anguilla).is_ok());
    }

    #[test]
    fn places_beyond_a_projection_are_none() {
        let mercator = way(Crs::WGS84, 3857);
        assert_eq!(mercator.apply(Point { x: 0.0, y: 91.0 }), None);
        assert_eq!(
            mercator.apply(Point {
                x: f64::NAN,
                y: 1.0
            }),
            None
        );
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_place(
            x in -100.0..-96.0f64,
            y in 35.0..48.0f64,
            epsg in prop::sample::select(vec![26914u32, 32614, 6343, 5070, 3857, 2251, 32104]),
        ) {
            let there = way(Crs::WGS84, epsg).apply(Point { x, y }).unwrap();
            let back = way(epsg, Crs::WGS84).apply(there).unwrap();
            prop_assert!((back.x - x).abs() < 1e-9 && (back.y - y).abs() < 1e-9);
        }
    }
}
