"""How many formulas of each style are judged as they should: a table, before a change and after it.

    python tests/scripts/formula_styles.py [FILE.jsonl …] [--before FOLDER]

Each line of a file is {"style", "problem", "cell", "text", "expected": "right" or "wrong"}; without files the
suite's own are taken. FOLDER is a checkout of an earlier version, run over the same lines.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parents[2]
CASES = HERE / "tests" / "cases" / "formulas" / "typed.jsonl"
Case = Mapping[str, str]


def judged_rightly(cases: Sequence[Case], folder: Path) -> Counter[str]:
    """Style → how many formulas are judged as they should by the package in a folder."""
    found: Counter[str] = Counter()
    by_problem: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_problem[case["problem"]].append(case)
    for problem, own in by_problem.items():
        with tempfile.TemporaryDirectory() as work:
            table = Path(work) / "answers.csv"
            with table.open("w", newline="", encoding="utf-8") as file:
                rows = csv.writer(file)
                rows.writerow(("student", "cell", "value"))
                rows.writerows((f"s{place}", case["cell"], case["text"]) for place, case in enumerate(own))
            command = [sys.executable, "-m", "backprop_cli", "check", str(table), "--problem", problem]
            environment = {**os.environ, "PYTHONPATH": str(folder)}
            ran = subprocess.run(
                [*command, "--format", "json"], cwd=work, env=environment, capture_output=True, check=False
            )
        for result in json.loads(ran.stdout)["results"]:
            case = own[int(result["student"][1:])]
            verdicts = {cell["verdict"] for cell in result["cells"] if cell["answer"]}
            right = bool(verdicts) and verdicts <= {"correct", "rounded"}
            found[case["style"]] += right == (case["expected"] == "right")
    return found


def table(cases: Sequence[Case], counts: Mapping[str, Counter[str]]) -> str:
    """The counts as a Markdown table, a column for each version."""
    styles = Counter(case["style"] for case in cases)
    lines = [
        f"| style | formulas | {' | '.join(counts)} |",
        f"| --- | ---: |{' ---: |' * len(counts)}",
    ]
    for style, number in sorted(styles.items()):
        lines.append(f"| {style} | {number} | {' | '.join(str(own[style]) for own in counts.values())} |")
    sums = " | ".join(str(own.total()) for own in counts.values())
    return "\n".join((*lines, f"| all | {styles.total()} | {sums} |"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, default=[CASES])
    parser.add_argument("--before", type=Path)
    chosen = parser.parse_args()
    cases = [
        json.loads(line) for file in chosen.files for line in file.read_text(encoding="utf-8").splitlines()
    ]
    counts = {"before": judged_rightly(cases, chosen.before)} if chosen.before else {}
    print(table(cases, {**counts, "now": judged_rightly(cases, HERE)}))


if __name__ == "__main__":
    main()
