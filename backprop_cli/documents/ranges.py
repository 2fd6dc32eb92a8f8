"""Index ranges in words: for j = 1, 2, 3 and k = 1, 2; the sum over i = 1, …, P."""

from __future__ import annotations

from ..formula.tree import Index, Sum, walk
from ..plan.steps import Step
from .symbols import Symbols

_LISTED = 5


def index_range(symbols: Symbols, index: Index) -> str:
    """The values an index takes: j = 1, 2, 3, or j = 1, …, P."""
    size = symbols.problem.size(index)
    letter = symbols.letters[index]
    if isinstance(size, str):
        return f"{letter} = 1, …, {size}"
    names = [symbols.index(index, {index: position}) for position in range(size)]
    shown = names if size <= _LISTED else [names[0], "…", names[-1]]
    return f"{letter} = {', '.join(shown)}"


class Ranges:
    """The index ranges of a document's equations; a sum's range is told where its letter first occurs."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self.told: set[Index] = set()

    def condition(self, step: Step) -> str:
        """The ranges that hold for a step's general formula."""
        free = [index for index in step.indices if not self._single(index)]
        if len(free) == 2 and free[0].level >= 0 and self.symbols.notation.weight_order == "input,unit":
            free.reverse()
        sums = [
            part.index
            for _, part in walk(step.formula)
            if isinstance(part, Sum) and not self._single(part.index) and part.index not in free
        ]
        parts = []
        if free:
            parts.append("for " + " and ".join(index_range(self.symbols, index) for index in free))
        new = [index for index in dict.fromkeys(sums) if index not in self.told]
        if new:
            parts.append("the sum over " + " and ".join(index_range(self.symbols, index) for index in new))
        self.told.update(free, sums)
        return "; ".join(parts)

    def _single(self, index: Index) -> bool:
        return index in self.symbols.singles
