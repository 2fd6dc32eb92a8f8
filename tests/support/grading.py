"""Grades hand-made sheets: answers by cell or by whole quantity, on a problem as TOML or by name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence

import numpy as np
from students import Exercise, Student

from backprop_cli import parse_problem
from backprop_cli.files.problem_file import read_problem
from backprop_cli.grading.cell_result import CellResult
from backprop_cli.grading.grade import Options, grade
from backprop_cli.grading.report.report import BaseReport
from backprop_cli.grading.symbolic import grade_symbolic
from backprop_cli.plan.plan import make_plan
from backprop_cli.problem.problem import Problem
from backprop_cli.sheets.answers import Answers
from backprop_cli.values.cells import Lookup, cells_of

Texts = Mapping[str, "str | Sequence[str] | Sequence[Sequence[str]]"]


def problem_of(text: str) -> Problem:
    """A bundled problem by name, or the problem that a TOML text describes."""
    return parse_problem(text, "problem.toml", "problem") if "\n" in text else read_problem(text)


def spread(problem: Problem, texts: Texts) -> dict[str, str]:
    """Cells by name: a quantity's nested texts ([sample][unit], [unit][input]) taken apart."""
    lookup = Lookup(make_plan(problem))
    found: dict[str, str] = {}
    for name, given in texts.items():
        if isinstance(given, str):
            cell = lookup.find(name)
            assert cell is not None, name
            found[cell.name] = given
            continue
        step = lookup.quantity(name)
        assert step is not None, name
        flat = [text for row in given for text in ([row] if isinstance(row, str) else row)]
        found |= dict(zip([cell.name for cell in cells_of(lookup.plan, step)], flat, strict=True))
    return found


def graded(
    problem: str | Problem, *sheets: Texts, wholes: Texts | None = None, **options: object
) -> BaseReport:
    """The report on some sheets of one problem; `wholes` are formulas for whole quantities of one student."""
    problem = problem_of(problem) if isinstance(problem, str) else problem
    taken = [spread(problem, sheet) for sheet in sheets] or [{}]
    names = dict.fromkeys(name for sheet in taken for name in sheet)
    columns = {name: [sheet.get(name, "") for sheet in taken] for name in names}
    students = tuple(f"student {number}" for number in range(1, len(taken) + 1))
    answers = Answers(
        problem,
        make_plan(problem),
        students,
        students,
        columns,
        wholes={name: [str(text)] for name, text in (wholes or {}).items()},
    )
    work = grade_symbolic if problem.symbolic else grade
    return work(answers, Options(**options))


def results(report: BaseReport, student: int = 0, *, hint: bool = False) -> dict[str, CellResult]:
    """A student's graded cells by name."""
    return {result.cell: result for result in report.results(student, hint=hint)}


def verdicts(report: BaseReport, student: int = 0) -> dict[str, str]:
    """A student's verdicts by cell."""
    return {name: result.verdict for name, result in results(report, student).items()}


def codes(result: CellResult) -> set[str]:
    """The slip codes of a cell."""
    return set(result.slip)


def honest(problem: str, digits: int = 4, only: Sequence[str] = ()) -> dict[str, str]:
    """The answers of a student who carries full precision, worked out by NumPy alone (students.py)."""
    exercise = exercise_of(problem, digits)
    sheet = Student(exercise, by_hand=False).work()
    return texts_of(sheet, exercise, only)


def exercise_of(problem: str, digits: int) -> Exercise:
    """The exercise that a problem's TOML describes; every layer has weights and a bias."""
    read = tomllib.loads(problem)
    layers = read["layers"]
    return Exercise(
        [np.array(layer["weights"], dtype=float) for layer in layers],
        [np.array(layer["bias"], dtype=float) for layer in layers],
        [layer["activation"] for layer in layers],
        read["loss"],
        np.array(read["inputs"], dtype=float),
        np.array(read["targets"], dtype=float),
        digits,
        read["learning_rate"],
    )


def texts_of(sheet: Mapping[str, np.ndarray], exercise: Exercise, only: Sequence[str] = ()) -> dict[str, str]:
    """A simulated student's sheet as texts by cell."""
    found: dict[str, str] = {}
    for name, values in sheet.items():
        if only and name not in only:
            continue
        for position in np.ndindex(values.shape):
            one_sample = len(exercise.x) == 1 and name.partition(".")[2] in (
                "preactivation",
                "activation",
                "delta",
            )
            cell = position[1:] if one_sample else position
            inside = f"[{','.join(str(place + 1) for place in cell)}]" if cell else ""
            found[f"{name}{inside}"] = f"{values[position]:.{exercise.digits}f}"
    return found


# Mazur's worked example (2-2-2, sigmoid), and a batch of three on a 2-2-1 network of tanh and sigmoid.
MAZUR = """
inputs = [[0.05, 0.10]]
targets = [[0.01, 0.99]]
loss = "half_squared_error"
learning_rate = 0.5
digits = 4

[[layers]]
activation = "sigmoid"
weights = [[0.15, 0.20], [0.25, 0.30]]
bias = [0.35, 0.35]

[[layers]]
activation = "sigmoid"
weights = [[0.40, 0.45], [0.50, 0.55]]
bias = [0.60, 0.60]
"""
BATCH = """
inputs = [[0, 1], [1, 0], [1, 1]]
targets = [[1], [0], [1]]
loss = "half_squared_error"
learning_rate = 0.5
digits = 4

[[layers]]
activation = "tanh"
weights = [[0.5, -0.3], [0.8, 0.2]]
bias = [0.1, -0.2]

[[layers]]
activation = "sigmoid"
weights = [[0.7, -0.6]]
bias = [0.3]
"""
