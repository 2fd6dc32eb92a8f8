"""A given number taken for another, and used throughout: one slip, and the rest follows.

The first line that is wrong says what the number would have been, for each number that it uses; what looks
like a misreading of it (a digit, a sign, two digits swapped, the number beside it) is tried on the whole
sheet. It is told if it leaves fewer slips, and explains more than chance would.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np

from ..formula.arithmetic import Array
from ..formula.tree import Index, Key, Ref, refs
from ..problem.problem import Numbers
from .ball import Ball
from .balls import BallEvaluator
from .judge import Judgement, judge, stated
from .slips.changes import Change
from .slips.diagnose import CellKey, Diagnosis
from .slips.evidence import Seen
from .slips.numbers import Numbers as Known
from .verdicts import SLACK, Kind, Line, Verdict, half_unit

ENOUGH = log(25.0)
MOST_STUDENTS = 200
MOST_ELEMENTS = 60
MOST_TRIED = 6
RIGHT = (Verdict.CORRECT, Verdict.ROUNDED)


@dataclass(frozen=True)
class Misread:
    """A given number as a student may have read it, and how likely that is beside other misreadings."""

    ref: Ref
    place: tuple[int, ...]
    text: str
    value: float
    weight: float


def settle_misread(judgement: Judgement, diagnoses: dict[CellKey, Diagnosis]) -> None:
    """Where one number misread explains a student's slips, leave the first and let the rest follow."""
    by_student: dict[int, list[CellKey]] = {}
    for line in judgement.lines.values():
        for student, *position in np.argwhere(line.verdict == Verdict.SLIP).tolist():
            cell = (student, line.step.key, tuple(position))
            if line.written.kinds[(student, *position)] == Kind.NUMBER:
                by_student.setdefault(student, []).append(cell)
    given = stated(judgement.problem)
    # What is named in one line needs no other cause.
    open_cases = {
        student: cells
        for student, cells in by_student.items()
        if len({cell[1] for cell in cells}) > 1 or any(cell not in diagnoses for cell in cells)
    }
    for student, cells in list(open_cases.items())[:MOST_STUDENTS]:
        _settle(judgement, given, student, cells, diagnoses)


def _settle(
    judgement: Judgement,
    given: Mapping[Key, Numbers],
    student: int,
    cells: list[CellKey],
    diagnoses: dict[CellKey, Diagnosis],
) -> None:
    best: tuple[float, Misread, Judgement, list[CellKey]] | None = None
    tried, elements = _misreadings(judgement, given, student, cells)
    for one in tried[:MOST_TRIED]:
        values = given[one.ref.key].values.copy()
        values[one.place] = one.value
        rows = np.array([student])
        answers = {key: line.written.of(rows) for key, line in judgement.lines.items()}
        other = judge(
            judgement.problem,
            judgement.variants,
            (_Key(judgement),),  # type: ignore[arg-type]  # the judge asks a trace for its values alone
            answers,
            1,
            judgement.digits,
            misread={one.ref.key: values},
        )
        mended = [cell for cell in cells if _verdict(other, cell, 0) in (*RIGHT, Verdict.FOLLOWS)]
        spoilt = _new_slips(judgement, other, student)
        left = len(cells) - len(mended)
        score = log(one.weight / elements) + sum(_gain(judgement, cell) for cell in mended)
        score -= 1.5 * log(1 + left) + 6.0 * spoilt
        if mended and score > ENOUGH and (best is None or score > best[0]):
            best = (score, one, other, mended)
    if best is None:
        return
    _, one, other, mended = best
    causes = {(why.codes, why.changes[0].template) for cell in mended if (why := diagnoses.get(cell))}
    lines = {cell[1] for cell in mended}
    one_cause = len(lines) == 1 or (len(causes) == 1 and not one.ref.indices)
    if one_cause and all(cell in diagnoses for cell in mended):
        return  # one cause is known, and it says more
    first, rest = mended[0], mended[1:]
    for key, line in judgement.lines.items():
        verdict, theirs = line.verdict[student], other.lines[key].verdict[0]
        follows = np.isin(theirs, (*RIGHT, Verdict.FOLLOWS)) & ~np.isin(verdict, RIGHT)
        line.verdict[student] = np.where(follows & (verdict == Verdict.SLIP), Verdict.FOLLOWS, verdict)
    judgement.lines[first[1]].verdict[(student, *first[2])] = Verdict.SLIP
    for cell in rest:
        diagnoses.pop(cell, None)
    was = str(given[one.ref.key].texts[one.place])
    at = tuple(zip(one.ref.indices, one.place, strict=True))
    read, was = (text.replace("-", "\N{MINUS SIGN}") for text in (one.text, was))
    said = f"You took {{0}} to be {read}; it is {was}. The lines that follow from it are not counted again."
    change = Change(said, (one.ref,), at)
    diagnoses[first] = Diagnosis(("misread",), (change,))


class _Key:
    """The key that a class is judged by, as a trace of it."""

    def __init__(self, judgement: Judgement) -> None:
        self.values = {key: line.key for key, line in judgement.lines.items()}
        for step in judgement.plan.steps:
            if step.key not in self.values:
                self.values[step.key] = judgement.balls[step.key].centre

    def __getitem__(self, key: Key) -> Array:
        return self.values[key]


