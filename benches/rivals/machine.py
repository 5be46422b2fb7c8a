"""What the figures were measured on."""

import os
import platform

# How each side is kept from instructions beyond AVX2. onnxruntime has no such switch.
AVX2_ONLY = dict(
    EDGEFRONT_KERNELS="avx2",
    ATEN_CPU_CAPABILITY="avx2",
    ONEDNN_MAX_CPU_ISA="AVX2",
    MKL_ENABLE_INSTRUCTIONS="AVX2",
)


def environment(isa):
    """Variables of every worker: one thread unless a worker is told otherwise."""
    return dict(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1") | (AVX2_ONLY if isa == "avx2" else {})


def cores():
    return sorted(os.sched_getaffinity(0))


def processor():
    try:
        with open("/proc/cpuinfo") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"
