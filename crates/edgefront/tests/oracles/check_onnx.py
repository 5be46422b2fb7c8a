"""Checks an ONNX file against onnx and onnxruntime.

usage: check_onnx.py MODEL IMAGES LOGITS COUNT
IMAGES: float32, (COUNT, bands, height, width); LOGITS: float32, (COUNT, classes), of our engine.
"""

import sys

import numpy
import onnx
import onnxruntime

model, images, logits, count = sys.argv[1:]
onnx.checker.check_model(onnx.load(model), full_check=True)
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
(image,) = session.get_inputs()
assert image.name == "input" and isinstance(image.shape[0], str), image.shape
expected = numpy.fromfile(logits, "<f4").reshape(int(count), -1)
images = numpy.fromfile(images, "<f4").reshape(int(count), *image.shape[1:])
(got,) = session.run(["logits"], {"input": images})
print(f"largest difference {numpy.abs(got - expected).max():.2e} of {numpy.abs(expected).max():.2e}")
numpy.testing.assert_allclose(got, expected, atol=1e-4)
assert not any(node.op_type == "BatchNormalization" for node in onnx.load(model).graph.node)
