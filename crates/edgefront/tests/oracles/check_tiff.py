"""Checks a GeoTIFF file against rasterio.

usage: check_tiff.py FILE VALUES BANDS EPSG LEFT,TOP
VALUES: float32, (rows, columns, bands), as our reader gives them.
"""

import sys

import numpy
import rasterio

file, values, bands, epsg, corner = sys.argv[1:]
with rasterio.open(file) as raster:
    assert raster.count == int(bands), raster.count
    assert raster.dtypes[0] == ("float32" if bands == "1" else "uint8"), raster.dtypes
    assert raster.crs.to_epsg() == int(epsg), raster.crs
    left, top = map(float, corner.split(","))
    assert raster.transform == rasterio.Affine(1, 0, left, 0, -1, top), raster.transform
    pixels = numpy.moveaxis(raster.read(), 0, -1).astype("<f4")
expected = numpy.fromfile(values, "<f4").reshape(pixels.shape)
assert numpy.array_equal(pixels, expected), numpy.abs(pixels - expected).max()
print(f"{file}: {pixels.shape} equal")