def _verdict(judgement: Judgement, cell: CellKey, student: int) -> Verdict:
    return Verdict(int(judgement.lines[cell[1]].verdict[(student, *cell[2])]))


def _new_slips(judgement: Judgement, other: Judgement, student: int) -> int:
    """How many cells are slips only if the number was misread."""
    return sum(
        int(
            ((other.lines[key].verdict[0] == Verdict.SLIP) & (line.verdict[student] == Verdict.FOLLOWS)).sum()
        )
        for key, line in judgement.lines.items()
    )


def _gain(judgement: Judgement, cell: CellKey) -> float:
    """What it says for a misreading that it explains a cell."""
    student, key, position = cell
    line = judgement.lines[key]
    place = (student, *position)
    half = half_unit(line.written, 15)[0]
    one = np.ones((1, 1))
    seen = Seen(
        one * line.written.values[place],
        one * half[place],
        one * np.broadcast_to(line.own.centre, line.verdict.shape)[place],
        one > 0,
        one < 0,
    )
    if line.written.values[place] == 0:
        return 0.0
    return -float(seen.by_chance[0, 0]) - 1.0


def _misreadings(
    judgement: Judgement, given: Mapping[Key, Numbers], student: int, cells: list[CellKey]
) -> tuple[list[Misread], int]:
    """What the numbers of the first wrong line that uses any may have been taken for, the likeliest first."""
    for cell in cells:
        line = judgement.lines[cell[1]]
        used = list(dict.fromkeys(ref for ref in refs(line.step.formula) if ref.key in given))
        elements = [(ref, place) for ref in used for place in _places(judgement, line, ref, cell, given)]
        if not elements or len(elements) > MOST_ELEMENTS:
            continue
        found = [
            one
            for ref, place in elements
            for one in _solved(judgement, line, cell, ref, place, given[ref.key])
        ]
        return sorted(found, key=lambda one: -one.weight), len(elements)
    return [], 1


def _places(
    judgement: Judgement, line: Line, ref: Ref, cell: CellKey, given: Mapping[Key, Numbers]
) -> Iterator[tuple[int, ...]]:
    """The positions of a given quantity that a cell depends on."""
    bound: dict[Index, int] = dict(zip(line.step.indices, cell[2], strict=True))
    shape = given[ref.key].values.shape
    if len(shape) != len(ref.indices):
        return
    for place in np.ndindex(*shape):
        if all(bound.get(index, at) == at for index, at in zip(ref.indices, place, strict=True)):
            yield place


def _solved(
    judgement: Judgement, line: Line, cell: CellKey, ref: Ref, place: tuple[int, ...], numbers: Numbers
) -> Iterator[Misread]:
    """The number that would make the line right, if it looks like the one that is given."""
    student, _, position = cell
    row = np.array([student])

    def at(value: float) -> tuple[float, float]:
        values = numbers.values.copy()
        values[place] = value
        read = Known(judgement, row, {ref.key: Ball(values, None, ref.indices)})
        ball = BallEvaluator(judgement.problem, read).ball(line.step.formula, line.step.indices, 1)
        spread = np.broadcast_to(ball.spread(), ball.centre.shape)
        return float(ball.centre[(0, *position)]), float(spread[(0, *position)])

    value = float(line.written.values[(student, *position)])
    half = float(half_unit(line.written, 15)[0][(student, *position)])
    old = float(numbers.values[place])
    text = str(numbers.texts[place])
    here, spread = at(old)
    slope = at(old + 1.0)[0] - here
    if not np.isfinite(slope) or abs(slope) < 1e-6:
        return
    wanted, room = old + (value - here) / slope, (half + spread + SLACK) / abs(slope)
    for other, weight in _alike(text, numbers, place):
        if abs(float(other) - wanted) <= room and float(other) != old:
            got, width = at(float(other))
            if abs(got - value) <= half + width + SLACK:
                yield Misread(ref, place, other, float(other), weight)


def _alike(text: str, numbers: Numbers, place: tuple[int, ...]) -> Iterator[tuple[str, float]]:
    """What a number may be taken for: (as typed, how likely beside the others)."""
    seen = {text}
    others = [str(other) for at, other in np.ndenumerate(numbers.texts) if at != place]
    for other in dict.fromkeys(others):
        if other not in seen:
            seen.add(other)
            yield other, 1.0 / len(set(others))
    body = text.lstrip("+-−")
    turned = body if text != body else f"-{body}"
    digits = [at for at, char in enumerate(text) if char.isdecimal()]
    if not digits or any(char in text for char in "eE/"):
        return
    plain = [(turned, 1.0)]
    for left, right in pairwise(digits):
        swapped = list(text)
        swapped[left], swapped[right] = swapped[right], swapped[left]
        plain.append(("".join(swapped), 0.5 / len(digits)))
    for at in digits:
        for digit in "0123456789":
            plain.append((text[:at] + digit + text[at + 1 :], 0.5 / (9 * len(digits))))
    for shift in (10.0, 0.1):
        plain.append((f"{float(text) * shift:.12g}", 0.15))
    for other, weight in plain:
        if other not in seen:
            seen.add(other)
            yield other, weight
