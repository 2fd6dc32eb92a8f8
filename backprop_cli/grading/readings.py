"""Other ways to read a sheet: a convention of one's own, kept throughout, is no mistake of the numbers.

    1/n already in δ        and no 1/n in the gradients, as programs that differentiate the mean have it
    δ with the other sign   and then the other sign where δ, or the gradient, is used
    the factor in the terms ½(a − y)² as the terms of the loss, and their plain sum as the loss

A reading is a plan of its own with its own key. A student is read so if that leaves fewer slips, and what
rests on the convention is right by it: a sign that is merely lost stays a slip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..formula.tree import (
    ONE,
    SAMPLES,
    Formula,
    Key,
    Negation,
    Product,
    Quotient,
    Ref,
    Size,
    product,
    refs,
    transform,
)
from ..plan.steps import Plan, Step, negate, outputs, scaled
from ..problem.problem import Phase
from ..values.trace import work_out
from .balls import Ball
from .faults import Fault
from .judge import Judgement, judge, keys
from .misread import settle_misread
from .slips.conventions import settle_conventions
from .slips.diagnose import CellKey, Diagnosis, diagnose
from .verdicts import Kind, Verdict

SIGNALS = ("activation_gradient", "delta", "descent_delta")
GRADIENTS = ("weight_gradient", "bias_gradient")
RIGHT = (Verdict.CORRECT, Verdict.ROUNDED)


@dataclass(frozen=True)
class Way:
    """A convention: how it changes each step (None: it does not concern the plan), which phase must be right
    by it, the steps in which it may have left slips, and what is said.
    """

    change: Callable[[Plan], dict[Key, Formula]]
    proof: Phase
    starts: tuple[str, ...]
    said: str


@dataclass(frozen=True, eq=False)
class Reading:
    """Some students read in another way."""

    students: NDArray[np.intp]
    judgement: Judgement
    said: str


def _first_signals(plan: Plan) -> Iterator[Step]:
    """The error signals of the output that are worked out from the loss and not from one another."""
    for step in plan.steps:
        at_output = step.quantity in SIGNALS and step.level == plan.problem.depth
        if at_output and not any(ref.quantity in SIGNALS for ref in refs(step.formula)):
            yield step


def _named(plan: Plan) -> bool:
    return any(step.quantity in SIGNALS and step.written for step in plan.steps)


def _mean_in_delta(plan: Plan) -> dict[Key, Formula]:
    share = Quotient(ONE, Size(SAMPLES))
    if plan.problem.samples == 1 or plan.problem.batch != "mean" or not _named(plan):
        return {}
    changed: dict[Key, Formula] = {step.key: product(share, step.formula) for step in _first_signals(plan)}

    def without(part: Formula) -> Formula:
        if isinstance(part, Product) and share in part.factors:
            return product(*(factor for factor in part.factors if factor != share))
        return part

    for step in plan.steps:
        if any(ref.quantity in SIGNALS for ref in refs(step.formula)) and step.phase in (
            "gradient",
            "update",
        ):
            changed[step.key] = transform(step.formula, without)
    return changed


def _turned_signals(plan: Plan) -> dict[Key, Formula]:
    return {step.key: negate(step.formula) for step in _first_signals(plan)} if _named(plan) else {}


def _turned(formula: Formula, quantities: tuple[str, ...]) -> Formula:
    def change(part: Formula) -> Formula:
        return Negation(part) if isinstance(part, Ref) and part.quantity in quantities else part

    return transform(formula, change)


def _sign_in_gradient(plan: Plan) -> dict[Key, Formula]:
    changed = _turned_signals(plan)
    for step in plan.steps if changed else ():
        if step.phase in ("gradient", "update"):
            changed[step.key] = _turned(step.formula, SIGNALS)
    return changed


def _sign_in_update(plan: Plan) -> dict[Key, Formula]:
    changed = _turned_signals(plan)
    for step in plan.steps if changed else ():
        if step.phase == "update":
            changed[step.key] = _turned(step.formula, (*GRADIENTS, *SIGNALS))
    return changed


def _factor_in_terms(plan: Plan) -> dict[Key, Formula]:
    terms, loss = plan.step("loss_terms"), plan.step("loss")
    if terms is None or loss is None:
        return {}
    scale = plan.problem.loss.scale(outputs(plan.problem))
    if scale == ONE:
        return {}
    if isinstance(loss.formula, Negation):
        total = loss.formula.body
    elif isinstance(loss.formula, Product) and scale in loss.formula.factors:
        total = product(*(factor for factor in loss.formula.factors if factor != scale))
    else:
        return {}
    return {terms.key: scaled(scale, terms.formula), loss.key: total}


WAYS = (
    Way(
        _mean_in_delta,
        "gradient",
        SIGNALS,
        "Your δ has the 1/n of the mean in it already, and your gradients are sums: a convention, and right.",
    ),
    Way(
        _sign_in_gradient,
        "gradient",
        SIGNALS,
        "Your δ has the other sign, and you turn it again further down: a convention, and right.",
    ),
    Way(
        _sign_in_update,
        "update",
        SIGNALS,
        "Your δ has the other sign, and your update adds: a convention, and right.",
    ),
    Way(
        _factor_in_terms,
        "loss",
        ("loss_terms",),
        "Your terms have the loss's factor in them already, and their sum is the loss: right as well.",
    ),
)


def understood(
    judgement: Judgement, faults: list[Fault], *, strict: bool
) -> tuple[dict[CellKey, Diagnosis], dict[CellKey, str]]:
    """Why each slip of a class is one, each student read as they meant it; and what is said of conventions.

    `strict` knows no convention but the handout's.
    """
    if strict:
        return diagnose(judgement, faults), {}
    said: dict[CellKey, str] = {}
    others = readings(judgement)
    for reading in others:
        said |= merge(judgement, reading)
    diagnoses = diagnose(judgement, faults)
    for reading in others:
        taken = set(reading.students.tolist())
        diagnoses = {cell: why for cell, why in diagnoses.items() if cell[0] not in taken}
        for (row, key, position), why in diagnose(reading.judgement, faults).items():
            diagnoses[int(reading.students[row]), key, position] = why
    said |= settle_conventions(judgement, diagnoses)
    if judgement.before is None:
        settle_misread(judgement, diagnoses)
    return diagnoses, said


def readings(judgement: Judgement) -> list[Reading]:
    """The students who are better read in another way, each in one."""
    found: list[Reading] = []
    free = np.ones(judgement.students, dtype=bool)
    for way in WAYS:
        rows = np.flatnonzero(free & _slipped(judgement, way.starts))
        if not len(rows):
            continue
        other = read_as(judgement, rows, way.change)
        if other is None:
            continue
        better = _slips(other) < _slips(judgement)[rows]
        better &= _proven(other, judgement, rows, way)
        if better.any():
            kept = np.flatnonzero(better)
            part = read_as(judgement, rows[kept], way.change)
            if part is not None:
                found.append(Reading(rows[kept], part, way.said))
                free[rows[kept]] = False
    return found


def read_as(
    judgement: Judgement, rows: NDArray[np.intp], change: Callable[[Plan], dict[Key, Formula]]
) -> Judgement | None:
    """Some students judged by changed plans; None where the change does not concern the problem."""
    plans = tuple(_changed(plan, change) for plan in judgement.variants)
    if plans[0] is judgement.variants[0]:
        return None
    traces = tuple(work_out(_changed(trace.plan, change)) for trace in keys(judgement.problem))
    answers = {key: line.written.of(rows) for key, line in judgement.lines.items()}
    before = None if judgement.before is None else _part(judgement.before, rows)
    return judge(judgement.problem, plans, traces, answers, len(rows), judgement.digits, before=before)


def _part(judgement: Judgement, rows: NDArray[np.intp]) -> Judgement:
    """What a turn takes over from the one before, for some of the students."""
    return replace(
        judgement,
        students=len(rows),
        balls={key: ball.of(rows) for key, ball in judgement.balls.items()},
        mended={key: ball.of(rows) for key, ball in judgement.mended.items()},
        taint={key: (slips[rows], idle[rows]) for key, (slips, idle) in judgement.taint.items()},
        idle={key: flags[rows] for key, flags in judgement.idle.items()},
    )


def _changed(plan: Plan, change: Callable[[Plan], dict[Key, Formula]]) -> Plan:
    formulas = change(plan)
    if not formulas:
        return plan
    steps = tuple(replace(step, formula=formulas.get(step.key, step.formula)) for step in plan.steps)
    return Plan(plan.problem, steps)


def _slipped(judgement: Judgement, quantities: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which students have a slip in some quantities."""
    found = np.zeros(judgement.students, dtype=bool)
    for line in judgement.lines.values():
        if line.step.quantity in quantities:
            found |= (line.verdict == Verdict.SLIP).reshape(len(found), -1).any(axis=1)
    return found


