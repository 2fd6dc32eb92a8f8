"""How long a class takes, beside reading its CSV with the standard library alone; and how much memory.

    python tests/benchmarks/check.py [RUNS [STUDENTS]]

10,000 students with 20 cells each, 40 % of them with a mistake of tests/students.py, some of them with a
number out of nowhere. Read, grade and write the grades, beside csv.reader and float for every cell, in one
run by turns. The exit status is 1 when the ratio of the medians is over its limit.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from grading import exercise_of, texts_of
from students import MISTAKES, Exercise, Sheet, Student, with_mistake

from backprop_cli.grading.grade import Options, grade
from backprop_cli.grading.report.gradebooks import grades_csv
from backprop_cli.grading.report.report import Report
from backprop_cli.sheets.answers import read_answers

AIM, LIMIT = 3.0, 10.0
PROBLEM = """
inputs = [[0.05, 0.10]]
targets = [[0.01]]
loss = "half_squared_error"
learning_rate = 0.5
digits = 4

[[layers]]
activation = "sigmoid"
weights = [[0.15, 0.20], [0.25, 0.30]]
bias = [0.35, 0.35]

[[layers]]
activation = "sigmoid"
weights = [[0.40, 0.45]]
bias = [0.60]
"""
UNASKED = ("2.new_weights", "1.new_weights", "1.new_bias")


def sheets(students: int, seed: int = 0) -> list[dict[str, str]]:
    """What a class writes: 60 % honest, by hand or with full precision, 40 % with one mistake."""
    rng = np.random.default_rng(seed)
    exercise = exercise_of(PROBLEM, 4)
    honest = [Student(exercise, by_hand=by_hand).work() for by_hand in (False, True)]
    lines = [name for name in honest[0] if name not in UNASKED]
    found = []
    for _ in range(students):
        by_hand = bool(rng.integers(2))
        sheet = honest[by_hand]
        if rng.random() < 0.4:
            sheet = spoilt(rng, exercise, lines, by_hand)
        found.append(texts_of(sheet, exercise, lines))
    return found


def spoilt(rng: np.random.Generator, exercise: Exercise, lines: list[str], by_hand: bool) -> Sheet:
    """A sheet with one mistake; one in ten has a number out of nowhere in its place."""
    while True:
        mistake = MISTAKES[int(rng.integers(len(MISTAKES)))]
        own = [line for line in lines if line.rpartition(".")[2] in mistake.roles]
        if not own:
            continue
        line = str(rng.choice(own))
        cell = int(rng.integers(4)) if rng.random() < 0.5 else None
        cell = (
            None if cell is None or cell >= np.size(Student(exercise, by_hand=by_hand).work()[line]) else cell
        )
        sheet = with_mistake(exercise, mistake, line, cell, by_hand)
        if sheet is None:
            continue
        if rng.random() < 0.1:
            return {**sheet, line: sheet[line] + rng.normal(size=np.shape(sheet[line]))}
        return sheet


def write_class(folder: Path, students: int) -> Path:
    """The problem and the class's CSV in a folder."""
    (folder / "problem.toml").write_text(PROBLEM, encoding="utf-8")
    answers = sheets(students)
    path = folder / f"class-{students}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("student", *answers[0]))
        writer.writerows((f"student {number}", *sheet.values()) for number, sheet in enumerate(answers))
    return path


def plainly(path: Path) -> int:
    """The least that any program does: csv.reader, and float for every cell."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        next(reader)
        return sum(len([float(cell) for cell in row[1:]]) for row in reader)


def ours(path: Path) -> tuple[Report, str]:
    """Read, grade, and write the grades."""
    (group,) = read_answers([path], [str(path.parent / "problem.toml")]).groups
    report = grade(group, Options())
    return report, grades_csv([report])


def clock(run: object, path: Path) -> float:
    start = time.perf_counter()
    run(path)
    return time.perf_counter() - start


def peak_beyond_report(path: Path) -> tuple[float, float]:
    """Bytes: the most that is held at once beyond the report, and the report with its grades."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = ours(path)
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return peak - after, after - before


def main() -> int:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    students = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    with tempfile.TemporaryDirectory() as name:
        path = write_class(Path(name), students)
        cells = plainly(path)
        report, _ = ours(path)
        slipped = len({student for student, _, _ in report.diagnoses})
        theirs, own = zip(*((clock(plainly, path), clock(ours, path)) for _ in range(runs)), strict=True)
        ratio = median(own) / median(theirs)
        print(f"{students} students, {cells} cells, {slipped} with a slip that has a name")
        plain, graded = median(theirs) * 1e3, median(own) * 1e3
        print(f"csv.reader and float {plain:.1f} ms, read, grade and write {graded:.1f} ms")
        print(f"{ratio:.1f} times (aim: {AIM:g}, at most {LIMIT:g})")
        beyond, kept = (size / students for size in peak_beyond_report(path))
        print(f"bytes for each student: {kept:.0f} of report kept, {beyond:.0f} more while grading")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    raise SystemExit(main())
