"""Has GDAL resample a raster onto the grid of a tile and compares: SOURCE TILE exact|turned."""

import sys

import numpy as np
import rasterio
from rasterio.warp import Resampling, reproject

source, tile, kind = sys.argv[1:]
with rasterio.open(source) as source, rasterio.open(tile) as tile:
    ours = tile.read().astype(float)
    is_finer = source.res[0] < tile.res[0] * 0.999
    theirs = np.zeros(ours.shape, np.float64)
    for band, found in enumerate(theirs, 1):
        reproject(
            source.read(band).astype(np.float64),
            found,
            src_transform=source.transform,
            src_crs=source.crs,
            dst_transform=tile.transform,
            dst_crs=tile.crs,
            resampling=Resampling.average if is_finer else Resampling.bilinear,
            tolerance=0,
            init_dest_nodata=False,
        )
    off = np.abs(ours - theirs)
    rounding = 0.5 if tile.dtypes[0] == "uint8" else 0.0
    print(f"{'averaged' if is_finer else 'interpolated'}, {kind}: "
          f"mean {off.mean():.4f}, most {off.max():.4f} of 255")
    if kind == "exact" or not is_finer:
        assert off.max() <= rounding + 0.01, off.max()
    else:
        assert off.mean() <= 4 and np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.99
