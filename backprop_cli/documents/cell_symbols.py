"""How single cells of a problem of equations are written: h₂₁ for value.h[2,1], ∂L/∂w for gradient.w."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..formula.tree import Index, Ref
from ..problem.equations import given_by_equations
from .document import Math, Partial, Symbol
from .symbols import Bound

_CELL = re.compile(r"(?P<symbol>.+?)(?:\[(?P<inside>[^\[\]]+)\])?")
_LABELLED = re.compile(r"(?P<base>[^\W\d_][^\W\d_]*[\u0300-\u036f]*'*)(?P<label>.*)")


class CellSymbols:
    """Writes a cell's quantity: its value, ∂L/∂ of it, or its new value."""

    singles: Mapping[Index, int] = {}

    def __init__(self, problem: object) -> None:
        self.objective, self.rate = "L", "η"
        if given_by_equations(problem):
            self.objective, self.rate = problem.objective, problem.notation.learning_rate

    def write(self, ref: Ref, bound: Bound | None = None) -> Math:
        """The symbol of a cell."""
        if ref.quantity == "gradient":
            return Partial(self._symbol(self.objective), self._symbol(str(ref.level)))
        if isinstance(ref.level, str):
            return self._symbol(ref.level, new=ref.quantity != "value")
        if ref.quantity == "learning_rate":
            return Symbol(self.rate)
        return Symbol(ref.quantity)

    def _symbol(self, name: str, new: bool = False) -> Symbol:
        match = _CELL.fullmatch(name)
        symbol, inside = (match["symbol"], match["inside"]) if match else (name, None)
        found = _LABELLED.fullmatch(symbol)
        base, label = (found["base"], found["label"].strip("_^(){}")) if found else (symbol, "")
        marks = (label,) if label else ()
        places = tuple(inside.split(",")) if inside else ()
        return Symbol(f"{base}′" if new else base, (*marks, *places))
