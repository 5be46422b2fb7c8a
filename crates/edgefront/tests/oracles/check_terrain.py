"""Checks slope, hillshade and topographic position index against NumPy and against GDAL.

usage: check_terrain.py DEM VALUES SCRATCH
VALUES: float32, (rows, columns, 4): slope(dem), hillshade(dem), tpi(dem, 10), tpi(dem, 1).
SCRATCH: a file to write.

GDAL is the library in rasterio's wheel; where there is none, NumPy is the only judge.
"""

import ctypes
import glob
import os
import sys

import numpy
import rasterio

file, values, scratch = sys.argv[1:]
with rasterio.open(file) as raster:
    dem = raster.read(1).astype("f8")
    width, height = raster.transform.a, -raster.transform.e
found = numpy.fromfile(values, "<f4").reshape(*dem.shape, 4).astype("f8")

# Horn's differences, the edge repeated beyond itself.
p = numpy.pad(dem, 1, mode="edge")
north, middle, south = p[:-2], p[1:-1], p[2:]
across = lambda row: row[:, 2:] - row[:, :-2]
along = lambda row: row[:, :-2] + 2 * row[:, 1:-1] + row[:, 2:]
east = (across(north) + 2 * across(middle) + across(south)) / (8 * width)
up = (along(north) - along(south)) / (8 * height)
slope = numpy.degrees(numpy.arctan(numpy.hypot(east, up)))
azimuth, altitude = numpy.radians(315), numpy.radians(45)
light = numpy.array(
    [
        numpy.sin(azimuth) * numpy.cos(altitude),
        numpy.cos(azimuth) * numpy.cos(altitude),
        numpy.sin(altitude),
    ]
)
normal = numpy.stack([-east, -up, numpy.ones_like(dem)])
cosine = numpy.tensordot(light, normal / numpy.linalg.norm(normal, axis=0), 1)
hillshade = 1 + 254 * numpy.maximum(cosine, 0)


def tpi(radius):
    """The height above the mean of a square that is cut off at the edges."""
    rows, columns = dem.shape
    out = numpy.empty_like(dem)
    for row in range(rows):
        for column in range(columns):
            around = dem[
                max(row - radius, 0) : row + radius + 1,
                max(column - radius, 0) : column + radius + 1,
            ]
            out[row, column] = dem[row, column] - around.mean()
    return out


def compare(judge, name, ours, theirs, tolerance):
    difference = numpy.abs(ours - theirs).max()
    assert difference <= tolerance, f"{judge} {name}: {difference}"
    print(f"{judge} {name}: {theirs.min():.3f} to {theirs.max():.3f}, off by {difference:.2g}")


compare("numpy", "slope", found[..., 0], slope, 2e-4)
compare("numpy", "hillshade", found[..., 1], hillshade, 2e-3)
compare("numpy", "tpi 10", found[..., 2], tpi(10), 2e-3)
compare("numpy", "tpi 1", found[..., 3], tpi(1), 2e-3)

beside = os.path.join(os.path.dirname(rasterio.__file__), "..", "rasterio.libs", "libgdal*")
libraries = glob.glob(beside)
if not libraries:
    print("skipped: no GDAL in rasterio's wheel")
    sys.exit()
gdal = ctypes.CDLL(libraries[0])
for function in (gdal.GDALOpen, gdal.GDALDEMProcessing, gdal.GDALDEMProcessingOptionsNew):
    function.restype = ctypes.c_void_p
gdal.GDALAllRegister()
pointer = ctypes.c_void_p
source = pointer(gdal.GDALOpen(file.encode(), 0))
assert source, file
inner = (slice(1, -1), slice(1, -1))


def of_gdal(mode):
    options = pointer(gdal.GDALDEMProcessingOptionsNew(None, None))
    result = gdal.GDALDEMProcessing(
        scratch.encode(), source, mode.encode(), None, options, None
    )
    assert result, mode
    gdal.GDALClose(pointer(result))
    with rasterio.open(scratch) as raster:
        return raster.read(1).astype("f8")[inner]


# GDAL adds up heights in single precision, which costs it the last digits.
compare("gdal", "slope", found[..., 0][inner], of_gdal("slope"), 1e-2)
# GDAL rounds to whole numbers.
compare("gdal", "hillshade", found[..., 1][inner], of_gdal("hillshade"), 0.502)
# GDAL's mean is that of the eight around.
compare("gdal", "tpi", found[..., 3][inner] * 9 / 8, of_gdal("TPI"), 2e-3)
