"""The answer sheet of a problem of equations: tables [value], [gradient] and [new], a key for each symbol."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import cast

from ..documents.equation_solution import EquationLines
from ..formula.tree import Index
from ..plan.steps import EquationPlan, Step
from ..problem.equations import given_by_equations, letter_of
from ..values.cells import QUANTITIES, cells_of
from .blank_sheet import Asked, BlankSheet
from .sheet_symbols import EquationSheetSymbols

_LISTED = 4  # cells whose symbols are told one by one
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class EquationSheet(BlankSheet):
    """The sheet of one plan of equations; with `trace` the key."""

    def _begin(self, ascii: bool) -> None:
        self.symbols = EquationSheetSymbols(self.plan, ascii=ascii)

    def _tables(self) -> Iterator[tuple[str, list[Asked]]]:
        for quantity in QUANTITIES:
            asked = [(step, cells) for step, cells in self.asked if step.quantity == quantity]
            if asked:
                yield quantity, asked

    def _new(self, step: Step) -> str:
        return "new " if step.quantity == "new" else ""

    def _key(self, step: Step) -> str:
        symbol = str(step.level)
        return symbol if _BARE.fullmatch(symbol) else json.dumps(symbol, ensure_ascii=False)

    def _comment(self, step: Step) -> str:
        """The symbols of a step's cells, or its general symbol with the ranges of its indices."""
        cells = cells_of(self.plan, step)
        if 0 < len(cells) <= _LISTED and not self.problem.symbolic:
            return self._new(step) + ", ".join(self.symbols.of(step, cell.position) for cell in cells)
        runs = [f"{letter_of(index.level)} = {self._run(index)}" for index in step.indices]
        words = f" for {' and '.join(runs)}" if runs else ""
        return self._new(step) + self.symbols.general(step) + words

    def _formula(self, step: Step) -> str:
        writer = EquationLines(cast(EquationPlan, self.plan), None).general_writer
        return self.text.line(writer.write(step.formula))

    def _run(self, index: Index) -> str:
        if not given_by_equations(self.problem):
            return ""
        run = self.problem.range_of(index)
        if isinstance(run.last, int) and run.last - run.first < 3:
            return ", ".join(map(str, range(run.first, run.last + 1)))
        return self.text.plain(f"{run.first}, …, {run.last}")
