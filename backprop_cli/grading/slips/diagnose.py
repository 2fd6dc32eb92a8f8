"""What went wrong: the edit of the formula that reproduces a wrong answer from the student's own numbers.

The edits of a step are evaluated once for all students who slipped in it. An edit that explains several
cells of a student's step beats one that explains a single cell; what no edit explains is tried as a slip of
digits, as an edit together with a sign or a factor, and as rounding too early. What nothing explains stays
unnamed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from ...formula.arithmetic import Array
from ...formula.tree import Formula, Key, refs
from ...plan.steps import Step
from ...values.cells import quantity_name
from ..ball import Ball
from ..balls import BallEvaluator
from ..faults import Fault
from ..judge import Judgement
from ..strange import strange_balls
from ..verdicts import SLACK, Flags, Line, Verdict, half_unit
from .changes import Change, Edit
from .digit_slips import digit_slip
from .edits import edits

MOST_NAMED = 3
TOO_FEW_DIGITS = Change("Right as far as it goes, but with too few digits.")
NEAR = 0.03
AT_ONCE = 2000  # students


@dataclass(frozen=True)
class Diagnosis:
    """Why one cell is wrong: the slip codes, likeliest first, and the changes that explain it."""

    codes: tuple[str, ...]
    changes: tuple[Change, ...]
    scale: str = ""
    together: bool = False  # whether the changes came together, rather than being alternatives


Guess = tuple[tuple[str, ...], tuple[Change, ...]] | None
CellKey = tuple[int, Key, tuple[int, ...]]  # student, step, position
TOO_COARSE = Diagnosis(("too-few-digits",), (TOO_FEW_DIGITS,))


def diagnose(judgement: Judgement, faults: list[Fault]) -> dict[CellKey, Diagnosis]:
    """The diagnosis of every slip of a class; where a line's fails through a fault of ours, none."""
    found: dict[CellKey, Diagnosis] = {}
    strange = strange_balls(judgement)
    for line in judgement.lines.values():
        if (line.verdict == Verdict.SLIP).any():
            try:
                found.update(_line(judgement, line, strange))
            except Exception as error:  # of whatever kind: a cause that is not known costs nobody points
                faults.append(Fault("", quantity_name(judgement.plan, line.step), error))
    return found


def _line(judgement: Judgement, line: Line, strange: dict[Key, Ball]) -> Iterator[tuple[CellKey, Diagnosis]]:
    """The slips of one step, so many students at a time that memory does not grow with the class."""
    balls = {**judgement.balls, **strange}
    tried = [
        edit
        for edit in edits(judgement.problem, line.step, _primed(judgement, line.step))
        if all((ref.quantity.partition("@")[0], ref.level) in balls for ref in refs(edit.formula))
    ]
    slips = line.verdict == Verdict.SLIP
    rows = np.flatnonzero(slips.reshape(len(slips), -1).any(axis=1))
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        half = half_unit(line.written, judgement.digits[line.step.phase])[0][some]
        yield from _students(line, tried, BallEvaluator(judgement.problem, _Some(balls, some)), some, half)


def _students(
    line: Line, tried: list[Edit], reader: BallEvaluator, rows: NDArray[np.intp], half: Array
) -> Iterator[tuple[CellKey, Diagnosis]]:
    slips, values = (line.verdict == Verdict.SLIP)[rows], line.written.values[rows]
    centres = np.full((len(tried), *slips.shape), np.nan)
    matched = np.zeros((len(tried), *slips.shape), dtype=bool)
    reach = half + SLACK * np.maximum(1.0, np.abs(values))
    with np.errstate(invalid="ignore"):
        for place, edit in enumerate(tried):
            ball = reader.ball(edit.formula, line.step.indices, len(rows))
            fits = np.abs(values - ball.centre) <= reach + ball.spread()
            matched[place] = slips & fits & np.isfinite(ball.spread())
            centres[place] = ball.centre
    here = slips.nonzero()
    there = (rows[here[0]], *here[1:])
    cells: list[CellKey] = [
        (student, line.step.key, tuple(position))
        for student, *position in zip(*(axis.tolist() for axis in there), strict=True)
    ]
    fitting, coarse = matched[(slice(None), *here)], line.coarse[there]
    yield from ((cells[i], TOO_COARSE) for i in np.flatnonzero(coarse).tolist())
    known = fitting.any(axis=0)
    explained, rest = np.flatnonzero(~coarse & known), np.flatnonzero(~coarse & ~known)
    counts = matched.reshape(len(tried), len(rows), prod(slips.shape[1:])).sum(axis=2)
    yield from _explained(tried, cells, explained, fitting[:, explained], counts[:, here[0][explained]])
    here, there = tuple(axis[rest] for axis in here), tuple(axis[rest] for axis in there)
    shape = line.own.centre.shape
    owns, keys, spreads = (
        np.broadcast_to(array, shape)[there] for array in (line.own.centre, line.key, line.own.spread())
    )
    guesses = _guesses(tried, centres[(slice(None), *here)], values[here], half[here], owns, keys, spreads)
    for i, guess in zip(rest.tolist(), guesses, strict=True):
        if guess:
            yield cells[i], Diagnosis(guess[0], guess[1], together=True)


