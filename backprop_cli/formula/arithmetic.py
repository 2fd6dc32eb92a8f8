"""What a number is, and rounding as it is done by hand.

Everything is float64 and works on arrays of any shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[np.float64]"

# A value this close to a tie, in units of the last place kept, is one: 0.57·0.5 is 0.285 on paper, not
# 0.28499999999999998. The slack grows with the number of places, as the error does, up to a limit.
TIE = 1e-11
WIDEST_TIE = 1e-6
# Of a number with significant digits: the most decimals it may have, and the most that are written out.
MOST_DECIMALS, LONGEST = 300, 12


class Significant(int):
    """So many significant digits, where a plain number counts decimals."""


def decimals_of(values: Array, digits: int) -> Array | int:
    """How many decimals `digits` are: the number itself, or what each value needs for its significant ones.

    Negative where a whole number has more digits than that; 0 is asked for exactly.
    """
    if not isinstance(digits, Significant):
        return digits
    with np.errstate(divide="ignore"):
        power = np.floor(np.log10(np.abs(values)) + 1e-13)
    return np.where(values == 0, MOST_DECIMALS, np.clip(int(digits) - 1 - power, -300, MOST_DECIMALS))


def decimal(value: float, digits: int) -> str:
    """A number with that many digits, ties away from zero, −0 as 0: as by-hand rounding gives it."""
    rounded = float(round_half_up(np.asarray(value, dtype=np.float64), digits))
    if isinstance(digits, Significant):
        places = int(decimals_of(np.asarray(rounded), digits))
        if rounded == 0:
            return "0"
        if places > LONGEST or abs(rounded) >= 1e15:
            return f"{rounded:.{int(digits) - 1}e}"
        return f"{rounded:.{max(places, 0)}f}"
    if abs(rounded) >= 1e15:
        return f"{rounded:.{max(digits, 1)}e}"
    return f"{rounded:.{digits}f}"


def round_half_up(values: Array, digits: int) -> Array:
    """Round to `digits` decimals, or significant digits, ties away from zero, as taught by hand.

    0.125 becomes 0.13 and −0.125 becomes −0.13. Values too large to have that many decimals in float64 are
    left as they are; a result of −0 is 0.
    """
    scale = 10.0 ** np.asarray(decimals_of(values, digits), dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.abs(values) * scale
        whole = np.floor(scaled + 0.5 + np.clip(TIE * scaled, TIE, WIDEST_TIE))
        rounded = np.copysign(whole / scale, values)
    return np.where(scaled < 2.0**52, rounded, values) + 0.0
