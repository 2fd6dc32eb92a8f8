"""What is said of a wrong cell in a problem of equations."""

from __future__ import annotations

from typing import Any, cast

from ...documents.cell_symbols import CellSymbols
from ...documents.math_writing import Writer
from ...plan.steps import Step
from ...render.text import TextMath
from ...values.cell_plan import CellPlan
from .words import Teller


class CellTeller(Teller):
    """Writes about the cells of one problem of equations."""

    def __init__(self, plan: CellPlan, *, ascii: bool = False) -> None:
        # Symbols and figures are of single cells, which need no index to be bound.
        self.problem = cast(Any, plan.problem)
        self.symbols = cast(Any, CellSymbols(plan.problem))
        self.text = TextMath(ascii)
        self.writer = Writer(self.symbols)

    def name(self, step: Step, position: tuple[int, ...]) -> str:
        return self.text.line(self.symbols.write(step.ref, {}))

    def right(self, step: Step, position: tuple[int, ...]) -> str:
        return self.text.line(self.writer.write(step.formula))
