"""Checks a cloud-optimised GeoTIFF file against rasterio, and with rio-cogeo if it is installed.

usage: check_cog.py FILE VALUES BANDS
VALUES: float32, (rows, columns, bands), NaN where there is no value.
"""

import sys

import numpy
import rasterio

try:
    from rio_cogeo.cogeo import cog_validate
except ImportError:
    cog_validate = None

file, values, bands = sys.argv[1:]
with rasterio.open(file) as raster:
    assert raster.count == int(bands), raster.count
    assert raster.crs.to_epsg() == 26914, raster.crs
    assert raster.transform == rasterio.Affine(1, 0, 486000.5, 0, -0.5, 5205600.25), raster.transform
    assert raster.descriptions == tuple(f"a < {n} & b" for n in range(int(bands))), raster.descriptions
    assert raster.overviews(1) == [2, 4], raster.overviews(1)
    assert raster.profile["tiled"] and raster.nodata == 255, raster.profile
    pixels = raster.read(masked=True)
expected = numpy.fromfile(values, "<f4").reshape(pixels.shape[1], pixels.shape[2], pixels.shape[0])
expected = numpy.moveaxis(expected, -1, 0)
assert numpy.array_equal(pixels.mask, numpy.isnan(expected))
assert numpy.array_equal(pixels.filled(255).astype("<f4"), numpy.nan_to_num(expected, nan=255))

# Means of the four pixels that hold a value; at the edges, pixels count twice.
edged = numpy.pad(expected, ((0, 0), (0, 1), (0, 1)), "edge")
quads = numpy.stack([edged[:, y::2, x::2] for y in (0, 1) for x in (0, 1)])
means = numpy.nanmean(quads.astype(float), axis=0)
with rasterio.open(file, overview_level=0) as overview:
    halves = overview.read().astype(float)
bound = 1e-4 if pixels.dtype == "float32" else 0.5001
assert halves.shape == means.shape, (halves.shape, means.shape)
assert numpy.abs(halves - means).max() < bound, numpy.abs(halves - means).max()

if cog_validate is None:
    print(f"{file}: equal; rio-cogeo is not installed")
else:
    valid, errors, warnings = cog_validate(file, strict=True)
    assert valid, (errors, warnings)
    print(f"{file}: equal, and valid in the eyes of rio-cogeo")
