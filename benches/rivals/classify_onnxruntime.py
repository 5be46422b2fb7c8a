"""The rival of `edgefront classify`: the same map by rasterio, NumPy and onnxruntime.

usage: classify_onnxruntime.py MODEL.onnx DEM.tif AERIAL.tif OUT.tif [--step 50] [--batch 32]
                               [--sessions 1] [--threads 2]

The model takes dem, r, g, b, nir, ndwi, ndvi: the first five scaled to 0 to 1 in each window. A row
of windows is read at once and prepared by whole arrays, while the row before it runs in the network.
"""

import argparse
import concurrent.futures
import time

import numpy
import onnxruntime
import rasterio
from rasterio.windows import Window

BANDS = 5


def starts(length, tile, step):
    return numpy.minimum(numpy.arange(0, length - tile + step, step), length - tile)


def repair(index):
    """Fills undefined values as `edgefront tiles prepare` does: a quarter of the sum of the defined
    neighbours, row by row."""
    height, width = index.shape
    for row, column in zip(*numpy.nonzero(~numpy.isfinite(index))):
        around = [index[max(row - 1, 0), column], index[min(row + 1, height - 1), column],
                  index[row, max(column - 1, 0)], index[row, min(column + 1, width - 1)]]
        index[row, column] = sum(value for value in around if numpy.isfinite(value)) / 4


def prepare(dem, aerial, top, lefts, tile):
    """The channels of a row of windows, (window, channel, row, column)."""
    rows = Window(0, top, dem.width, tile)
    raw = numpy.empty((BANDS, tile, dem.width), numpy.float32)
    dem.read(1, window=rows, out=raw[0])
    aerial.read(window=rows, out=raw[1:])
    red, green, nir = raw[1], raw[2], raw[4]
    with numpy.errstate(invalid="ignore", divide="ignore"):
        indices = numpy.stack([(green - nir) / (green + nir), (nir - red) / (nir + red)])
    images = numpy.empty((len(lefts), BANDS + 2, tile, tile), numpy.float32)
    for image, left in zip(images, lefts):
        image[:BANDS] = raw[:, :, left:left + tile]
        image[BANDS:] = indices[:, :, left:left + tile]
    scaled = images[:, :BANDS]
    low = scaled.min(axis=(2, 3), keepdims=True)
    extent = scaled.max(axis=(2, 3), keepdims=True) - low
    scaled -= low
    scaled /= numpy.where(extent > 0, extent, 1)
    if not numpy.isfinite(indices).all():
        for image in images:
            for index in image[BANDS:]:
                if not numpy.isfinite(index).all():
                    repair(index)
    return images


def classify(session, images, batch):
    """The probability of the second class of each image."""
    logits = [session.run(["logits"], {"input": images[first:first + batch]})[0]
              for first in range(0, len(images), batch)]
    logits = numpy.concatenate(logits).astype(numpy.float64)
    odds = numpy.exp(logits - logits.max(axis=1, keepdims=True))
    return odds[:, 1] / odds.sum(axis=1)


def weights(length, tile, step):
    """What each window counts for each cell of `step` pixels: (cell, window)."""
    middles = starts(length, tile, step) + tile / 2
    edges = numpy.arange(0, length, step)
    cells = (edges + numpy.minimum(edges + step, length)) / 2
    inside = tile / 2 - numpy.abs(cells[:, None] - middles[None])
    return numpy.where(inside >= 0, numpy.maximum(inside / (tile / 2), 1e-6), 0)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs=4, metavar="FILE")
    parser.add_argument("--step", type=int, default=50)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--sessions", type=int, default=1, help="rows of windows at a time")
    parser.add_argument("--threads", type=int, default=2, help="of each session")
    return parser.parse_args()


def main():
    options = arguments()
    model, dem_path, aerial_path, out = options.files
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    begin = time.perf_counter()
    sessions = [onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
                for _ in range(options.sessions)]
    tile = sessions[0].get_inputs()[0].shape[-1]
    with rasterio.open(dem_path) as dem, rasterio.open(aerial_path) as aerial:
        tops, lefts = (starts(length, tile, options.step) for length in (dem.height, dem.width))
        rows = []
        # One thread reads and prepares; each session has a thread that waits for it.
        with (concurrent.futures.ThreadPoolExecutor(1) as reader,
              concurrent.futures.ThreadPoolExecutor(options.sessions) as runners):
            ahead = [reader.submit(prepare, dem, aerial, top, lefts, tile) for top in tops[:options.sessions]]
            running = []
            for number in range(len(tops)):
                images = ahead.pop(0).result()
                if number + options.sessions < len(tops):
                    top = tops[number + options.sessions]
                    ahead.append(reader.submit(prepare, dem, aerial, top, lefts, tile))
                session = sessions[number % options.sessions]
                running.append(runners.submit(classify, session, images, options.batch))
                if len(running) == options.sessions:
                    rows.append(running.pop(0).result())
            rows += [row.result() for row in running]
        across = weights(dem.width, tile, options.step)
        down = weights(dem.height, tile, options.step)
        cells = down @ numpy.stack(rows) @ across.T
        cells /= down.sum(axis=1)[:, None] * across.sum(axis=1)[None]
        profile = dict(driver="COG", height=len(down), width=len(across), count=1, dtype="float32",
                       crs=dem.crs, transform=dem.transform * dem.transform.scale(options.step))
    with rasterio.open(out, "w", **profile) as raster:
        raster.write(cells.astype(numpy.float32), 1)
    print(f"{len(tops) * len(lefts)} windows in {time.perf_counter() - begin:.3f} s, onnxruntime "
          f"{onnxruntime.__version__}, rasterio {rasterio.__version__}")


main()
