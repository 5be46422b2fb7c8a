"""A rival's half of the conversation with `worker.py`."""

import json
import sys
import time


def serve(engine, batch, begin):
    """Says what the engine is, then measures for each line of seconds. `begin` gives a step to
    time, which handles `batch` images."""
    begin()()
    answer(engine=engine)
    for line in sys.stdin:
        step, count = begin(), 0
        start = time.perf_counter()
        while count == 0 or time.perf_counter() - start < float(line):
            step()
            count += batch
        seconds = time.perf_counter() - start
        answer(images_per_second=count / seconds, seconds=seconds, peak_bytes=peak_bytes())


def answer(**facts):
    print(json.dumps(facts), flush=True)


def peak_bytes():
    """Peak resident memory of this process, where the system tells."""
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None
