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

from ..arithmetic import Array
from ..formula import Formula, Key
from ..steps import Step
from .balls import STUDENT, Ball, BallEvaluator
from .changes import Change, Edit
from .digits import digit_slip
from .edits import edits
from .judge import Judgement
from .verdicts import SLACK, Line, Verdict, everyone, half_unit

MOST_NAMED = 3
TOO_FEW_DIGITS = Change("Right as far as it goes, but with too few digits.")
NEAR = 0.03


@dataclass(frozen=True)
class Diagnosis:
    """Why one cell is wrong: the slip codes, likeliest first, and the changes that explain it."""

    codes: tuple[str, ...]
    changes: tuple[Change, ...]
    scale: str = ""
    together: bool = False  # whether the changes came together, rather than being alternatives


CellKey = tuple[int, Key, tuple[int, ...]]  # student, step, position


def diagnose(judgement: Judgement) -> dict[CellKey, Diagnosis]:
    """The diagnosis of every slip of a class."""
    found: dict[CellKey, Diagnosis] = {}
    strange = strange_balls(judgement)
    for line in judgement.lines.values():
        if (line.verdict == Verdict.SLIP).any():
            found.update(_line(judgement, line, strange))
    return found


def _line(judgement: Judgement, line: Line, strange: dict[Key, Ball]) -> Iterator[tuple[CellKey, Diagnosis]]:
    problem, step = judgement.problem, line.step
    slips = line.verdict == Verdict.SLIP
    rows = np.flatnonzero(slips.reshape(len(slips), -1).any(axis=1))
    slips, values = slips[rows], line.written.values[rows]
    half = half_unit(line.written, judgement.digits[step.phase])[0][rows]
    tried = edits(problem, step, _primed(judgement, step))
    reader = BallEvaluator(problem, _Some({**judgement.balls, **strange}, rows))
    centres = np.full((len(tried), *slips.shape), np.nan)
    matched = np.zeros((len(tried), *slips.shape), dtype=bool)
    reach = half + SLACK * np.maximum(1.0, np.abs(values))
    with np.errstate(invalid="ignore"):
        for place, edit in enumerate(tried):
            ball = reader.ball(edit.formula, step.indices, len(rows))
            fits = np.abs(values - ball.centre) <= reach + ball.spread()
            matched[place] = slips & fits & np.isfinite(ball.spread())
            centres[place] = ball.centre
    counts = matched.reshape(len(tried), len(rows), prod(slips.shape[1:])).sum(axis=2)
    named: dict[tuple[tuple[int, ...], tuple[int, ...]], Diagnosis] = {}
    own_spread = np.broadcast_to(line.own.spread(), line.own.centre.shape)
    for row, *rest in np.argwhere(slips).tolist():
        position = tuple(rest)
        here = (row, *position)
        student = (int(rows[row]), *position)
        cell = (student[0], step.key, position)
        candidates = matched[everyone(here)].nonzero()[0].tolist()
        if line.coarse[student]:
            yield cell, Diagnosis(("too-few-digits",), (TOO_FEW_DIGITS,))
        elif candidates:
            reasons = tuple(candidates)
            if len(reasons) > 1:
                explained = counts[candidates, row]
                reasons = tuple(
                    i for i, n in zip(candidates, explained.tolist(), strict=True) if n == explained.max()
                )
            # Students make the same mistakes: each combination is named once.
            if (reasons, tuple(candidates)) not in named:
                named[reasons, tuple(candidates)] = _named(
                    [tried[i] for i in reasons], [tried[i] for i in candidates]
                )
            yield cell, named[reasons, tuple(candidates)]
        else:
            value, width = float(values[here]), float(half[here])
            own, spread = float(line.own.centre[student]), float(own_spread[student])
            guess = (
                digit_slip(value, own, float(line.key[position]), width, spread)
                or _together(tried, centres[everyone(here)], value, width + spread)
                or _nearly(value, own, width)
            )
            if guess:
                yield cell, Diagnosis(guess[0], guess[1], together=True)


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


Guess = tuple[tuple[str, ...], tuple[Change, ...]] | None
_SECOND = (
    (-1.0, ("sign",), Change("The sign is flipped too.")),
    (2.0, ("extra-factor",), Change("There is a factor 2 too many as well.")),
    (0.5, ("missing-factor",), Change("There is a factor 2 too few as well.")),
)


def _together(tried: list[Edit], centres: Array, value: float, width: float) -> Guess:
    """Two edits together: one of the formula, and a sign or a factor."""
    if abs(value) <= 4 * width:
        return None
    for factor, codes, second in _SECOND:
        with np.errstate(invalid="ignore"):
            fits = (np.abs(factor * centres - value) <= width + SLACK).nonzero()[0]
        if len(fits):
            edit = tried[int(fits[0])]
            return (*edit.codes, *codes), (edit.change, second)
    return None


def _nearly(value: float, own: float, half: float) -> Guess:
    """A flipped sign that is a little off besides, or rounding too early."""
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


def strange_balls(judgement: Judgement) -> dict[Key, Ball]:
    """The quantities that only a mistake brings into a line: W transposed, updated, or of another layer."""
    problem, balls = judgement.problem, judgement.balls
    strange: dict[Key, Ball] = {}
    levels = range(1, problem.depth + 1)
    for level in levels:
        weights = balls["weights", level]
        strange["weights#T", level] = _fitted(_turned(weights), weights)
        if ("new_weights", level) in balls:
            strange["weights#new", level] = balls["new_weights", level]
        for other in levels:
            strange[f"weights#{other}", level] = _fitted(balls["weights", other], weights)
        if ("weight_gradient", level) in balls:
            gradient = balls["weight_gradient", level]
            strange["weight_gradient#T", level] = _fitted(_turned(gradient), gradient)
        for other in range(problem.depth + 1):
            for own in range(problem.depth + 1):
                strange[f"activation#{other}", own] = _fitted(
                    balls["activation", other], balls["activation", own]
                )
    return strange


def _turned(ball: Ball) -> Ball:
    return Ball(
        np.swapaxes(ball.centre, -1, -2),
        None if ball.radius is None else np.swapaxes(ball.radius, -1, -2),
        ball.axes,
    )


def _fitted(ball: Ball, like: Ball) -> Ball:
    """The ball cut or padded (with nan, which fits nothing) to another's trailing shape."""
    shape = like.centre.shape[like.centre.ndim - len([i for i in like.axes if i != STUDENT]) :]
    lead = ball.centre.shape[: ball.centre.ndim - len(shape)]
    centre = np.full((*lead, *shape), np.nan)
    radius = np.zeros((*lead, *shape))
    inner = [slice(0, min(a, b)) for a, b in zip(shape, ball.centre.shape[len(lead) :], strict=True)]
    cut = tuple([slice(None)] * len(lead) + inner)
    centre[cut] = ball.centre[cut]
    if ball.radius is not None:
        radius[cut] = ball.radius[cut]
    return Ball(centre, radius, ((STUDENT,) if lead else ()) + tuple(i for i in like.axes if i != STUDENT))