def _slips(judgement: Judgement) -> NDArray[np.int64]:
    """How many slips each student has."""
    count = np.zeros(judgement.students, dtype=np.int64)
    for line in judgement.lines.values():
        count += (line.verdict == Verdict.SLIP).reshape(len(count), -1).sum(axis=1)
    return count


def _proven(other: Judgement, own: Judgement, rows: NDArray[np.intp], way: Way) -> NDArray[np.bool_]:
    """Whether something that rests on the convention, and is not 0, is right by it; of a gradient or a new
    weight also by the handout.
    """
    found = np.zeros(other.students, dtype=bool)
    later = {"gradient": ("gradient", "update"), "update": ("update",), "loss": ("loss",)}[way.proof]
    for line in other.lines.values():
        if line.step.phase not in later or line.step.quantity in way.starts:
            continue
        shown = (line.written.kinds == Kind.NUMBER) & (np.abs(line.written.values) > 4 * line.half)
        if way.proof == "loss":
            right = np.isin(line.verdict, (*RIGHT, Verdict.FOLLOWS))
        else:
            right = np.isin(own.lines[line.step.key].verdict[rows], RIGHT) & np.isin(line.verdict, RIGHT)
        found |= (shown & right).reshape(len(found), -1).any(axis=1)
    return found


