"""The handout's own symbol for each cell of a sheet."""

from __future__ import annotations

from typing import cast

from ..documents.cell_symbols import CellSymbols
from ..documents.document import Equation
from ..documents.equation_lines import Lines
from ..formula.tree import SAMPLES, Ref
from ..plan.plan import make_plan
from ..plan.steps import EquationPlan, Plan, Step
from ..problem.equations import letter_of
from ..render.text import TextMath
from ..values.trace import first_positions
from ..values.turns import by_turns


class SheetSymbols:
    """The handout's symbol for each cell of a sheet."""

    def __init__(self, plan: Plan, *, ascii: bool = False) -> None:
        self.turns = by_turns(plan.problem)
        self.plan = make_plan(plan.problem.sample(0)) if self.turns else plan
        self.lines = Lines(self.plan, None)
        self.text = TextMath(ascii)

    def general(self, step: Step) -> str:
        """A quantity's symbol, its indices as letters."""
        own = self.plan.step(*step.key)
        return self.text.line(self.lines.left(step if own is None else own, {}))

    def equation(self, step: Step) -> Equation:
        """A quantity's general formula, with the ranges of its indices."""
        return self.lines.general(self.plan.step(*step.key) or step)

    def of(self, step: Step, position: tuple[int, ...]) -> str:
        """A cell's symbol; within a turn the sample is not written."""
        if self.turns:
            own = self.plan.step(*step.key)
            if own is not None:
                inner = position[1:]
                position = (0, *inner) if SAMPLES in own.indices else inner
                step = own
        bound = dict(zip(step.indices, position, strict=True))
        return self.text.line(self.lines.left(step, bound))


class EquationSheetSymbols(SheetSymbols):
    """The symbols of a problem of equations: h₂₁, ∂L/∂W₁₂; a new value as the old one."""

    def __init__(self, plan: Plan, *, ascii: bool = False) -> None:
        self.turns = False
        self.plan = plan
        self.cells = CellSymbols(plan.problem)
        self.text = TextMath(ascii)

    def equation(self, step: Step) -> Equation:
        from ..documents.equation_solution import EquationLines

        return EquationLines(cast(EquationPlan, self.plan), None).general(step)

    def general(self, step: Step) -> str:
        return self._written(step, [letter_of(index.level) for index in step.indices])

    def of(self, step: Step, position: tuple[int, ...]) -> str:
        firsts = first_positions(self.plan.problem, step)
        return self._written(step, [str(at + first) for at, first in zip(position, firsts, strict=True)])

    def _written(self, step: Step, places: list[str]) -> str:
        quantity = "value" if step.quantity == "new" else step.quantity
        inside = f"[{','.join(places)}]" if places else ""
        return self.text.line(self.cells.write(Ref(quantity, f"{step.level}{inside}")))
