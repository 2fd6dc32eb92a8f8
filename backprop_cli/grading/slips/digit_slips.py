"""Slips of digits: two of them swapped, the decimal point moved, a number rounded before it was used."""

from __future__ import annotations

from itertools import pairwise
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from ...formula.arithmetic import Array, round_half_up
from ...formula.tree import ONE, Formula, Key, Ref, children, free_indices, refs
from ..balls import Ball, BallEvaluator
from ..judge import Judgement
from ..verdicts import Line
from .changes import Change, Edit, replaced
from .evidence import Candidate, Seen
from .operands import Operands

_SHIFTS = (10.0, 0.1, 100.0, 0.01, 1000.0, 0.001)
_MOVED = Change("The decimal point has moved.")
_SWAPPED = Edit(("digits-swapped",), ONE, Change("Two digits are swapped."), rare=0.5)
_FLIPPED = Edit(("sign",), ONE, Change("The sign is flipped."))
_TOO = Edit(("sign",), ONE, Change("The sign is flipped too."))
_PART = "part"


def digit_candidates(line: Line, rows: NDArray[np.intp], seen: Seen) -> list[Candidate]:
    """What a moved point, swapped digits or a lost sign make of the due value, and of the key."""
    shape = seen.values.shape
    own, spread, key = (
        np.broadcast_to(array, line.verdict.shape)[rows].reshape(shape)
        for array in (line.own.centre, line.own.spread(), line.key)
    )
    found = []
    key = np.where(np.abs(key - own) <= spread + seen.half, np.nan, key)
    for target, width in ((own, spread), (key, np.zeros(shape))):
        for place, shift in enumerate(_SHIFTS):
            moved = width * shift + (seen.half * shift if shift > 1 else 0.0)  # digits the shift brings in
            edit = Edit(("decimal-shift",), ONE, _MOVED, rare=1 + place // 2)
            found.append(Candidate(edit, target * shift, np.asarray(moved)))
    found.append(Candidate(_FLIPPED, -key, np.zeros(shape)))
    swapped = np.full(shape, np.nan)
    turned = np.full(shape, np.nan)
    for row, cell in np.argwhere(seen.slips).tolist():
        value, unit = seen.values[row, cell].item(), seen.half[row, cell].item()
        due: list[float] = [own[row, cell].item(), key[row, cell].item()]
        for right in filter(isfinite, due):
            if _swapped(value, right, unit):
                swapped[row, cell] = value
            if _swapped(value, -right, unit):
                turned[row, cell] = value
    found.append(Candidate(_SWAPPED, swapped, np.zeros(shape)))
    found.append(Candidate(_SWAPPED, turned, np.zeros(shape), _TOO))
    return found


def _swapped(value: float, target: float, half: float) -> bool:
    """Whether swapping two neighbouring digits of the target, as rounded at the answer's last place, gives
    the answer.
    """
    if value * target <= 0 or not 1e-12 < half < 1e6:
        return False
    unit = 2 * half
    wanted = round(abs(value) / unit)
    base = int(abs(target) / unit + 0.5)
    if max(wanted, base) > 10**15 or (wanted - base) % 9:  # 10a + b and 10b + a differ by 9(a − b)
        return False
    digits = str(base).rjust(len(str(wanted)), "0")
    return any(
        left != right and int(digits[:place] + right + left + digits[place + 2 :]) == wanted
        for place, (left, right) in enumerate(pairwise(digits))
    )


def rounded_early(judgement: Judgement, line: Line, numbers: Operands) -> list[Candidate]:
    """The line from operands rounded to fewer digits: all of them, or one; and its own value so rounded."""
    step, problem = line.step, judgement.problem
    asked = judgement.digits[step.phase]
    students = len(numbers.students)
    operands = list(dict.fromkeys(ref.key for ref in refs(step.formula) if ref.key in judgement.lines))
    found = []

    def add(changed: dict[Key, Ball], formula: Formula, words: str, *names: Formula) -> None:
        reader = BallEvaluator(problem, Operands(judgement, numbers.students, changed))
        try:
            ball = reader.ball(formula, step.indices, students)
        except (KeyError, ValueError):
            return
        edit = Edit(("early-rounding",), ONE, Change(words, names))
        found.append(Candidate(edit, ball.centre, np.broadcast_to(ball.spread(), ball.centre.shape)))

    for digits in range(1, max(asked, 1)):
        to = f"to {digits} decimal{'s' if digits > 1 else ''}"
        if len(operands) > 1:
            changed = {key: _rounded(numbers[key], digits) for key in operands}
            add(changed, step.formula, f"The numbers of this line were rounded too early, {to}.")
        for key in operands:
            ref = next(ref for ref in refs(step.formula) if ref.key == key)
            words = f"{{0}} was rounded too early, {to}."
            add({key: _rounded(numbers[key], digits)}, step.formula, words, ref)
        for place, part in enumerate(children(step.formula)):
            if isinstance(part, Ref) or not free_indices(part):
                continue
            indices = tuple(sorted(free_indices(part)))
            whole = BallEvaluator(problem, numbers).ball(part, indices, students)
            formula = replaced(step.formula, (place,), Ref(_PART, step.level, indices))
            words = f"{{0}} was rounded too early, {to}."
            add({(_PART, step.level): _rounded(whole, digits)}, formula, words, part)
        own = np.broadcast_to(line.own.centre, line.verdict.shape)[numbers.students]
        edit = Edit(("early-rounding", "too-few-digits"), ONE, Change(f"This was rounded too early, {to}."))
        found.append(Candidate(edit, round_half_up(own, digits), np.zeros(own.shape)))
    return found


def _rounded(ball: Ball, digits: int) -> Ball:
    return Ball(_to(ball.centre, digits), None, ball.axes)


def _to(array: Array, digits: int) -> Array:
    return np.asarray(round_half_up(array, digits))
