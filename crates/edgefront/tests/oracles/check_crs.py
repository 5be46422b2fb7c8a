"""Asks PROJ for the places that we computed: CSV rows of EPSG code, longitude, latitude, our
easting and northing, our way back, and the metres in a unit of the system."""

import sys

import numpy as np
from rasterio.warp import transform

worst = 0.0
for line in open(sys.argv[1]):
    epsg, lon, lat, x, y, back_lon, back_lat, unit = (float(n) for n in line.split(","))
    system = f"EPSG:{epsg:.0f}"
    [east], [north] = transform("EPSG:4326", system, [lon], [lat])
    off = np.hypot(x - east, y - north) * unit
    [lon], [lat] = transform(system, "EPSG:4326", [x], [y])
    back = np.hypot(back_lon - lon, back_lat - lat) * 111_000
    assert off < 0.01 and back < 0.01, f"{system}: {off} m off, {back} m on the way back"
    worst = max(worst, off, back)
print(f"at most {1000 * worst:.3f} mm off")
