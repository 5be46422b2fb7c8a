"""Checks a safetensors file against the package of that name, and writes it again.

usage: check_safetensors.py FILE SINGLE HALF TENSOR...
TENSOR: "NAME [DIMS] SUM", exact. SINGLE and HALF: where the same tensors go, in that precision.
"""

import json
import sys

import numpy
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

file, single, half, *tensors = sys.argv[1:]
with safe_open(file, "numpy") as opened:
    assert opened.metadata() == {"bands": "dem,r,g,b,nir", "format": "pt"}, opened.metadata()
got = load_file(file)
assert len(got) == len(tensors), (sorted(got), tensors)
for tensor in tensors:
    name, rest = tensor.split(" ", 1)
    dims, total = rest.rsplit(" ", 1)
    values = got[name]
    assert values.dtype == numpy.float32 and list(values.shape) == json.loads(dims), tensor
    assert values.sum(dtype=numpy.float64) == float(total), tensor
save_file(got, single)
save_file({name: values.astype(numpy.float16) for name, values in got.items()}, half)
print(f"{len(got)} tensors")
