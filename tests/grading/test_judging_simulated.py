"""Honest students are never marked wrong; one mistake is found where it was made, and named."""

from __future__ import annotations

from collections import Counter

import numpy as np
from students import MISTAKES, Exercise, Sheet, Student, any_exercise, with_mistake

from backprop_cli import parse_problem
from backprop_cli.grading.grade import Options, grade
from backprop_cli.grading.report.report import Report
from backprop_cli.grading.verdicts import Verdict
from backprop_cli.plan.plan import make_plan
from backprop_cli.sheets.answers import Answers

HONEST, SPOILT = 50, 100


def graded(exercise: Exercise, sheets: list[Sheet]) -> Report:
    """The report on some sheets of one exercise."""
    problem = parse_problem(exercise.toml(), "exercise.toml", "exercise")
    columns: dict[str, list[str]] = {}
    for name in sheets[0]:
        for position in np.ndindex(sheets[0][name].shape):
            cell = position
            if len(exercise.x) == 1 and name.partition(".")[2] in ("preactivation", "activation", "delta"):
                cell = position[1:]
            inside = f"[{','.join(str(place + 1) for place in cell)}]" if cell else ""
            texts = [f"{sheet[name][position]:.{exercise.digits}f}" for sheet in sheets]
            columns[f"{name}{inside}"] = texts
    students = tuple(str(place) for place in range(len(sheets)))
    return grade(Answers(problem, make_plan(problem), students, students, columns), Options())


def test_no_honest_student_has_a_slip_whether_carrying_or_rounding_each_line() -> None:
    for seed in range(HONEST):
        exercise = any_exercise(np.random.default_rng(seed))
        sheets = [Student(exercise, by_hand=by_hand).work() for by_hand in (False, True)]
        report = graded(exercise, sheets)
        wrong = ~np.isin(report.verdicts, (Verdict.CORRECT, Verdict.ROUNDED, Verdict.NONE))
        cells = [(report.cells[place].name, student) for student, place in np.argwhere(wrong)]
        assert not cells, f"seed {seed}: honest answers marked wrong: {cells}"


def spoilt_sheets() -> list[tuple[int, str, str, Exercise, Sheet, set[str]]]:
    """(seed, mistake, line, exercise, sheet, the cells that came out visibly wrong)."""
    found = []
    seed = 0
    while len(found) < SPOILT:
        seed += 1
        rng = np.random.default_rng(10_000 + seed)
        exercise = any_exercise(rng)
        mistake = MISTAKES[seed % len(MISTAKES)]
        by_hand = bool(rng.integers(2))
        honest = Student(exercise, by_hand=by_hand).work()
        lines = [line for line in honest if line.rpartition(".")[2] in mistake.roles]
        line = str(rng.choice(lines))
        cell = int(rng.integers(honest[line].size)) if rng.random() < 0.5 else None
        sheet = with_mistake(exercise, mistake, line, cell, by_hand)
        if sheet is None:
            continue
        effect = np.abs(sheet[line] - honest[line])
        visible = effect > 20 * 10.0**-exercise.digits
        if not visible.any():
            continue
        # Cells that the mistake left within a few units are not wrong enough to be held against anyone.
        cells = {f"{line}{position}" for position in map(tuple, np.argwhere(visible).tolist())}
        found.append((seed, mistake.name, line, exercise, sheet, cells))
    return found


def test_one_mistake_is_found_at_its_line_and_named() -> None:
    wanted = {mistake.name: mistake.codes for mistake in MISTAKES}
    located, named, confusion = 0, 0, Counter[tuple[str, str]]()
    elsewhere: list[str] = []
    sheets = spoilt_sheets()
    for seed, mistake, line, exercise, sheet, cells in sheets:
        report = graded(exercise, [sheet])
        slips = list(np.flatnonzero(report.verdicts[0] == Verdict.SLIP).tolist())
        lines = {report.cells[place].name.partition("[")[0] for place in slips}
        found = {
            f"{line}{report.cells[place].position}"
            for place in slips
            if report.cells[place].name.partition("[")[0] == line
        }
        if lines == {line} and cells <= found:
            located += 1
        else:
            elsewhere.append(f"seed {seed}: {mistake} on {line}: slips on {lines or 'nothing'}")
        codes = {code for place in slips for code in (report.diagnosis(0, place) or _NOTHING).codes}
        right = bool(codes & wanted[mistake])
        named += right
        confusion[mistake, mistake if right else ", ".join(sorted(codes)) or "unnamed"] += 1
    table = "\n".join(f"{a:22} → {b}: {n}" for (a, b), n in sorted(confusion.items()))
    assert located >= 0.99 * len(sheets), "\n".join(elsewhere)
    assert named >= 0.95 * len(sheets), table


class _Nothing:
    codes: tuple[str, ...] = ()


_NOTHING = _Nothing()
