"""Grading a class on one problem: answers as typed → a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..formula.arithmetic import Array
from ..formula.tree import Key
from ..plan.steps import Plan
from ..problem.problem import Phase
from ..sheets.answers import Answers
from ..typed.numbers import BLANK, FORMULA, INVALID, NUMBER, parse_cell, parse_columns
from ..values.cells import Cell, cells, quantity_name, shape_of
from .faults import UNGRADED, Fault
from .formula_answers import mark_formulas
from .judge import Judgement, grading_plans, judge, keys
from .report.report import Report
from .report.words import Teller
from .slips.conventions import settle_conventions
from .slips.diagnose import CellKey, diagnose
from .verdicts import Kind, Verdict, Written, everyone, unasked

_KINDS = {NUMBER: Kind.NUMBER, BLANK: Kind.BLANK, INVALID: Kind.INVALID, FORMULA: Kind.INVALID}


@dataclass(frozen=True)
class Options:
    """How strictly to mark: credits by verdict, weights by role, points by cell; `complete` asks for every
    cell.
    """

    strict: bool = False
    complete: bool = False
    follows: float = 1.0
    rounded: float = 1.0
    weights: Mapping[str, float] = field(default_factory=dict)
    points: Mapping[str, float] = field(default_factory=dict)
    digits: Mapping[Phase, int] | None = None
    ascii: bool = False


def grade(answers: Answers, options: Options) -> Report:
    """Grade what a class handed in for a problem with numbers.

    Where a student's answers bring about a fault of ours, the others are graded without them and the report
    tells it. Raises InputError when the key itself cannot be worked out.
    """
    try:
        return _graded(answers, options)
    except InputError:
        raise
    except Exception:  # of whatever kind: whose answers are it, and what of the others?
        faults = [fault for one in range(len(answers.students)) if (fault := _alone(answers, one, options))]
        if not 0 < len(faults) < len(answers.students):
            raise
        failed = {fault.source for fault in faults}
        rest = [one for one, source in enumerate(answers.sources) if source not in failed]
        report = _graded(answers.part(rest), options)
        report.faults.extend(faults)
        return report


def _alone(answers: Answers, student: int, options: Options) -> Fault | None:
    """What goes wrong when one student is graded alone, if anything does."""
    try:
        _graded(answers.part([student]), options)
    except Exception as error:  # of whatever kind, as it is about to be told
        return Fault(answers.sources[student], "", error)
    return None


def _graded(answers: Answers, options: Options) -> Report:
    problem, students = answers.problem, answers.students
    columns = dict(answers.columns)
    named = frozenset(name.partition("[")[0].rpartition(".")[2] for name in columns)
    plans = grading_plans(problem, named)
    found = cells(plans[0])
    if options.complete or not (columns or answers.wholes):
        blank = [""] * len(students)
        columns = {cell.name: columns.get(cell.name, blank) for cell in found if cell.step.written} | columns
    written, formulas, reasons = _written(plans[0], found, columns, answers.asked, options, len(students))
    for name in answers.wholes:
        for cell in found:
            if quantity_name(plans[0], cell.step) == name and cell.step.key not in written:
                written[cell.step.key] = unasked((len(students), *(shape_of(plans[0], cell.step) or ())))
    digits = options.digits or problem.digits
    judgement = judge(problem, plans, keys(problem), written, len(students), digits, strict=options.strict)
    faults: list[Fault] = []
    diagnoses = diagnose(judgement, faults)
    conventions = {} if options.strict else settle_conventions(judgement, diagnoses)
    reasons |= mark_formulas(judgement, formulas, answers.wholes, found, diagnoses, answers.sources, faults)
    found = tuple(cell for cell in found if cell.step.key in judgement.lines)
    verdicts = _flat(judgement, found)
    return Report(
        problem=problem,
        cells=found,
        students=students,
        sources=answers.sources,
        texts=columns | _spread(answers, plans[0], found),
        diagnoses=diagnoses,
        reasons=reasons,
        verdicts=verdicts,
        credits=_credits(judgement, found, verdicts, options),
        points=_points(found, options),
        teller=Teller(plans[0], ascii=options.ascii),
        judgement=judgement,
        conventions=conventions,
        faults=faults,
    )


def _spread(answers: Answers, plan: Plan, found: Sequence[Cell]) -> dict[str, list[str]]:
    """A formula for a whole quantity as the answer to each of its cells."""
    return {
        cell.name: answers.wholes[quantity_name(plan, cell.step)]
        for cell in found
        if quantity_name(plan, cell.step) in answers.wholes and cell.name not in answers.columns
    }


def _written(
    plan: Plan,
    found: Sequence[Cell],
    columns: Mapping[str, Sequence[str]],
    asked: Mapping[str, NDArray[np.bool_]],
    options: Options,
    students: int,
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
        values, decimals, kinds = _read(column)
        place = everyone(cell.position)
        written = answers[key]
        written.values[place] = np.where(kinds == NUMBER, values, 0.0)
        written.decimals[place] = decimals
        table = np.zeros(4, dtype=np.uint8)
        for kind, meaning in _KINDS.items():
            table[kind] = meaning
        written.kinds[place] = table[kinds]
        left_out = asked.get(cell.name)
        if left_out is not None and not options.complete:
            written.kinds[place][~left_out] = Kind.NOT_ASKED
        for student in np.flatnonzero((kinds == FORMULA) | (kinds == INVALID)).tolist():
            if kinds[student] == FORMULA:
                formulas[student, key, cell.position] = column[student]
            else:
                reasons[student, key, cell.position] = _why(column[student])
    return answers, formulas, reasons


def _read(column: Sequence[str]) -> tuple[Array, NDArray[np.int16], NDArray[np.int8]]:
    """A column's numbers, decimals and kinds; an answer that brings about a fault of ours is unreadable."""
    try:
        return parse_columns(list(column))
    except Exception:  # of whatever kind: each answer is then read by itself
        parts = [_read_one(text) for text in column]
        values, decimals, kinds = (np.concatenate(part) for part in zip(*parts, strict=True))
        return values, decimals, kinds


