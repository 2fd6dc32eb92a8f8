"""What a number is: the elementary functions, and rounding as it is done by hand.

Everything is float64 and works on arrays of any shape.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..records import dataclass

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


@dataclass(frozen=True)
class Elementary:
    """A function of one number with its derivative."""

    f: Callable[[Array], Array]
    derivative: Callable[[Array], Array]


def _step(x: Array) -> Array:
    return (x > 0).astype(np.float64)


# name → f, f′; at a corner the derivative is the one by-hand courses use: 0 for max(0, x) and |x|.
ELEMENTARY: dict[str, Elementary] = {
    "exp": Elementary(np.exp, np.exp),
    "ln": Elementary(np.log, lambda x: 1.0 / x),
    "abs": Elementary(np.abs, np.sign),
    "sign": Elementary(np.sign, np.zeros_like),
    "positive_part": Elementary(lambda x: np.maximum(x, 0.0), _step),
    "step": Elementary(_step, np.zeros_like),
    "sqrt": Elementary(np.sqrt, lambda x: 0.5 / np.sqrt(x)),
}
