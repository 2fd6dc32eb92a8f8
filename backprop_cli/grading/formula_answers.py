"""Cells and whole quantities answered by a formula: right, or which edit of ours it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from ..documents.symbols import Symbols
from ..formula.tree import Formula, Shifted, refs, substitute
from ..plan.plan import make_plan
from ..plan.questions import LOCAL, is_question
from ..plan.steps import Plan, Step
from ..problem.equations import given_by_equations
from ..problem.problem import Problem
from ..typed.around_numbers import is_blank
from ..values.cell_plan import is_cell_plan
from ..values.cells import Cell, quantity_name
from ..values.trace import cell_name, first_positions
from .equation_formulas import grade_equation_formula
from .faults import UNGRADED, Fault
from .formula_repairs import pinned, repair
from .formulas import FormulaGrade, Point, grade_formula, reading, value_at_random_points
from .judge import Judgement
from .question_answers import grade_question, subject
from .slips.changes import Change, Edit
from .slips.diagnose import CellKey, Diagnosis
from .slips.edits import edits
from .verdicts import Verdict

Position = tuple[int, ...] | None
MOST_REPAIRED = 200  # formulas of one problem: each takes some hundred evaluations
_SIGNALS = ("activation_gradient", "delta", "descent_delta")


def mark_formulas(
    judgement: Judgement,
    formulas: Mapping[CellKey, str],
    wholes: Mapping[str, Sequence[str]],
    found: Sequence[Cell],
    diagnoses: dict[CellKey, Diagnosis],
    sources: Sequence[str],
    faults: list[Fault],
) -> dict[CellKey, str]:
    """Judge what is answered by a formula; return why the unreadable ones are.

    A formula for a whole quantity is the answer to each of its cells. What cannot be judged through a fault
    of ours is unreadable, and the others are judged.
    """
    reasons: dict[CellKey, str] = {}
    answers: list[tuple[CellKey, Position, str]] = [
        ((student, key, position), position, text) for (student, key, position), text in formulas.items()
    ]
    for name, texts in wholes.items():
        own = [cell for cell in found if quantity_name(judgement.plan, cell.step) == name]
        answers += [
            ((student, cell.step.key, cell.position), None, text)
            for student, text in enumerate(texts)
            if not is_blank(text)
            for cell in own
        ]
    for cell, position, text in answers:
        line = judgement.lines[cell[1]]
        try:
            grade, diagnosis = judge_formula(judgement.plan, line.step, position, text)
        except Exception as error:  # of whatever kind: the other answers are judged all the same
            line.verdict[(cell[0], *cell[2])] = Verdict.INVALID
            reasons[cell] = UNGRADED
            name = cell_name(judgement.problem, line.step, cell[2])
            faults.append(Fault(sources[cell[0]], name, error))
            continue
        if grade.ok and not accepts_formulas(judgement.problem):
            line.verdict[(cell[0], *cell[2])] = Verdict.INVALID
            reasons[cell] = NUMBER_ASKED
            continue
        line.verdict[(cell[0], *cell[2])] = grade.verdict
        if diagnosis:
            diagnoses[cell] = diagnosis
        elif not grade.ok:
            reasons[cell] = grade.reason or "This is not the same formula."
    return reasons


NUMBER_ASKED = "The formula is right; a number is asked for here."


def accepts_formulas(problem: Problem) -> bool:
    """Whether a right formula earns the points, as [marks] formulas says: by default in letters only."""
    return (problem.marks.formulas or ("accept" if problem.symbolic else "refuse")) == "accept"


def judge_formula(
    plan: Plan, step: Step, position: Position, text: str
) -> tuple[FormulaGrade, Diagnosis | None]:
    """Whether a formula is right, and what went wrong where it is known."""
    if given_by_equations(plan.problem):
        return _judge_of_equations(plan, step, position, text)
    grade = (grade_question if is_question(step) else grade_formula)(plan, step, position, text)
    if grade.codes:
        return grade, Diagnosis(grade.codes, (Change(_sentence(grade.reason)),))
    unexplained = grade.verdict == Verdict.SLIP and not grade.reason
    return grade, diagnose_formula(plan, step, position, grade) if unexplained else None


def _judge_of_equations(
    plan: Any, step: Step, position: Position, text: str
) -> tuple[FormulaGrade, Diagnosis | None]:
    """The same for a problem of equations, which is graded cell by cell."""
    if is_cell_plan(plan):
        cell = plan.origin[step.key]
        firsts = first_positions(plan.problem, cell.step)
        position = tuple(at - first for at, first in zip(cell.position, firsts, strict=True))
        plan, step = make_plan(plan.problem), cell.step
    grade = grade_equation_formula(plan, step, position, text)
    if grade.codes:
        return grade, Diagnosis(grade.codes, (Change(_sentence(grade.reason)),))
    return grade, None


def _sentence(words: str) -> str:
    return f"{words[:1].upper() if words[1:2].islower() else words[:1]}{words[1:]}."


def diagnose_formula(plan: Plan, step: Step, position: Position, grade: FormulaGrade) -> Diagnosis | None:
    """The edits of our formula that give the student's, at random points."""
    if grade.formula is None:
        return None
    try:
        theirs = value_at_random_points(grade.formula, step.indices, plan, position)
    except (KeyError, ValueError):
        return None
    fitting = [
        edit
        for edit, ours in _edits_with_values(plan, step, position, _names_signals(grade.formula))
        if ours.shape == theirs.shape and np.allclose(ours, theirs, rtol=1e-7, atol=1e-10)
    ]
    if not fitting:
        return _repaired(plan, step, position, grade.formula)
    codes = dict.fromkeys(code for edit in fitting for code in edit.codes)
    changes: dict[Change, None] = dict.fromkeys(edit.change for edit in fitting)
    return Diagnosis(tuple(codes), tuple(changes)[:1])