def _read_one(text: str) -> tuple[Array, NDArray[np.int16], NDArray[np.int8]]:
    try:
        return parse_columns([text])
    except Exception:  # of whatever kind: it is told as unreadable
        return np.zeros(1), np.zeros(1, dtype=np.int16), np.full(1, INVALID, dtype=np.int8)


def _why(text: str) -> str:
    """Why an answer cannot be read."""
    try:
        return parse_cell(text).reason
    except Exception:  # of whatever kind: the fault is ours
        return UNGRADED


def _flat(judgement: Judgement, found: Sequence[Cell]) -> np.ndarray:
    """The verdicts with one column for each cell."""
    columns = [judgement.lines[cell.step.key].verdict[everyone(cell.position)] for cell in found]
    return np.stack(columns, axis=1) if columns else np.zeros((judgement.students, 0), dtype=np.uint8)


def _points(found: Sequence[Cell], options: Options) -> Array:
    """What each cell is worth."""
    worth = [options.points.get(cell.name, options.weights.get(_role(cell), 1.0)) for cell in found]
    return np.array(worth, dtype=np.float64)


def _role(cell: Cell) -> str:
    return cell.name.partition("[")[0].rpartition(".")[2]


def _credits(judgement: Judgement, found: Sequence[Cell], verdicts: np.ndarray, options: Options) -> Array:
    """1 for right, the options' credit for rounded and follows, nothing for what follows from a trivial
    slip.
    """
    table = np.zeros(len(Verdict))
    table[Verdict.CORRECT], table[Verdict.ROUNDED], table[Verdict.FOLLOWS] = (
        1.0,
        options.rounded,
        options.follows,
    )
    credits = table[verdicts]
    for place, cell in enumerate(found):
        line = judgement.lines[cell.step.key]
        free = line.trivial_above[everyone(cell.position)] & (verdicts[:, place] == Verdict.FOLLOWS)
        credits[free, place] = 0.0
    return np.asarray(credits)
