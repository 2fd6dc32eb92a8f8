"""Solve every problem in problems/ with the installed `backprop`, in each form and each rounding.

One line is printed for each problem, then a closing line; the exit status is 1 when anything failed
or when there was no problem to solve.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BACKPROP = Path(sys.executable).parent / "backprop"
WIDTH = 80
SCHEMAS = ("backprop.solution/1", "backprop.values/1")  # of a network, of equations
ROUNDINGS = ("carry", "each-step")


def solve(*arguments: str) -> tuple[bytes, list[str]]:
    """Run `backprop solve`; give back what it printed and what is wrong with how it ran."""
    environment = {**os.environ, "COLUMNS": str(WIDTH), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [str(BACKPROP), "solve", *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True
    )
    errors = done.stderr.decode("utf-8", "replace")
    faults = []
    if done.returncode != 0:
        faults.append(f"exit status {done.returncode}: {errors.strip()}")
    elif "Traceback" in errors:
        faults.append(f"a traceback on standard error: {errors.strip()}")
    elif not done.stdout.strip():
        faults.append("printed nothing")
    return done.stdout, faults


def faults_of_json(output: bytes) -> list[str]:
    try:
        solution = json.loads(output)
    except ValueError as error:
        return [f"the JSON does not parse: {error}"]
    schema = solution.get("schema") if isinstance(solution, dict) else None
    return [] if schema in SCHEMAS else [f"the schema is {schema!r}, not one of {SCHEMAS}"]


def faults_of_ascii(output: bytes) -> list[str]:
    faults = []
    for number, line in enumerate(output.decode("utf-8", "replace").splitlines(), start=1):
        if not line.isascii():
            faults.append(f"line {number} is not pure ASCII: {line!r}")
        if len(line) > WIDTH:
            faults.append(f"line {number} is {len(line)} characters wide, over {WIDTH}: {line!r}")
    return faults


def try_example(folder: Path) -> tuple[str, list[str]]:
    """Solve one problem in all its forms; give back a word on it and what went wrong."""
    name = folder.name
    try:
        problem = tomllib.loads((folder / "problem.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return "unreadable", [f"problem.toml: {error}"]
    symbolic = "inputs" not in problem and "equations" not in problem
    # A problem without numbers is given some where the form asks for them.
    values = ["--values", "random", "--seed", "7"] if symbolic else []
    forms = ([], [*values, "--format", "json"], ["--ascii"])
    found = []
    for rounding in ROUNDINGS:
        for form in forms:
            arguments = [name, *form, "--rounding", rounding]
            output, faults = solve(*arguments)
            if not faults and "json" in form:
                faults = faults_of_json(output)
            if not faults and "--ascii" in form:
                faults = faults_of_ascii(output)
            found += [f"backprop solve {' '.join(arguments)}: {fault}" for fault in faults]
    runs = len(ROUNDINGS) * len(forms)
    return f"{'symbolic' if symbolic else 'with numbers'}, {runs} runs", found


def main() -> int:
    if not BACKPROP.exists():
        print(f"examples: there is no {BACKPROP}; install the tool first")
        return 1
    folders = sorted(path for path in (ROOT / "problems").glob("*") if path.is_dir())
    if not folders:
        print("examples: there are no problems in problems/ to solve")
        return 1
    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for folder, (word, faults) in zip(folders, pool.map(try_example, folders), strict=True):
            print(f"{'FAILED' if faults else 'ok':<6} {folder.name} ({word})", flush=True)
            for fault in faults:
                print(f"       {fault}")
            failed += bool(faults)
    print(f"examples: {len(folders) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
