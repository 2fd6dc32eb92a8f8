"""Grading a class on one problem: answers as typed → a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..arithmetic import Array
from ..formula import Key
from ..problem import Phase, Problem
from ..steps import Plan
from .cells import Cell, Lookup, cells
from .conventions import habits, settle_conventions
from .diagnose import CellKey, diagnose
from .formulas import grade_formula
from .judge import Judgement, Kind, Verdict, Written, grading_plans, judge, keys
from .numbers import BLANK, FORMULA, INVALID, NUMBER, parse_cell, parse_columns
from .report import Report
from .words import Teller

Column = Sequence[str | None]  # a cell's answer of each student as typed; None: it was not asked
_KINDS = {NUMBER: Kind.NUMBER, BLANK: Kind.BLANK, INVALID: Kind.INVALID, FORMULA: Kind.INVALID}


@dataclass(frozen=True)
class Options:
    """How strictly to mark: credits by verdict, weights by role, points by cell; `complete` asks for every cell."""

    strict: bool = False
    complete: bool = False
    follows: float = 1.0
    rounded: float = 1.0
    weights: Mapping[str, float] = field(default_factory=dict)
    points: Mapping[str, float] = field(default_factory=dict)
    digits: Mapping[Phase, int] | None = None
    ascii: bool = False


def grade(
    problem: Problem,
    students: Sequence[str],
    sources: Sequence[str],
    columns: Mapping[str, Column],
    options: Options,
) -> Report:
    """Grade the answers of a class to a problem with numbers.

    `columns` has a list of answers for each cell, by the cell's name, one for each student.
    Raises InputError when the key itself cannot be worked out.
    """
    asked = frozenset(name.partition("[")[0].rpartition(".")[2] for name in columns)
    plans = grading_plans(problem, asked)
    plan = plans[0]
    found = cells(plan)
    if options.complete or not columns:
        blank: list[str | None] = [""] * len(students)
        required = {cell.name: columns.get(cell.name, blank) for cell in found if cell.step.written}
        columns = {**columns, **required}
    answers, formulas, reasons = _written(plan, found, columns, len(students))
    digits = options.digits or problem.digits
    traces = keys(problem)
    judgement = judge(problem, plans, traces, answers, len(students), digits, strict=options.strict)
    diagnoses = diagnose(judgement)
    conventions = {} if options.strict else settle_conventions(judgement, diagnoses)
    reasons |= _mark_formulas(judgement, formulas)
    verdicts = _flat(judgement, found)
    points = _points(found, options)
    return Report(
        judgement,
        found,
        students,
        sources,
        columns,
        diagnoses,
        conventions,
        habits(diagnoses),
        reasons,
        verdicts,
        _credits(judgement, found, verdicts, options),
        points,
        Teller(plan, ascii=options.ascii),
    )


def _written(
    plan: Plan, found: Sequence[Cell], columns: Mapping[str, Column], students: int
) -> tuple[dict[Key, Written], dict[CellKey, str], dict[CellKey, str]]:
    """The answers by step, the cells that hold formulas, and why others cannot be read."""
    shapes = {step.key: tuple(int(plan.problem.size(index)) for index in step.indices) for step in plan.steps}
    answers: dict[Key, Written] = {}
    formulas: dict[CellKey, str] = {}
    reasons: dict[CellKey, str] = {}
    for cell in found:
        column = columns.get(cell.name)
        if column is None:
            continue
        key = cell.step.key
        if key not in answers:
            shape = (students, *shapes[key])
            answers[key] = Written(
                np.zeros(shape), np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.uint8)
            )
        texts = [text or "" for text in column]
        values, decimals, kinds = parse_columns(texts)
        place = (slice(None), *cell.position)
        written = answers[key]
        written.values[place] = np.where(kinds == NUMBER, values, 0.0)
        written.decimals[place] = decimals
        table = np.zeros(4, dtype=np.uint8)
        for kind, meaning in _KINDS.items():
            table[kind] = meaning
        written.kinds[place] = table[kinds]
        if None in column:
            written.kinds[place][[text is None for text in column]] = Kind.NOT_ASKED
        for student in np.flatnonzero((kinds == FORMULA) | (kinds == INVALID)).tolist():
            if kinds[student] == FORMULA:
                formulas[student, key, cell.position] = texts[student]
            else:
                reasons[student, key, cell.position] = parse_cell(texts[student]).reason
    return answers, formulas, reasons


def _mark_formulas(judgement: Judgement, formulas: Mapping[CellKey, str]) -> dict[CellKey, str]:
    """Judge the cells that hold a formula, and say why the others are wrong."""
    reasons: dict[CellKey, str] = {}
    for (student, key, position), text in formulas.items():
        line = judgement.lines[key]
        result = grade_formula(judgement.plan, line.step, position, text)
        line.verdict[(student, *position)] = result.verdict
        if result.reason:
            reasons[student, key, position] = result.reason
    return reasons


def _flat(judgement: Judgement, found: Sequence[Cell]) -> np.ndarray:
    """The verdicts with one column for each cell."""
    columns = [judgement.lines[cell.step.key].verdict[(slice(None), *cell.position)] for cell in found]
    return np.stack(columns, axis=1) if columns else np.zeros((judgement.students, 0), dtype=np.uint8)


def _points(found: Sequence[Cell], options: Options) -> Array:
    """What each cell is worth."""
    worth = [options.points.get(cell.name, options.weights.get(_role(cell), 1.0)) for cell in found]
    return np.array(worth, dtype=np.float64)


def _role(cell: Cell) -> str:
    return cell.name.partition("[")[0].rpartition(".")[2]


def _credits(judgement: Judgement, found: Sequence[Cell], verdicts: np.ndarray, options: Options) -> Array:
    """1 for right, the options' credit for rounded and follows, nothing for what follows from a trivial slip."""
    table = np.zeros(len(Verdict))
    table[Verdict.CORRECT], table[Verdict.ROUNDED], table[Verdict.FOLLOWS] = 1.0, options.rounded, options.follows
    credits = table[verdicts]
    for place, cell in enumerate(found):
        line = judgement.lines[cell.step.key]
        free = line.trivial_above[(slice(None), *cell.position)] & (verdicts[:, place] == Verdict.FOLLOWS)
        credits[free, place] = 0.0
    return np.asarray(credits)
