"""Preparing a dataset of tiles, beside a vectorised script with rasterio and NumPy.

    python benches/rivals/prepare.py make tiles            # 12,068 tiles of 100x100, 0.97 GB
    python benches/rivals/prepare.py run tiles --edgefront target/release/edgefront

`run` takes turns: edgefront, the script in one process and in one a core, reading the same files,
writing the same bytes. It prints a Markdown table of the shortest of `--rounds` times, and fails if
the script's images are not edgefront's. With `--only NAME` one part alone is timed.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

SIZE = 100
REGIONS = {"ca": 4776, "il": 2022, "nd": 1226, "ne": 4044}  # the counts of the study
CHANNELS = 7


def make(root, share):
    """GeoTIFF tiles as GDAL writes them: a float DEM and four bands of bytes, uncompressed."""
    draw = np.random.default_rng(42)
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    profile = {"driver": "GTiff", "width": SIZE, "height": SIZE, "crs": "EPSG:26914"}
    for place, (region, count) in enumerate(REGIONS.items()):
        for number in range(int(count * share)):
            label = "FT"[number % 2]
            a, b, c = draw.uniform(0.01, 0.2, 3)
            dem = 300 + 2 * np.sin(a * x) + np.cos(b * y) + c * x
            dem += draw.normal(0, 0.03, dem.shape)
            aerial = draw.integers(0, 256, (4, SIZE, SIZE), dtype=np.uint8)
            origin = from_origin(500_000 + 100 * number, 4_000_000 + 1e5 * place, 1, 1)
            for kind, pixels in (("DEM", dem[None].astype(np.float32)), ("Aer", aerial)):
                folder = root / region / kind / label
                folder.mkdir(parents=True, exist_ok=True)
                with rasterio.open(
                    folder / f"{number}.tif",
                    "w",
                    transform=origin,
                    count=len(pixels),
                    dtype=pixels.dtype,
                    interleave="pixel",
                    **profile,
                ) as file:
                    file.write(pixels)


def tiles_of(root):
    """The elevation files in edgefront's order: region, class, number."""
    files = []
    for region in sorted(path for path in root.iterdir() if path.is_dir()):
        for label in "FT":
            found = (region / "DEM" / label).glob("*.tif")
            files += sorted(found, key=lambda path: int(path.stem))
    return files


def repaired(index):
    """Undefined values become a quarter of the sum of their defined neighbours, in row order."""
    for row, column in np.argwhere(~np.isfinite(index)):
        ends = ((max(row - 1, 0), column), (min(row + 1, SIZE - 1), column),
                (row, max(column - 1, 0)), (row, min(column + 1, SIZE - 1)))
        values = np.array([index[end] for end in ends])
        index[row, column] = values[np.isfinite(values)].sum() / 4
    return index


def prepare_some(paths, output, place):
    """Writes the images of these tiles from byte `place` of the file on."""
    raw = np.empty((5, SIZE, SIZE), np.float32)
    image = np.empty((SIZE, SIZE, CHANNELS), np.float32)
    # Otherwise GDAL lists the whole folder for each file, in search of files beside it.
    with (
        rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"),
        np.errstate(all="ignore"),
        open(output, "r+b", buffering=0) as file,
    ):
        file.seek(place)
        for path in paths:
            with rasterio.open(path) as dem:
                dem.read(1, out=raw[0])
            with rasterio.open(str(path).replace("/DEM/", "/Aer/")) as aerial:
                aerial.read(out=raw[1:])
            if not np.isfinite(raw).all():
                sys.exit(f"{path}: missing values")
            red, green, infrared = raw[1], raw[2], raw[4]
            image[..., 5] = repaired((green - infrared) / (green + infrared))
            image[..., 6] = repaired((infrared - red) / (infrared + red))
            least = raw.min((1, 2), keepdims=True)
            extent = raw.max((1, 2), keepdims=True) - least
            extent[extent == 0] = 1
            image[..., :5] = ((raw - least) / extent).transpose(1, 2, 0)
            file.write(image)


