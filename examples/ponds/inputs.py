"""Makes the inputs of the walk-through in docs/tiles.md: python inputs.py NAIP LIDAR FOLDER.

NAIP is opengeos_naip_ND_5m_4band_2014.tif: a real photograph of North Dakota, 5 m, EPSG:26914.
LIDAR is opengeos_lidar_dem_1m_400x400.tif: real elevation, but of Minnesota, 1 m.

FOLDER/dem.tif     the lidar, mirrored and repeated at 2 m until it covers the photograph, in
                   EPSG:5070. It is not the ground of the photograph and knows nothing of the ponds.
FOLDER/ponds.geojson  the ponds as points, in longitude and latitude: patches of 1,000 to 40,000
                   square metres where the photograph's near infrared is below 50.
FOLDER/roads.geojson  the one road, drawn by hand.

Needs numpy and rasterio.
"""

import json
import sys
from pathlib import Path

import numpy as np
import rasterio
from rasterio.features import shapes
from rasterio.transform import from_origin
from rasterio.warp import transform, transform_bounds

naip, lidar, folder = (Path(argument) for argument in sys.argv[1:])
folder.mkdir(parents=True, exist_ok=True)
with rasterio.open(naip) as photograph:
    infrared = photograph.read(4)
    place, crs, bounds = photograph.transform, photograph.crs, photograph.bounds

left, bottom, right, top = transform_bounds(crs, "EPSG:5070", *bounds)
pixel = 2
size = [int((top - bottom) / pixel) + 20, int((right - left) / pixel) + 20]
with rasterio.open(lidar) as source:
    ground = source.read(1)
ground = np.block([[ground, ground[:, ::-1]], [ground[::-1], ground[::-1, ::-1]]])
ground = np.tile(ground, [-(-n // m) for n, m in zip(size, ground.shape)])[: size[0], : size[1]]
with rasterio.open(
    folder / "dem.tif", "w", driver="GTiff", dtype="float32", count=1, crs="EPSG:5070",
    height=size[0], width=size[1], tiled=True, compress="deflate", predictor=3,
    transform=from_origin(left - 10 * pixel, top + 10 * pixel, pixel, pixel),
) as dem:
    dem.write(ground, 1)


def middle(ring):
    """Area and centroid of a ring (the shoelace formula)."""
    x, y = np.array(ring).T
    x0, y0 = x[0], y[0]
    x, y = x - x0, y - y0
    cross = x[:-1] * y[1:] - x[1:] * y[:-1]
    area = cross.sum() / 2
    at = [((n[:-1] + n[1:]) * cross).sum() / (6 * area) for n in (x, y)]
    return abs(area), at[0] + x0, at[1] + y0


water = (infrared < 50).astype("uint8")
ponds = [middle(shape["coordinates"][0]) for shape, _ in
         shapes(water, mask=water == 1, transform=place, connectivity=8)]
ponds = [(x, y) for area, x, y in ponds if 1_000 < area < 40_000]
points = zip(*transform(crs, "EPSG:4326", *zip(*ponds)))
# Columns and rows of the photograph.
road = [(0, 624), (445, 623), (470, 606), (500, 601), (520, 622), (933, 626)]
road = [place * position for position in road]


def write(name, kind, geometries, **members):
    features = [{"type": "Feature", "properties": {}, "geometry": {"type": kind, "coordinates": g}}
                for g in geometries]
    text = json.dumps({"type": "FeatureCollection", **members, "features": features})
    (folder / name).write_text(text)


write("ponds.geojson", "Point", points)
write("roads.geojson", "LineString", [road],
      crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::26914"}})
print(f"{len(ponds)} ponds, elevation of {size[1]}x{size[0]} pixels")
