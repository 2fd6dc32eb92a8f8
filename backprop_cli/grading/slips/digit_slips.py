"""Slips of digits: two of them swapped, or the decimal point moved."""

from __future__ import annotations

from itertools import pairwise
from math import isfinite

from .changes import Change

_SHIFTS = (10.0, 0.1, 100.0, 0.01, 1000.0, 0.001)


def digit_slip(
    value: float, own: float, key: float, half: float, spread: float
) -> tuple[tuple[str, ...], tuple[Change, ...]] | None:
    """Whether an answer is the right number with its point moved or two neighbouring digits swapped."""
    if value == 0:
        return None
    for target in filter(isfinite, (own, key)):
        for shift in _SHIFTS:
            moved = target * shift
            width = half + spread * shift if shift < 1 else half * (1 + shift) + spread * shift
            if abs(moved) > 4 * half and abs(value - moved) <= min(width, 0.02 * abs(moved) + half):
                return ("decimal-shift",), (Change("The decimal point has moved."),)
        if _swapped(value, target, half):
            return ("digits-swapped",), (Change("Two digits are swapped."),)
        if _swapped(value, -target, half):
            return ("digits-swapped", "sign"), (Change("Two digits are swapped, and the sign is flipped."),)
    return None


def _swapped(value: float, target: float, half: float) -> bool:
    """Whether swapping two neighbouring digits of the target, at the answer's last place, gives the
    answer.
    """
    if value * target <= 0 or not 1e-12 < half < 1e6:
        return False
    unit = 2 * half
    wanted = round(abs(value) / unit)
    base = round(abs(target) / unit)
    if max(wanted, base) > 10**15:
        return False
    for near in (base, base - 1, base + 1):
        if (wanted - near) % 9:  # 10a + b and 10b + a differ by 9(a − b)
            continue
        digits = str(max(near, 0)).rjust(len(str(wanted)), "0")
        for place, (left, right) in enumerate(pairwise(digits)):
            if left != right and int(digits[:place] + right + left + digits[place + 2 :]) == wanted:
                return True
    return False
