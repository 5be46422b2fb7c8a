use edgefront_random::Stream;

/// Values of red, green, blue and near infrared, 0 to 255.
pub(super) type Colour = [f64; 4];

/// What one of the study's four watersheds looks like.
///
/// Elevations are those of the places (metres, NAVD88); colours follow measured NAIP imagery of
/// rural North Dakota (2014) and California (2020): mean R, G, B, NIR of 92, 113, 81, 99 and of
/// 114, 117, 107, 123.
#[derive(Debug)]
pub(super) struct Region {
    pub name: &'static str,
    /// NAD83 / UTM zone.
    pub epsg: u32,
    /// Easting and northing of the upper left corner of the first tile.
    pub origin: [f64; 2],
    /// Range of the elevation of the land.
    pub elevation: [f64; 2],
    /// Range of the fall across a tile of 100 m.
    pub fall: [f64; 2],
    /// Greatest swing of a channel's direction, in radians.
    pub meander: f64,
    /// Share of roads that follow no section line.
    pub skew_roads: f64,
    /// Share of roads with asphalt instead of gravel.
    pub asphalt: f64,
    /// Share of fields that are green.
    pub green: f64,
    pub soil: Colour,
    pub crop: Colour,
    /// Standard deviation of the stripes of the lidar's flight lines, in metres.
    pub striping: f64,
}

pub(super) const REGIONS: [Region; 4] = [
    Region {
        name: "california",
        epsg: 26910,
        origin: [600_000.0, 4_290_000.0],
        elevation: [10.0, 60.0],
        fall: [0.3, 2.5],
        meander: 0.35,
        skew_roads: 0.25,
        asphalt: 0.45,
        green: 0.45,
        soil: [164.0, 147.0, 122.0, 158.0],
        crop: [78.0, 98.0, 72.0, 150.0],
        striping: 0.0,
    },
    Region {
        name: "illinois",
        epsg: 26916,
        origin: [420_000.0, 4_440_000.0],
        elevation: [180.0, 250.0],
        fall: [0.5, 4.0],
        meander: 0.7,
        skew_roads: 0.2,
        asphalt: 0.3,
        green: 0.65,
        soil: [118.0, 106.0, 90.0, 112.0],
        crop: [56.0, 88.0, 62.0, 176.0],
        striping: 0.0,
    },
    Region {
        name: "north_dakota",
        epsg: 26914,
        origin: [640_000.0, 5_190_000.0],
        elevation: [270.0, 450.0],
        fall: [0.3, 3.0],
        meander: 0.8,
        skew_roads: 0.1,
        asphalt: 0.15,
        green: 0.55,
        soil: [128.0, 122.0, 96.0, 118.0],
        crop: [74.0, 106.0, 66.0, 152.0],
        striping: 0.01,
    },
    Region {
        name: "nebraska",
        epsg: 26914,
        origin: [630_000.0, 4_530_000.0],
        elevation: [420.0, 560.0],
        fall: [0.5, 5.0],
        meander: 0.6,
        skew_roads: 0.1,
        asphalt: 0.2,
        green: 0.6,
        soil: [142.0, 126.0, 102.0, 136.0],
        crop: [62.0, 94.0, 60.0, 166.0],
        striping: 0.02,
    },
];

/// What tiles cut from one survey and one photograph share: they are a group.
#[derive(Clone, Debug)]
pub(super) struct Survey {
    /// Elevation of the land in metres.
    pub elevation: f64,
    /// Exposure of the photograph, about 1.
    pub exposure: f64,
    /// Colour cast, about 1 per band.
    pub cast: Colour,
    /// Standard deviation of the lidar's error, in metres.
    pub lidar_noise: f64,
    /// Where the light comes from: east and south components of a unit vector.
    pub sun: [f64; 2],
}

impl Survey {
    pub(super) fn draw(region: &Region, stream: &mut Stream) -> Self {
        let [low, high] = region.elevation;
        let azimuth = stream.uniform(0.8, 2.2); // between south-east and south-west
        Self {
            elevation: stream.uniform(low, high),
            exposure: stream.uniform(0.85, 1.15),
            cast: [0; 4].map(|_| stream.uniform(0.95, 1.05)),
            lidar_noise: stream.uniform(0.02, 0.05),
            sun: [azimuth.cos(), azimuth.sin()],
        }
    }
}
