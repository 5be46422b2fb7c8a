"""Measures `edgefront classify` beside the same map by rasterio, NumPy and onnxruntime.

usage: classify.py [--size 10000] [--overlap 0.5] [--configuration A] [--rounds 3]

Both make a map of probabilities of a synthetic DEM (float32) and aerial image (four bands of bytes),
both tiled and deflated, by the same model. They take turns; the median of each counts, and the
whole process: start, reading, preparing, network, writing. The packages: rasterio, numpy, onnx,
onnxruntime.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import onnx
import rasterio

import machine

ROOT = pathlib.Path(__file__).parents[2]
TILE = 100
BLOCK = 512
METADATA = dict(
    raw_bands="dem,r,g,b,nir",
    bands="dem,r,g,b,nir,ndwi,ndvi",
    formulas="dem = dem; r = r; g = g; b = b; nir = nir; ndwi = (g - nir) / (g + nir); "
             "ndvi = (nir - r) / (nir + r)",
    unscaled="ndwi,ndvi",
    normalization="band-minmax",
    classes="F,T",
)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=10_000, help="pixels of a side [%(default)s]")
    parser.add_argument("--overlap", type=float, default=0.5)
    parser.add_argument("--configuration", default="A", help="of the example `throughput`")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--binary", help="the built `edgefront` [cargo builds it]")
    parser.add_argument("--model", help="a model of dem, r, g, b, nir, ndwi, ndvi instead of the configuration's")
    parser.add_argument("--folder", help="where rasters and maps are kept [a temporary folder]")
    return parser.parse_args()


def build():
    command = ["cargo", "build", "--release", "--locked", "-p", "edgefront"]
    subprocess.run(command, cwd=ROOT, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    return str(pathlib.Path(target) / "release" / "edgefront")


def make_model(configuration, path):
    """The configuration with the weights that a training would start from."""
    command = ["cargo", "run", "-q", "--release", "--locked", "-p", "edgefront-engine", "--example",
               "throughput", "--", "onnx", configuration]
    encoded = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    model = onnx.load_from_string(encoded)
    onnx.helper.set_model_props(model, METADATA)
    onnx.save(model, path)


def make_rasters(size, dem_path, aerial_path):
    """Hills with noise, and an aerial image of fields; written in rows of blocks."""
    random = numpy.random.default_rng(7)
    coarse = random.random((5, size // 64 + 2, size // 64 + 2), numpy.float32)
    profile = dict(driver="GTiff", height=size, width=size, crs="EPSG:26914", tiled=True, blockxsize=BLOCK,
                   blockysize=BLOCK, compress="deflate", transform=rasterio.Affine(1, 0, 6e5, 0, -1, 4.5e6))
    dem = rasterio.open(dem_path, "w", count=1, dtype="float32", predictor=3, **profile)
    aerial = rasterio.open(aerial_path, "w", count=4, dtype="uint8", predictor=2, photometric="RGB", **profile)
    x = numpy.arange(size) / 64
    left, across = x.astype(int), (x % 1).astype(numpy.float32)
    with dem, aerial:
        for top in range(0, size, BLOCK):
            y = numpy.arange(top, min(top + BLOCK, size)) / 64
            above, down = y.astype(int), (y % 1).astype(numpy.float32)[:, None]

            def blend(rows):
                return rows[:, left] * (1 - across) + rows[:, left + 1] * across

            smooth = [blend(plane[above]) * (1 - down) + blend(plane[above + 1]) * down for plane in coarse]
            noise = random.random((5, *smooth[0].shape), numpy.float32)
            window = rasterio.windows.Window(0, top, size, len(y))
            dem.write(numpy.round(400 + 6 * smooth[0] + 0.1 * noise[0], 2), 1, window=window)
            for band in range(1, 5):
                aerial.write((40 + 160 * smooth[band] + 20 * noise[band]).astype(numpy.uint8), band, window=window)


def timed(command):
    """Seconds and peak bytes of a process."""
    start = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    complaints = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"{command}: {complaints.decode()}")
    return seconds, usage.ru_maxrss * 1024


def contenders(options, folder, binary, model):
    step = round(TILE * (1 - options.overlap))
    cores = len(machine.cores())
    dem, aerial = folder / "dem.tif", folder / "aerial.tif"

    def rival(name, *settings):
        script = pathlib.Path(__file__).parent / "classify_onnxruntime.py"
        out = folder / f"{name}.tif"
        return [sys.executable, script, model, dem, aerial, out, "--step", step, *settings], out

    ours = [binary, "classify", model, dem, aerial, "--out", folder / "map", "--overlap", options.overlap]
    return {
        "edgefront": (ours, folder / "map" / "probability.tif"),
        f"onnxruntime, {cores} threads": rival("threads", "--threads", cores),
        f"onnxruntime, {cores} sessions": rival("sessions", "--sessions", cores, "--threads", 1),
    }


def difference(a, b):
    with rasterio.open(a) as first, rasterio.open(b) as second:
        assert (first.transform, first.crs, first.shape) == (second.transform, second.crs, second.shape)
        return numpy.abs(first.read(1).astype(float) - second.read(1)).max()


def main():
    options = arguments()
    if options.folder is None:
        with tempfile.TemporaryDirectory() as folder:
            return measure(options, pathlib.Path(folder))
    measure(options, pathlib.Path(options.folder))


def measure(options, folder):
    binary = options.binary or build()
    model = options.model or folder / f"{options.configuration}.onnx"
    if not pathlib.Path(model).exists():
        make_model(options.configuration, model)
    if not (folder / "dem.tif").exists():
        make_rasters(options.size, folder / "dem.tif", folder / "aerial.tif")
    contest = contenders(options, folder, binary, model)
    results = {name: [] for name in contest}
    for number in range(options.rounds):
        for name, (command, _) in contest.items():
            results[name].append(timed(command))
            seconds, peak = results[name][-1]
            print(f"round {number + 1}, {name}: {seconds:.2f} s, {peak / 1e6:.0f} MB", file=sys.stderr, flush=True)
    with rasterio.open(folder / "dem.tif") as dem:
        size = dem.width
    step = round(TILE * (1 - options.overlap))
    windows = (-(-(size - TILE) // step) + 1) ** 2
    ours, (_, our_map) = results["edgefront"], contest["edgefront"]
    our_median = statistics.median(seconds for seconds, _ in ours)
    print(f"{size} x {size} pixels, {windows} windows, a step of {step}, {machine.processor()}, "
          f"{len(machine.cores())} cores, the median of {options.rounds}\n")
    print("| | s | windows/s | peak MB | edgefront is faster | largest difference of a probability |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, figures in results.items():
        median = statistics.median(seconds for seconds, _ in figures)
        peak = max(peak for _, peak in figures)
        ratios = sorted(theirs / mine for (theirs, _), (mine, _) in zip(figures, ours))
        faster = "" if name == "edgefront" else f"{median / our_median:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        apart = "" if name == "edgefront" else f"{difference(our_map, contest[name][1]):.1e}"
        print(f"| {name} | {median:.2f} | {windows / median:.0f} | {peak / 1e6:.0f} | {faster} | {apart} |")


main()