def _repaired(plan: Plan, step: Step, position: Position, theirs: Formula) -> Diagnosis | None:
    """The edit of the student's formula that makes it ours, or where the two part; for some hundreds."""
    known = reading(plan)
    known.repaired += 1
    if known.repaired > MOST_REPAIRED:
        return None
    ours = [step.formula]
    for own, primed in _ways_to_write(plan, step, _names_signals(theirs)):
        ours += [own.formula, primed]

    if step.phase in ("forward", "loss"):  # perhaps with the lines above it written out
        above = {
            one.key: (one.indices, one.formula)
            for one in plan.steps
            if one.key != step.key and one.phase == "forward"
        }
        ours += [substitute(formula, above) for formula in tuple(ours)]

    def value(formula: Formula, *, points: Sequence[Point] = known.points) -> np.ndarray | None:
        try:
            with np.errstate(all="ignore"):
                found = [point.value(formula, step.indices) for point in points if point.scale == 1.0]
        except (KeyError, ValueError, IndexError):
            return None
        return np.concatenate([np.ravel(each if position is None else each[position]) for each in found])

    def at_one_point(formula: Formula) -> np.ndarray | None:
        return value(formula, points=near)

    near = [point for point in known.points if point.scale == 1.0][:1]
    singles = Symbols(plan.problem).singles
    ours = [pinned(formula, singles) for formula in ours]
    return repair(pinned(theirs, singles), tuple(dict.fromkeys(ours)), value, at_one_point)


def _names_signals(theirs: Formula) -> bool:
    """Whether a formula names error signals rather than writing them out."""
    return any(ref.quantity in _SIGNALS for ref in refs(theirs))


@lru_cache(maxsize=256)
def _edits_with_values(
    plan: Plan, step: Step, position: Position, names_them: bool
) -> tuple[tuple[Edit, np.ndarray], ...]:
    """The edits of each way to write a step, with their values at the random points; once for a class."""
    found = []
    for own, primed in _ways_to_write(plan, step, names_them):
        for edit in edits(plan, own, primed):
            if any(isinstance(place, Shifted) for ref in refs(edit.formula) for place in ref.indices):
                continue  # the next sample's, which only numbers tell
            try:
                found.append((edit, value_at_random_points(edit.formula, step.indices, plan, position)))
            except (KeyError, ValueError):
                continue
    return tuple(found)


def _ways_to_write(plan: Plan, step: Step, names_them: bool) -> Iterator[tuple[Step, Formula]]:
    """The step with its error signals named, and with all of them written out; each also with f′ as f′(z).

    What the student did comes first: the edit is then told of the formula that they had in mind.
    """
    if step.quantity in LOCAL:
        yield step, step.formula
        return
    problem, step = plan.problem, subject(plan, step)
    signals = (problem.notation.backward, frozenset[str]())
    for named in signals if names_them else signals[::-1]:
        notation = replace(problem.notation, backward=named)
        own = make_plan(replace(problem, notation=notation)).step(*step.key)
        primed = make_plan(replace(problem, notation=replace(notation, derivative="prime"))).step(*step.key)
        if own and primed:
            yield own, primed.formula
