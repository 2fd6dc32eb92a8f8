"""The table of functions: every row by its name, by what it is typed as, and those of several arguments.

`ROWS` has all rows, `ACTIVATIONS` those a layer may use, `TYPED` every spelling → the row's name.
`applied` is what a parser needs: the formula of a typed function and its arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

from ..formula.tree import ZERO, Formula, Function, Index, Negation, add
from . import elementary, losses
from .activations import ACTIVATIONS
from .row import PARAMETER, ROWS, Row, X, own_function, row_of

__all__ = [
    "ACTIVATIONS",
    "PARAMETER",
    "ROWS",
    "SEVERAL",
    "TYPED",
    "Row",
    "X",
    "applied",
    "elementary",
    "losses",
    "maximum",
    "minimum",
    "own_function",
    "row_of",
]


def maximum(left: Formula, right: Formula) -> Formula:
    """max(left, right) = right + max(0, left − right); max(0, x) stays one function."""
    if ZERO not in (left, right):
        return add(right, Function("positive_part", add(left, Negation(right))))
    return Function("positive_part", left if right == ZERO else right)


def minimum(left: Formula, right: Formula) -> Formula:
    """min(left, right) = −max(−left, −right), as left − max(0, left − right)."""
    return add(left, Negation(Function("positive_part", add(left, Negation(right)))))


# The functions of two or more arguments.
SEVERAL: dict[str, Callable[[Formula, Formula], Formula]] = {"max": maximum, "min": minimum}

# How a function may be typed → its name in the table.
TYPED: dict[str, str] = {
    **{spelling: row.name for row in ROWS.values() for spelling in row.typed},
    **{name: name for name in SEVERAL},
}


def applied(
    typed: str,
    arguments: Sequence[Formula],
    *,
    prime: bool = False,
    parameter: float | None = None,
    over: Index | None = None,
) -> Formula:
    """The formula of a function by any of its spellings. Raises ValueError, in words for who typed it.

    `over` is the index that softmax normalises over.
    """
    name = TYPED[typed]
    if name in SEVERAL:
        if len(arguments) < 2 or prime:
            raise ValueError(f"{typed} takes two numbers or more: {typed}(0, z)")
        return reduce(SEVERAL[name], arguments)
    if len(arguments) != 1:
        raise ValueError(f"{typed} takes one number, not {len(arguments)}")
    row = ROWS[name]
    if row.units and (over is None or prime):
        raise ValueError(f"{typed} needs the index it runs over, such as {typed}_j(z_j), and has no prime")
    return Function(name, arguments[0], prime, parameter, over if row.units else None)
