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


def round_half_up(values: Array, digits: int) -> Array:
    """Round to `digits` decimals, ties away from zero, as taught by hand.

    0.125 becomes 0.13 and −0.125 becomes −0.13. Values too large to have that many decimals in float64 are
    left as they are; a result of −0 is 0.
    """
    scale = 10.0**digits
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.abs(values) * scale
        whole = np.floor(scaled + 0.5 + np.clip(TIE * scaled, TIE, WIDEST_TIE))
        rounded = np.copysign(whole / scale, values)
    return np.where(scaled < 2.0**52, rounded, values) + 0.0
