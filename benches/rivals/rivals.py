"""Measures the engine and its rivals in one run, taking turns: see README.md here.

Markdown goes to standard output, progress to standard error.
"""

import argparse
import datetime
import json
import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass

import machine
from sections import SECTIONS

ROOT = pathlib.Path(__file__).parents[2]


@dataclass
class Setup:
    binary: str
    configurations: list
    rounds: int
    seconds: float
    isa: str
    cores: list
    environment: dict


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(SECTIONS), help="tables, separated by commas [%(default)s]")
    parser.add_argument("--configurations", default="A,B,C")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=5.0, help="of one measurement")
    parser.add_argument("--isa", choices=["best", "avx2"], default="best", help="limit all sides to AVX2")
    parser.add_argument("--binary", help="the built example `throughput` [cargo builds it]")
    parser.add_argument("--json", metavar="FILE", help="write every figure")
    parser.add_argument("--into", metavar="FILE", help="replace the tables of this Markdown file")
    options = parser.parse_args()
    options.only = options.only.split(",")
    unknown = set(options.only) - set(SECTIONS)
    if unknown:
        parser.error(f"{', '.join(unknown)}: expected tables from {', '.join(SECTIONS)}")
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds and --seconds must be above zero")
    if options.into:
        text = pathlib.Path(options.into).read_text()
        missing = [name for name in [*options.only, "machine"] if len(marked(name).findall(text)) != 1]
        if missing:
            parser.error(f"{options.into}: expected one place marked for each of {', '.join(missing)}")
    if len(machine.cores()) < 2 and {"pairs", "threads"} & set(options.only):
        parser.error("the tables pairs and threads need two cores")
    return options


def build():
    """The path of our side's program."""
    command = ["cargo", "build", "--release", "--locked", "-p", "edgefront-engine",
               "--example", "throughput", "--message-format", "json"]
    output = subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE)
    messages = [json.loads(line) for line in output.stdout.splitlines()]
    return next(m["executable"] for m in reversed(messages) if m.get("executable"))


def marked(name):
    """What stands between the marks `<!-- NAME -->` and `<!-- /NAME -->` of a Markdown file."""
    return re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)


def replace(file, name, text):
    path = pathlib.Path(file)
    path.write_text(marked(name).sub(lambda found: f"{found[1]}{text}\n{found[2]}", path.read_text()))


def main():
    options = arguments()
    cores = machine.cores()
    setup = Setup(options.binary or build(), options.configurations.split(","), options.rounds,
                  options.seconds, options.isa, cores, machine.environment(options.isa))
    results, engines = {}, set()
    for name in options.only:
        print(f"{name} ...", file=sys.stderr, flush=True)
        text, figures = SECTIONS[name](setup)
        results[name] = figures
        for contenders in figures.values():
            engines |= {facts["engine"] for facts in contenders.values()}
        print(f"### {name}\n\n{text}\n", flush=True)
        if options.into:
            replace(options.into, name, text)
    isa = "limited to AVX2" if options.isa == "avx2" else "with all their instructions"
    about = (f"{datetime.date.today()}, {machine.processor()}, {len(cores)} cores, engines {isa}, "
             f"{options.rounds} rounds of {options.seconds:g} s: {'; '.join(sorted(engines))}.")
    print(f"### machine\n\n{about}")
    if options.into:
        replace(options.into, "machine", about)
    if options.json:
        record = dict(machine=about, isa=options.isa, rounds=options.rounds, seconds=options.seconds,
                      sections=results)
        pathlib.Path(options.json).write_text(json.dumps(record, indent=1) + "\n")


main()
