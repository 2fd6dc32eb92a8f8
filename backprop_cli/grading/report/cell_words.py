"""What is said of a wrong cell in a problem of equations."""

from __future__ import annotations

from typing import Any, cast

from ...documents.cell_symbols import CellSymbols
from ...documents.document import Math
from ...documents.equation_solution import EquationLines
from ...documents.equation_writing import EquationSymbols, EquationWriter
from ...documents.math_writing import Writer
from ...documents.symbols import Bound
from ...formula.tree import Formula, Index, Ref, Sum, walk
from ...plan.steps import EquationPlan, Step
from ...problem.equations import given_by_equations
from ...render.text import TextMath
from ...values.cell_plan import CellPlan, is_cell_plan
from ...values.trace import first_positions
from .words import Teller


class _CellWriter:
    """Writes formulas over single cells; those with letters left in them as the equations have them."""

    def __init__(self, cells: Writer, general: EquationWriter) -> None:
        self.cells, self.general = cells, general

    def write(self, formula: Formula, bound: Bound | None = None) -> Math:
        lettered = any(
            isinstance(part, Sum) or (isinstance(part, Ref) and part.indices) for _, part in walk(formula)
        )
        return (self.general if lettered else self.cells).write(formula, bound)


class CellTeller(Teller):
    """Writes about the cells of one problem of equations."""

    def __init__(self, plan: CellPlan, *, ascii: bool = False) -> None:
        # Symbols and figures are of single cells, which need no index to be bound.
        self.problem = cast(Any, plan.problem)
        self.symbols = cast(Any, CellSymbols(plan.problem))
        self.text = TextMath(ascii)
        general = EquationWriter(cast(Any, EquationSymbols(plan.problem)))
        self.writer = cast(Any, _CellWriter(Writer(self.symbols), general))

    def name(self, step: Step, position: tuple[int, ...]) -> str:
        return self.text.line(self.symbols.write(step.ref, {}))

    def right(self, step: Step, position: tuple[int, ...]) -> str:
        return self.text.line(self.writer.write(step.formula))


class EquationTeller(Teller):
    """Writes about whole quantities of a problem of equations."""

    def __init__(self, plan: EquationPlan, *, ascii: bool = False) -> None:
        self.problem = cast(Any, plan.problem)
        self.text = TextMath(ascii)
        self.lines = cast(Any, EquationLines(plan, None))
        self.symbols = self.lines.symbols
        self.writer = self.lines.general_writer

    def name(self, step: Step, position: tuple[int, ...]) -> str:
        return self.text.line(self.lines.left(step, self._at(step, position)))

    def right(self, step: Step, position: tuple[int, ...]) -> str:
        return self.text.line(self.writer.write(step.formula, self._at(step, position)))

    def _at(self, step: Step, position: tuple[int, ...]) -> dict[Index, int]:
        firsts = first_positions(self.problem, step)
        own = (at + first for at, first in zip(position, firsts, strict=False))
        return dict(zip(step.indices, own, strict=False))


def teller_of(plan: Any, *, ascii: bool = False) -> Teller:
    """What writes about the cells of a plan, of whatever kind."""
    if is_cell_plan(plan):
        return CellTeller(plan, ascii=ascii)
    if given_by_equations(plan.problem):
        return EquationTeller(plan, ascii=ascii)
    return Teller(plan, ascii=ascii)
