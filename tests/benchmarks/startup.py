"""How much the tool adds to the start of what it is built on.

    python tests/benchmarks/startup.py [RUNS]

Each command of the tool is set against a bare Python that imports the same libraries, as whole
processes. The runs are interleaved, so a busy moment of the machine falls on all alike; the ratio is
that of the medians. CPU time (user and system) is judged, as the steadier of the two on a shared
machine; the time by the clock is printed beside it. The exit status is 1 when a ratio is over its aim.

NumPy's linear algebra is held to one thread in all of them: idle threads that wait for work take CPU
time of their own, on both sides of the ratio, and would hide what the tool adds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

AIM = 1.25
SCRIPT = Path(sys.executable).parent / "backprop"
BACKPROP = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "backprop_cli"]

# The libraries were compiled when they were installed; our own modules must be allowed to keep theirs.
INHERITED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
ENVIRONMENT = {**INHERITED, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

PAIRS = [
    (
        "backprop solve w3wi-ds304",
        [*BACKPROP, "solve", "w3wi-ds304"],
        [sys.executable, "-c", "import numpy, typer, rich.console, rich.table, tomllib"],
    ),
    (
        "backprop --help",
        [*BACKPROP, "--help"],
        [sys.executable, "-c", "import typer, rich.console"],
    ),
]


def measure(command: list[str]) -> tuple[float, float]:
    """Run one process to its end; give back its CPU time and its time by the clock, in seconds."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    clock = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"exit status {process.returncode} from: {' '.join(command)}")
    return usage.ru_utime + usage.ru_stime, clock


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure how long the tool takes to start.")
    parser.add_argument("runs", nargs="?", type=int, default=15, help="runs of each command (default: 15)")
    runs = parser.parse_args().runs
    if runs < 1:
        parser.error("at least one run is needed")

    commands = [command for _, tool, bare in PAIRS for command in (tool, bare)]
    for command in commands:  # once without measuring: bytecode gets written, files get cached
        measure(command)
    times: list[list[tuple[float, float]]] = [[] for _ in commands]
    for _ in range(runs):
        for command, taken in zip(commands, times, strict=True):
            taken.append(measure(command))

    over = False
    for index, (label, _, bare) in enumerate(PAIRS):
        ours, theirs = times[2 * index], times[2 * index + 1]
        print(f'{label}, against python -c "{bare[-1]}" (medians of {runs}):')
        for kind, name in enumerate(("CPU time", "by the clock")):
            mine, base = (median(taken[kind] for taken in both) for both in (ours, theirs))
            ratio = mine / base
            verdict = ""
            if kind == 0:
                within = ratio <= AIM
                over = over or not within
                verdict = f"  (aim: at most {AIM}) {'ok' if within else 'OVER'}"
            print(f"  {name:<13}{mine * 1000:7.1f} ms / {base * 1000:6.1f} ms = {ratio:.3f}{verdict}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
