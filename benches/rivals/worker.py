"""A process that measures when it is told to."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent


class Refused(Exception):
    """A worker ended instead of answering; says what it said."""


class Worker:
    """A worker on cores of its own. `facts` is what it said of itself."""

    def __init__(self, command, cores, environment):
        self.complaints = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen(
            [str(word) for word in command], text=True, env=os.environ | environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.complaints,
            preexec_fn=lambda: os.sched_setaffinity(0, cores))
        self.facts = self.answer()

    def ask(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.complaints.seek(0)
            raise Refused((self.complaints.read().strip().splitlines() or ["no answer"])[-1])
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def ours(binary, kind, configuration, batch, threads=1):
    return [binary, "worker", kind, configuration, "--batch", batch, "--threads", threads]


def pytorch(kind, configuration, batch, *options):
    return [sys.executable, "-B", HERE / "torch_worker.py", kind, configuration, batch, 1, *options]


def onnxruntime(model, batch):
    return [sys.executable, "-B", HERE / "onnx_worker.py", model, batch, 1]
