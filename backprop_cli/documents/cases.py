"""A function by cases, as it is written: each value with the range of its argument."""

from __future__ import annotations

from ..formula.tree import Formula, Ref
from ..functions import row
from .document import Cases, Math, Operator, Row
from .math_writing import Writer
from .symbols import Bound


def by_cases(
    writer: Writer, tree: row.Cases, x: Ref, bound: Bound | None = None, *, from_above: bool = False
) -> Cases:
    """The cases from the lowest x to the highest, or from above."""
    rows: list[tuple[Math, Math]] = []
    low: tuple[Formula, bool] | None = None
    name = writer.write(x, bound)
    for case in tree.cases:
        below: tuple[Math, ...] = ()
        if low is not None and case.upto is not None:
            below = (writer.write(low[0], bound), Operator("≤" if not low[1] else "<"))
        if case.upto is not None:
            condition = (*below, name, Operator("≤" if case.closed else "<"), writer.write(case.upto, bound))
        else:
            closed = low is None or low[1]
            edge = writer.write(low[0], bound) if low else name
            condition = (name, Operator(">" if closed else "≥"), edge)
        rows.append((writer.write(case.formula, bound), Row(condition)))
        low = None if case.upto is None else (case.upto, case.closed)
    return Cases(tuple(reversed(rows) if from_above else rows))
