"""The tables, one function each: who takes part, and what is compared with what.

Each gives Markdown and the figures behind it.
"""

import os
import subprocess
import tempfile

import worker
from rounds import Contender, best, play, ratio, spread

BATCH = 16
VARIANTS = dict(
    eager=(),
    channels_last=("channels_last",),
    eager_fused=("fused",),
    channels_last_fused=("channels_last", "fused"),
)


def single(name, command, cores):
    return Contender(name, [command], [cores[:1]])


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def times(contender, other):
    low, high = spread(contender, other)
    return f"{ratio(contender, other):.2f} ({low:.2f} to {high:.2f})"


def figures(contenders):
    return {c.name: dict(rates=c.rates, peak_bytes=c.peak_bytes, **c.facts) for c in contenders}


def training(setup):
    """One thread, forward, backward and Adam; and the memory that these processes took."""
    speed, memory, raw = [], [], {}
    for configuration in setup.configurations:
        ours = single("edgefront", worker.ours(setup.binary, "train", configuration, BATCH), setup.cores)
        rivals = [single(name, worker.pytorch("train", configuration, BATCH, *options), setup.cores)
                  for name, options in VARIANTS.items()]
        play([ours, *rivals], setup.rounds, setup.seconds, setup.environment)
        speed.append([configuration, f"{ours.median:.1f}", *(f"{rival.median:.1f}" for rival in rivals),
                      times(ours, rivals[1]), times(ours, best(rivals))])
        if ours.peak_bytes and rivals[1].peak_bytes:
            taken = ours.peak_bytes - ours.facts["bytes_before"]
            predicted = ours.facts["predicted_bytes"]
            least = min(rival.peak_bytes for rival in rivals)
            memory.append([configuration, *(f"{n / 1e6:.0f}" for n in (ours.peak_bytes, taken, predicted)),
                           f"{predicted / taken - 1:+.1%}", f"{rivals[1].peak_bytes / 1e6:.0f}",
                           f"{ours.peak_bytes / rivals[1].peak_bytes:.2f}", f"{ours.peak_bytes / least:.2f}"])
        raw[configuration] = figures([ours, *rivals])
    names = [name.replace("_fused", ", fused Adam") for name in VARIANTS]
    text = table(["images/s", "edgefront", *names, "to channels_last", "to the best"], speed)
    if memory:
        head = ["peak MB", "edgefront", "of it training", "predicted", "error", "channels_last", "ratio",
                "to the least of PyTorch's"]
        text += "\n\n" + table(head, memory)
    return text, raw


def pairs(setup):
    """Two trainings side by side, each on a core of its own."""
    rows, raw = [], {}
    for configuration in setup.configurations:
        def pair(name, command):
            return Contender(name, [command] * 2, [setup.cores[:1], setup.cores[1:2]])
        ours = pair("edgefront", worker.ours(setup.binary, "train", configuration, BATCH))
        rivals = [pair(name, worker.pytorch("train", configuration, BATCH, *options))
                  for name, options in VARIANTS.items() if name.startswith("channels_last")]
        play([ours, *rivals], setup.rounds, setup.seconds, setup.environment)
        rows.append([configuration, *(f"{c.median:.1f}" for c in [ours, *rivals]),
                     times(ours, rivals[0]), times(ours, best(rivals))])
        raw[configuration] = figures([ours, *rivals])
    head = ["images/s of both", "edgefront", "channels_last", "channels_last, fused Adam",
            "to channels_last", "to the best"]
    return table(head, rows), raw


def threads(setup):
    """One training on two threads, against one."""
    rows, raw = [], {}
    for configuration in setup.configurations:
        one, two = (
            Contender(f"{count} threads", [worker.ours(setup.binary, "train", configuration, BATCH, count)],
                      [setup.cores[:count]])
            for count in (1, 2))
        try:
            play([one, two], setup.rounds, setup.seconds, setup.environment)
        except worker.Refused as refusal:
            return f"Not measured: {refusal}", raw
        rows.append([configuration, f"{one.median:.1f}", f"{two.median:.1f}", times(two, one)])
        raw[configuration] = figures([one, two])
    return table(["images/s", "one thread", "two threads", "ratio"], rows), raw


def inference(setup):
    """One thread, one image and 32 at a time, batch norm as each engine has it; onnxruntime runs our
    folded ONNX file."""
    rows, raw = [], {}
    limited = " (not limited to AVX2)" if setup.isa == "avx2" else ""
    for configuration in setup.configurations:
        with tempfile.NamedTemporaryFile(suffix=".onnx") as model:
            subprocess.run([setup.binary, "onnx", configuration], stdout=model, check=True)
            for batch in (1, 32):
                contenders = [
                    single("edgefront", worker.ours(setup.binary, "infer", configuration, batch), setup.cores),
                    single("channels_last", worker.pytorch("infer", configuration, batch, "channels_last"),
                           setup.cores),
                    single("onnxruntime", worker.onnxruntime(model.name, batch), setup.cores),
                ]
                play(contenders, setup.rounds, setup.seconds, setup.environment)
                ours, *rivals = contenders
                rows.append([f"{configuration}, batch {batch}", *(f"{c.median:.1f}" for c in contenders),
                             *(times(ours, rival) for rival in rivals)])
                raw[f"{configuration} {batch}"] = figures(contenders)
    head = ["images/s", "edgefront", "channels_last", f"onnxruntime{limited}", "to channels_last",
            "to onnxruntime"]
    return table(head, rows), raw


def layers(setup):
    """Each convolution against the peak of multiply-adds, measured in the same process."""
    command = [setup.binary, "layers", *setup.configurations, "--batch", str(BATCH),
               "--seconds", str(min(setup.seconds, 1.0))]
    output = subprocess.run(
        command, check=True, text=True, stdout=subprocess.PIPE, env=os.environ | setup.environment,
        preexec_fn=lambda: os.sched_setaffinity(0, setup.cores[:1]))
    return output.stdout.strip(), {}


SECTIONS = dict(training=training, pairs=pairs, threads=threads, inference=inference, layers=layers)