def script(root, output, workers):
    """What a careful engineer writes: whole arrays at a time, straight into the file."""
    paths = tiles_of(root)
    labels = np.array([path.parent.name == "T" for path in paths], np.int64)
    np.save(output / "labels.npy", labels)
    images = output / "images.npy"
    with open(images, "wb") as file:
        shape = (len(paths), SIZE, SIZE, CHANNELS)
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        start = file.tell()
    if workers == 1:
        return prepare_some(paths, images, start)
    share = -(-len(paths) // workers)
    with ProcessPoolExecutor(workers) as pool:
        jobs = [
            pool.submit(prepare_some, paths[at : at + share], images,
                        start + at * SIZE * SIZE * CHANNELS * 4)
            for at in range(0, len(paths), share)
        ]
        for job in jobs:
            job.result()


def write_same(output, size):
    block = memoryview(np.random.default_rng(0).bytes(1 << 20))
    with open(output / "images.npy", "wb", buffering=0) as file:
        for _ in range(0, size, len(block)):
            file.write(block)


def timed(work, output):
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(arguments):
    root, out = arguments.tiles, arguments.out
    workers = os.cpu_count()
    files = [str(path) for path in sorted(root.rglob("*.tif"))]
    size = len(files) // 2 * SIZE * SIZE * CHANNELS * 4
    out.mkdir(exist_ok=True)
    ours, theirs = out / "edgefront", out / "script"
    listed = out / "files"
    listed.write_bytes(b"\0".join(map(os.fsencode, files)))

    def edgefront():
        command = [arguments.edgefront, "tiles", "prepare", root, "--out", ours]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)

    def read():
        with open(listed, "rb") as names:
            subprocess.run(["xargs", "-0", "cat"], stdin=names, check=True,
                           stdout=subprocess.DEVNULL)

    parts = {
        "edgefront": (edgefront, ours),
        "script, one process": (lambda: script(root, theirs, 1), theirs),
        f"script, {workers} processes": (lambda: script(root, theirs, workers), theirs),
        "reading the files (cat)": (read, out / "none"),
        "writing as many bytes": (lambda: write_same(out / "bytes", size), out / "bytes"),
    }
    if arguments.only:
        parts = {name: part for name, part in parts.items() if name.startswith(arguments.only)}
    best = {}
    for _ in range(arguments.rounds):
        for name, (work, folder) in parts.items():
            best[name] = min(best.get(name, np.inf), timed(work, folder))
            print(f"{name}: {best[name]:.2f} s", file=sys.stderr)
    if ours.exists() and theirs.exists():
        a, b = (np.load(folder / "images.npy", mmap_mode="r") for folder in (ours, theirs))
        apart = max(np.abs(a[at : at + 512] - b[at : at + 512]).max()
                    for at in range(0, len(a), 512))
        if apart > 1e-6:
            sys.exit(f"the script's images are {apart} from edgefront's")
    print("| | seconds | beside edgefront |\n|---|---:|---:|")
    reference = best.get("edgefront", np.nan)
    for name, seconds in best.items():
        print(f"| {name} | {seconds:.2f} | {seconds / reference:.2f} |")
    if not arguments.keep:
        shutil.rmtree(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, dest="command")
    making = commands.add_parser("make")
    making.add_argument("tiles", type=Path)
    making.add_argument("--share", type=float, default=1.0, help="of the tiles")
    running = commands.add_parser("run")
    running.add_argument("tiles", type=Path)
    running.add_argument("--edgefront", type=Path, default="target/release/edgefront")
    running.add_argument("--out", type=Path, default=Path("prepare-bench"))
    running.add_argument("--rounds", type=int, default=3)
    running.add_argument("--only", help="the start of a part's name")
    running.add_argument("--keep", action="store_true", help="leave what was written")
    arguments = parser.parse_args()
    if arguments.command == "make":
        make(arguments.tiles, arguments.share)
    else:
        run(arguments)


if __name__ == "__main__":
    main()
