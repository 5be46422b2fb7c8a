"""Checks a map of `edgefront classify` against rasterio and NumPy.

usage: check_map.py RASTER MAP TILE STEP CELL SLOPE
The model says: logistic(SLOPE * (mean of the tile - 1/2)); a tile that misses more than a tenth of its
pixels says nothing.
"""

import json
import sys

import numpy
import rasterio
from rasterio.warp import transform

raster, folder, *numbers = sys.argv[1:]
tile, step, cell = map(int, numbers[:3])
slope = float(numbers[3])

with rasterio.open(raster) as source:
    values = source.read(1, masked=True).filled(numpy.nan).astype(float)
    crs, place, (height, width) = source.crs, source.transform, source.shape


def starts(length):
    return numpy.unique(numpy.minimum(numpy.arange(0, length, step), length - tile))


def weights(length):
    middles = starts(length) + tile / 2
    left = numpy.arange(0, length, cell)
    at = (left + numpy.minimum(left + cell, length)) / 2
    inside = 1 - numpy.abs(at[:, None] - middles) / (tile / 2)
    return numpy.where(inside >= 0, numpy.maximum(inside, 1e-6), 0)


tops, lefts = starts(height), starts(width)
windows = numpy.array([[values[top:top + tile, left:left + tile] for left in lefts] for top in tops])
known = numpy.isnan(windows).mean(axis=(2, 3)) <= 0.1
means = numpy.nanmean(numpy.where(known[..., None, None], windows, 0), axis=(2, 3))
probability = numpy.where(known, 1 / (1 + numpy.exp(-slope * (means - 0.5))), 0)
down, across = weights(height), weights(width)
with numpy.errstate(invalid="ignore"):
    expected = (down @ probability @ across.T) / (down @ known @ across.T)

with rasterio.open(f"{folder}/probability.tif") as found:
    assert found.crs == crs, found.crs
    assert found.transform == place * place.scale(cell), found.transform
    assert found.dtypes == ("float32",), found.dtypes
    assert numpy.isnan(found.nodata), found.nodata
    assert found.descriptions == ("T",), found.descriptions
    map_ = found.read(1)
assert map_.shape == expected.shape, (map_.shape, expected.shape)
assert numpy.array_equal(numpy.isnan(map_), numpy.isnan(expected))
assert numpy.isnan(map_).any() and numpy.nanmax(map_) > 0.9 and numpy.nanmin(map_) < 0.1
apart = numpy.nanmax(numpy.abs(map_ - expected))
assert apart < 1e-5, apart

points = json.load(open(f"{folder}/detections.geojson"))["features"]
assert points
for point in points:
    facts, (longitude, latitude) = point["properties"], point["geometry"]["coordinates"]
    (x,), (y,) = transform("EPSG:4326", crs, [longitude], [latitude])
    assert abs(x - facts["x"]) < 0.02 and abs(y - facts["y"]) < 0.02, (x, y, facts)
    column, row = ~place * (facts["x"], facts["y"])
    at = numpy.abs(tops + tile / 2 - row).argmin(), numpy.abs(lefts + tile / 2 - column).argmin()
    assert abs(facts["probability"] - probability[at]) < 1e-5, (facts, probability[at])
    assert probability[at] >= 0.5, facts
places = numpy.array([[point["properties"]["x"], point["properties"]["y"]] for point in points])
between = numpy.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
numpy.fill_diagonal(between, numpy.inf)
radius = tile / 2 * place.a
assert between.min() > radius - 1e-6, between.min()
# Every window of the class is kept or near one that is as probable.
for at in zip(*numpy.nonzero(probability > 0.5 + 1e-6)):
    here = place * (lefts[at[1]] + tile / 2, tops[at[0]] + tile / 2)
    near = numpy.hypot(*(places - here).T) <= radius + 1e-6
    best = max(p["properties"]["probability"] for p, is_near in zip(points, near) if is_near)
    assert best >= probability[at] - 1e-5, (at, best)
print(f"{map_.shape} cells, {len(points)} points, at most {apart:.1e} apart")
