"""onnxruntime's side: runs a model for as long as it is told.

usage: onnx_worker.py MODEL.onnx BATCH THREADS
"""

import sys

import numpy
import onnxruntime

from serve import serve


def main():
    model, batch, threads = sys.argv[1:]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    images = numpy.random.default_rng(1).random((int(batch), 7, 100, 100), dtype=numpy.float32)

    def step():
        return session.run(["logits"], {"input": images})

    serve(f"onnxruntime {onnxruntime.__version__}", int(batch), lambda: step)


main()