def _explained(
    tried: list[Edit], cells: list[CellKey], explained: NDArray[np.intp], fitting: Flags, counts: Array
) -> Iterator[tuple[CellKey, Diagnosis]]:
    """The edits that fit each cell; those that explain the most cells of the student's step come first.

    Students make the same mistakes: each combination of edits is named once.
    """
    if not len(explained):
        return
    most = np.where(fitting, counts, 0)
    best = fitting & (most == most.max(axis=0))
    seen: dict[bytes, Diagnosis] = {}
    signatures = np.ascontiguousarray(np.packbits(np.concatenate([fitting, best]), axis=0).T)
    for column, (i, signature) in enumerate(zip(explained.tolist(), signatures, strict=True)):
        known = signature.tobytes()
        if known not in seen:
            candidates = [tried[k] for k in np.flatnonzero(fitting[:, column])]
            seen[known] = _named([tried[k] for k in np.flatnonzero(best[:, column])], candidates)
        yield cells[i], seen[known]


def _guesses(
    tried: list[Edit], centres: Array, values: Array, half: Array, owns: Array, keys: Array, spreads: Array
) -> Iterator[Guess]:
    """What else may explain each cell: a slip of digits, an edit and a sign or factor, rounding too early."""
    pairs = _together(tried, centres, values, half + spreads)
    numbers = (array.tolist() for array in (values, owns, keys, half, spreads))
    for pair, value, own, key, width, spread in zip(pairs, *numbers, strict=True):
        yield digit_slip(value, own, key, width, spread) or pair or _nearly(value, own, key, width)


class _Some(dict[Key, Ball]):
    """The balls of some students, taken when they are first asked for."""

    def __init__(self, balls: dict[Key, Ball], students: NDArray[np.intp]) -> None:
        super().__init__()
        self.balls, self.students = balls, students

    def __missing__(self, key: Key) -> Ball:
        self[key] = self.balls[key].of(self.students)
        return self[key]


_WHOLE = ("factor 2", "factor ½")


def _named(top: list[Edit], candidates: list[Edit]) -> Diagnosis:
    """The edits that explain the most cells of the step, all of them where they do so equally well."""
    codes = dict.fromkeys(code for edit in top for code in edit.codes)
    # A factor of the whole formula is one way to see it; that it stands inside is the same once more.
    inside = [edit for edit in top if edit.scale not in _WHOLE]
    told = inside if {code for edit in inside for code in edit.codes} >= codes.keys() else top
    changes = tuple(dict.fromkeys(edit.change for edit in told))[:MOST_NAMED]
    scale = next((edit.scale for edit in candidates if edit.scale), "")
    return Diagnosis(tuple(codes), changes, scale)


_SECOND = (
    (-1.0, ("sign",), Change("The sign is flipped too.")),
    (2.0, ("extra-factor",), Change("There is a factor 2 too many as well.")),
    (0.5, ("missing-factor",), Change("There is a factor 2 too few as well.")),
)


def _together(tried: list[Edit], centres: Array, values: Array, widths: Array) -> list[Guess]:
    """For each cell two edits together: one of the formula, and a sign or a factor."""
    found: list[Guess] = [None] * len(values)
    room = np.abs(values) > 4 * widths
    for factor, codes, second in reversed(_SECOND):
        with np.errstate(invalid="ignore"):
            fits = room & (np.abs(factor * centres - values) <= widths + SLACK)
        for cell in np.flatnonzero(fits.any(axis=0)).tolist():
            edit = tried[int(fits[:, cell].argmax())]
            found[cell] = (*edit.codes, *codes), (edit.change, second)
    return found


def _nearly(value: float, own: float, key: float, half: float) -> Guess:
    """The key with its sign flipped, a flipped sign that is a little off besides, or rounding too early."""
    if abs(value) > 4 * half and abs(value + key) <= half + SLACK:
        return ("sign",), (Change("The sign is flipped."),)
    room = max(NEAR * abs(own), 6 * half)
    if abs(value) > 4 * half and abs(value + own) <= NEAR * abs(own) + 2 * half:
        change = Change("The sign is flipped, and the digits are a little off as well.")
        return ("sign", "early-rounding"), (change,)
    if abs(value - own) <= room and abs(own) > 2 * half:
        return ("early-rounding",), (Change("Nearly right: something was rounded too early."),)
    return None


def _primed(judgement: Judgement, step: Step) -> Formula:
    """The step's formula with f′ written as f′(z)."""
    for variant in judgement.variants[2:3]:
        for other in variant.steps:
            if other.key == step.key:
                return other.formula
    return step.formula
