"""A given number taken for another, and used throughout: one slip, and the rest follows.

The first line that is wrong says what the number would have been, for each number that it uses; what looks
like a misreading of it (a digit, a sign, two digits swapped, the number beside it) is tried on the whole
sheet. It is told if it leaves fewer slips, and explains more than chance would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from ..formula.arithmetic import Array
from ..formula.tree import Formula, Function, Index, Key, Power, Raised, Ref, refs, walk
from ..plan.steps import Step
from ..problem.problem import Numbers
from .balls import STUDENT, Ball, BallEvaluator
from .judge import Judgement, judge, stated
from .slips.changes import Change
from .slips.diagnose import CellKey, Diagnosis
from .slips.evidence import Seen
from .slips.operands import Operands
from .verdicts import SLACK, Kind, Line, Verdict, half_unit

ENOUGH = log(25.0)
MOST_ELEMENTS = 60
MOST_TRIED = 6
RIGHT = (Verdict.CORRECT, Verdict.ROUNDED)
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Misread:
    """A given number as a student may have read it, and how likely that is beside other misreadings."""

    ref: Ref
    place: tuple[int, ...]
    text: str
    value: float
    weight: float
    order: int  # of the number among those of its line


@dataclass(eq=False)
class Case:
    """A student whose slips nothing explains yet: the cells, and what may have been misread, likeliest first.

    `elements` is how many given numbers the first wrong line uses.
    """

    student: int
    cells: list[CellKey]
    tried: list[Misread] = field(default_factory=list)
    elements: int = 1
    best: tuple[float, int] = (ENOUGH, 0)
    mended: list[CellKey] = field(default_factory=list)
    verdicts: dict[Key, NDArray[np.uint8]] = field(default_factory=dict)


def settle_misread(judgement: Judgement, diagnoses: dict[CellKey, Diagnosis]) -> None:
    """Where one number misread explains a student's slips, leave the first and let the rest follow.

    What is tried is worked out for all students at once whom it concerns.
    """
    cases = _cases(judgement, diagnoses)
    if not cases:
        return
    given = stated(judgement.problem)
    _look_for_misreadings(judgement, given, cases)
    by_misreading: dict[tuple[Ref, tuple[int, ...], str], list[tuple[Case, int]]] = {}
    for case in cases:
        case.tried = sorted(case.tried, key=lambda one: (-one.weight, one.order))[:MOST_TRIED]
        for rank, one in enumerate(case.tried):
            by_misreading.setdefault((one.ref, one.place, one.text), []).append((case, rank))
    for concerned in by_misreading.values():
        _try(judgement, given, concerned)
    for case in cases:
        if case.mended:
            _settle(judgement, given, case, diagnoses)


def _cases(judgement: Judgement, diagnoses: Mapping[CellKey, Diagnosis]) -> list[Case]:
    """The students with slips in several lines, or with one that has no name; what is named in one line needs
    no other cause.
    """
    by_student: dict[int, list[CellKey]] = {}
    for key, line in judgement.lines.items():
        slips = (line.verdict == Verdict.SLIP) & (line.written.kinds == Kind.NUMBER)
        for student, *position in np.argwhere(slips).tolist():
            by_student.setdefault(student, []).append((student, key, tuple(position)))
    return [
        Case(student, cells)
        for student, cells in by_student.items()
        if any(cell[1] != cells[0][1] for cell in cells) or any(cell not in diagnoses for cell in cells)
    ]


def _try(judgement: Judgement, given: Mapping[Key, Numbers], concerned: list[tuple[Case, int]]) -> None:
    """Grade some students with a number as they may have read it; keep what explains a sheet best so far."""
    case, rank = concerned[0]
    one = case.tried[rank]
    values = given[one.ref.key].values.copy()
    values[one.place] = one.value
    rows = np.array([case.student for case, _ in concerned])
    other = judge(
        judgement.problem,
        judgement.variants,
        (_Key(judgement),),  # type: ignore[arg-type]  # of a trace the judge reads `values` alone, and _Key has them
        {key: line.written.of(rows) for key, line in judgement.lines.items()},
        len(rows),
        judgement.digits,
        misread={one.ref.key: values},
    )
    for at, (case, rank) in enumerate(concerned):
        mended = [cell for cell in case.cells if _verdict(other, cell, at) in (*RIGHT, Verdict.FOLLOWS)]
        if not mended:
            continue
        left = len(case.cells) - len(mended)
        score = log(case.tried[rank].weight / case.elements) + sum(_gain(judgement, cell) for cell in mended)
        score -= 1.5 * log(1 + left) + 6.0 * _new_slips(judgement, other, case.student, at)
        if score > ENOUGH and (not case.mended or (score, -rank) > case.best):
            case.best, case.mended = (score, -rank), mended
            case.verdicts = {key: line.verdict[at].copy() for key, line in other.lines.items()}


def _settle(
    judgement: Judgement, given: Mapping[Key, Numbers], case: Case, diagnoses: dict[CellKey, Diagnosis]
) -> None:
    """Turn the slips of a student that a misread number explains into one, unless one known cause does."""
    one, mended = case.tried[-case.best[1]], case.mended
    causes = {(why.codes, why.changes[0].template) for cell in mended if (why := diagnoses.get(cell))}
    lines = {cell[1] for cell in mended}
    scalar = not one.ref.indices and "[" not in str(one.ref.level)
    one_cause = len(lines) == 1 or (len(causes) == 1 and scalar)
    if one_cause and all(cell in diagnoses for cell in mended):
        return  # one cause is known, and it says more
    first, rest = mended[0], mended[1:]
    for key, line in judgement.lines.items():
        verdict = line.verdict[case.student]
        follows = np.isin(case.verdicts[key], (*RIGHT, Verdict.FOLLOWS)) & (verdict == Verdict.SLIP)
        line.verdict[case.student] = np.where(follows, Verdict.FOLLOWS, verdict)
    judgement.lines[first[1]].verdict[(case.student, *first[2])] = Verdict.SLIP
    for cell in rest:
        diagnoses.pop(cell, None)
    was = str(given[one.ref.key].texts[one.place])
    at = tuple(zip(one.ref.indices, one.place, strict=True))
    read, was = (text.replace("-", "\N{MINUS SIGN}") for text in (one.text, was))
    said = f"You took {{0}} to be {read}; it is {was}. The lines that follow from it are not counted again."
    diagnoses[first] = Diagnosis(("misread",), (Change(said, (one.ref,), at),))


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


def _new_slips(judgement: Judgement, other: Judgement, student: int, at: int) -> int:
    """How many cells are slips only if the number was misread."""
    return sum(
        int(
            (
                (other.lines[key].verdict[at] == Verdict.SLIP) & (line.verdict[student] == Verdict.FOLLOWS)
            ).sum()
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


Element = tuple[Ref, tuple[int, ...]]


def _look_for_misreadings(judgement: Judgement, given: Mapping[Key, Numbers], cases: list[Case]) -> None:
    """What the numbers of the first wrong line that uses any may have been taken for, for each student."""
    by_element: dict[tuple[Key, Element], list[tuple[Case, CellKey, int]]] = {}
    known: dict[tuple[Key, tuple[int, ...]], list[Element]] = {}
    for case in cases:
        for cell in case.cells:
            if cell[1:] not in known:
                known[cell[1:]] = _elements(judgement.lines[cell[1]].step, cell[2], given)
            elements = known[cell[1:]]
            if elements and len(elements) <= MOST_ELEMENTS:
                case.elements = len(elements)
                for order, element in enumerate(elements):
                    by_element.setdefault((cell[1], element), []).append((case, cell, order))
                break
    for (key, element), concerned in by_element.items():
        _solve(judgement, judgement.lines[key], element, given[element[0].key], concerned)


def _elements(step: Step, position: tuple[int, ...], given: Mapping[Key, Numbers]) -> list[Element]:
    """The given numbers that a cell depends on."""
    used = dict.fromkeys(ref for ref in refs(step.formula) if ref.key in given)
    bound: dict[Index, int] = dict(zip(step.indices, position, strict=True))
    return [
        (ref, place)
        for ref in used
        if len(given[ref.key].values.shape) == len(ref.indices)
        for place in np.ndindex(*given[ref.key].values.shape)
        if all(bound.get(index, at) == at for index, at in zip(ref.indices, place, strict=True))
    ]


def _solve(
    judgement: Judgement,
    line: Line,
    element: Element,
    numbers: Numbers,
    concerned: list[tuple[Case, CellKey, int]],
) -> None:
    """Add the numbers that would make the line right, if they look like the one that is given."""
    (ref, place), step = element, line.step
    students = np.array([case.student for case, _, _ in concerned])
    positions = np.array([cell[2] for _, cell, _ in concerned], dtype=np.intp).reshape(len(students), -1)

    def at(value: float | Array, some: Rows) -> tuple[Array, Array]:
        """The line with another number, or one for each student; and how far rounding may take it."""
        each = np.broadcast_to(numbers.values, (len(some), *numbers.values.shape)).copy()
        where: tuple[int | slice, ...] = (slice(None), *place)
        each[where] = value
        read = Operands(judgement, students[some], {ref.key: Ball(each, None, (STUDENT, *ref.indices))})
        ball = BallEvaluator(judgement.problem, read).ball(step.formula, step.indices, len(some))
        cells = (np.arange(len(some)), *positions[some].T)
        return ball.centre[cells], np.broadcast_to(ball.spread(), ball.centre.shape)[cells]

    cells = (students, *positions.T)
    written = line.written.values[cells]
    half = np.broadcast_to(half_unit(line.written, 15)[0], line.verdict.shape)[cells]
    old, everyone = float(numbers.values[place]), np.arange(len(students))
    (here, spread), (moved, _) = at(old, everyone), at(old + 1.0, everyone)
    slope = moved - here
    with np.errstate(all="ignore"):
        wanted = old + (written - here) / slope
        if any(_bends(part) for _, part in walk(step.formula)):
            wanted, slope = _bent(
                lambda values: at(values, everyone)[0], written, (old, here), (old + 1.0, moved)
            )
        room = (half + spread + SLACK) / np.abs(slope)
        possible = np.isfinite(slope) & (np.abs(slope) >= 1e-6)
    if not possible.any():
        return
    for text, weight in _alike(str(numbers.texts[place]), numbers, place):
        value = float(text)
        some = np.flatnonzero(possible & (np.abs(value - wanted) <= room)) if value != old else everyone[:0]
        if len(some):
            got, width = at(value, some)
            for one in some[np.abs(got - written[some]) <= half[some] + width + SLACK].tolist():
                case, _, order = concerned[one]
                case.tried.append(Misread(ref, place, text, value, weight, order))


def _bends(part: Formula) -> bool:
    return isinstance(part, Power | Raised) or (isinstance(part, Function) and not part.derivative)


SECANTS = 8


def _bent(
    line: Callable[[Array], Array],
    written: Array,
    first: tuple[float, Array],
    second: tuple[float, Array],
) -> tuple[Array, Array]:
    """Where a line that is not straight has the values that were written, and how steep it is there."""
    old, new = (np.full(written.shape, number) for number, _ in (first, second))
    there, here = first[1], second[1]
    slope = here - there
    for _ in range(SECANTS):
        step = np.clip((written - here) / slope, -2.0, 2.0)
        old, there, new = new, here, np.where(np.isfinite(step), new + step, new)
        here = line(new)
        slope = np.where(new == old, slope, (here - there) / np.where(new == old, 1.0, new - old))
    return new, slope


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
