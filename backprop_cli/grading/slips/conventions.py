"""A convention of the student's own, and mistakes made again and again.

A sheet that takes ½(a − y)² for (a − y)², or sums where the handout averages, everywhere alike, has made
one choice and not many mistakes: its first line is the slip, the others follow from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...formula.tree import Key
from ...plan.steps import Step
from ...problem.equations import given_by_equations
from ..judge import Judgement
from ..verdicts import Kind, Verdict
from .diagnose import CellKey, Diagnosis

SAID = {
    "factor 2": "You worked with twice the handout's loss throughout: without its ½, or with one 2 more.",
    "factor ½": "You worked with half the handout's loss throughout, as with ½(a − y)² in place of (a − y)².",
    "sum": "You summed over the samples throughout; the handout takes their mean, 1/n of the sum.",
    "mean": "You took the mean over the samples throughout; the handout sums over them.",
}


@dataclass(frozen=True)
class Habit:
    """What a student did on several lines alike: the slip code, and how many cells it explains."""

    code: str
    cells: int


def settle_conventions(judgement: Judgement, diagnoses: dict[CellKey, Diagnosis]) -> dict[CellKey, str]:
    """Turn what one convention explains into one slip and lines that follow; return the message for that
    slip.
    """
    said: dict[CellKey, str] = {}
    order = {step.key: place for place, step in enumerate(judgement.plan.steps)}
    by_student: dict[int, list[CellKey]] = defaultdict(list)
    for cell, diagnosis in diagnoses.items():
        if diagnosis.scale and judgement.lines[cell[1]].step.phase != "forward":  # no loss, no batch there
            by_student[cell[0]].append(cell)
    for student, found in by_student.items():
        for scale in dict.fromkeys(diagnoses[cell].scale for cell in found):
            cells = sorted(
                (cell for cell in found if diagnoses[cell].scale == scale), key=lambda c: (order[c[1]], c[2])
            )
            if len(cells) < 2 or not _throughout(judgement, student, scale, set(cells), diagnoses):
                continue
            said[cells[0]] = SAID[scale]
            for cell in cells[1:]:
                judgement.lines[cell[1]].verdict[(student, *cell[2])] = Verdict.FOLLOWS
                del diagnoses[cell]
    return said


def _throughout(
    judgement: Judgement, student: int, scale: str, cells: set[CellKey], diagnoses: dict[CellKey, Diagnosis]
) -> bool:
    """Whether every line the convention could touch was answered its way: no other slip, and none of them
    right.
    """
    touched = [line for line in judgement.lines.values() if _concerns(judgement, line.step, scale)]
    for line in touched:
        for place, verdict in enumerate(line.verdict[student].reshape(-1)):
            position = _unravel(place, line.verdict.shape[1:])
            if verdict == Verdict.SLIP and (student, line.step.key, position) not in cells:
                return False
            right = verdict in (Verdict.CORRECT, Verdict.ROUNDED)
            if right and abs(line.key[position]) > 4 * line.half[(student, *position)]:
                return False
    return True


def _concerns(judgement: Judgement, step: Step, scale: str) -> bool:
    if scale in ("sum", "mean"):
        return step.phase == "gradient" or step.quantity in ("loss", "loss_mean")
    if given_by_equations(judgement.problem):
        return step.phase in ("loss", "backward", "gradient")
    signals = ("activation_gradient", "delta", "descent_delta")
    return step.quantity == "loss" or (step.quantity in signals and step.level == judgement.problem.depth)


def _unravel(place: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    position: list[int] = []
    for size in reversed(shape):
        place, rest = divmod(place, size)
        position.append(rest)
    return tuple(reversed(position))


def habits(diagnoses: Mapping[CellKey, Diagnosis], judgement: Judgement | None) -> dict[int, list[Habit]]:
    """Per student, the slips that are misconceptions: on every cell of a step, or on more than one step.

    An answer of 0 fits many edits by chance: no habit is read into it.
    """
    where: dict[int, dict[str, dict[Key, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for (student, key, position), diagnosis in diagnoses.items():
        if judgement and _is_zero(judgement, (student, key, position)):
            continue
        for code in diagnosis.codes[:1]:
            where[student][code][key] += 1
    found: dict[int, list[Habit]] = {}
    for student, codes in where.items():
        for code, steps in codes.items():
            everywhere = any(
                count > 1 and count == _answered(judgement, student, key) for key, count in steps.items()
            )
            if len(steps) > 1 or everywhere:
                found.setdefault(student, []).append(Habit(code, sum(steps.values())))
    return found


def _is_zero(judgement: Judgement, cell: CellKey) -> bool:
    student, key, position = cell
    written, place = judgement.lines[key].written, (student, *position)
    return bool(written.kinds[place] == Kind.NUMBER and written.values[place] == 0)


def _answered(judgement: Judgement | None, student: int, key: Key) -> int:
    """How many cells of a step a student answered, by a number or a formula."""
    if judgement is None:
        return 0
    unanswered = (Verdict.NONE, Verdict.MISSING, Verdict.INVALID)
    return int((~np.isin(judgement.lines[key].verdict[student], unanswered)).sum())