def merge(judgement: Judgement, reading: Reading) -> dict[CellKey, str]:
    """Take a reading over into the judgement of the class; what is said of each cell that was a slip."""
    rows = reading.students
    said: dict[CellKey, str] = {}
    for key, line in judgement.lines.items():
        other = reading.judgement.lines[key]
        mended = (line.verdict[rows] == Verdict.SLIP) & np.isin(other.verdict, RIGHT)
        for student, *position in np.argwhere(mended).tolist():
            said[int(rows[student]), key, tuple(position)] = reading.said
        line.verdict[rows] = other.verdict
        shape = line.verdict.shape
        line.own = Ball(
            _taken(line.own.centre, other.own.centre, rows, shape),
            _taken(line.own.spread(), other.own.spread(), rows, shape),
            line.own.axes,
        )
        line.coarse, line.tainted, line.trivial, line.trivial_above = (
            _taken(mine, theirs, rows, shape).astype(bool)
            for mine, theirs in (
                (line.coarse, other.coarse),
                (line.tainted, other.tainted),
                (line.trivial, other.trivial),
                (line.trivial_above, other.trivial_above),
            )
        )
    return said


def _taken(
    mine: NDArray[Any], theirs: NDArray[Any], rows: NDArray[np.intp], shape: tuple[int, ...]
) -> NDArray[Any]:
    """An array over the class with some students' rows exchanged."""
    whole = np.array(np.broadcast_to(mine, shape))
    whole[rows] = np.broadcast_to(theirs, (len(rows), *shape[1:]))
    return whole
