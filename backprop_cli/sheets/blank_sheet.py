"""The answer sheet to fill in: TOML with the handout's own symbol beside each line, or CSV for a class.

With a trace the answers stand in it, rounded to the decimals asked for; a problem in letters asks for
formulas.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import product as positions
from math import prod

from ..documents.equation_lines import Lines
from ..documents.ranges import index_range
from ..errors import InputError
from ..formula.arithmetic import Significant, decimal
from ..formula.tree import SAMPLE, SAMPLES, Index
from ..plan.questions import CHAINS
from ..plan.steps import Plan, Step
from ..problem.problem import PHASES, Phase, Problem
from ..render.text import TextMath
from ..values.asked import asked_steps
from ..values.cells import Cell, cells_of, quantity_name, shape_of
from ..values.trace import Trace
from .csv_text import Figure, csv_text
from .nesting import blank_value, sheet_axes
from .sheet_symbols import SheetSymbols

MOST_CELLS = 20_000
Asked = tuple[Step, tuple[Cell, ...]]
_LISTED = 4  # cells whose symbols are told one by one
_WIDTH = 60  # of a value on one line


class BlankSheet:
    """The sheet of one plan; with `trace`, or for a problem in letters with `filled`, the key."""

    def __init__(
        self, plan: Plan, trace: Trace | None = None, *, filled: bool = False, ascii: bool = False
    ) -> None:
        self.plan, self.problem, self.trace = plan, plan.problem, trace
        self.filled = filled
        self.text = TextMath(ascii)
        self._begin(ascii)
        self.asked = asked_steps(plan)
        count = sum(max(len(cells), 1) for _, cells in self.asked)
        if count > MOST_CELLS:
            raise InputError(
                f"a sheet for this problem would have {count} answers, more than {MOST_CELLS}",
                help="a sheet is for a network that can be worked out by hand",
            )

    def _begin(self, ascii: bool) -> None:
        self.lines = Lines(self.plan, None)
        self.symbols = SheetSymbols(self.plan, ascii=ascii)

    def toml(self, student: str = "") -> str:
        """The sheet as TOML."""
        lines = [*self._head(), f"problem = {_quoted(self.problem.name)}", f"student = {_quoted(student)}"]
        for name, asked in self._tables():
            lines += ["", *([f"[{name}]"] if name else []), *self._entries(asked)]
        return "\n".join(lines) + "\n"

    def _tables(self) -> Iterator[tuple[str, list[Asked]]]:
        """The tables of the sheet: before the layers' what is no layer's."""
        for level in range(self.problem.depth + 1):
            asked = [(step, cells) for step, cells in self.asked if step.level == level]
            if asked:
                yield self.problem.layer(level).name if level else "", asked

    def csv(self, student: str = "key") -> str:
        """A class's table: its header, and with a trace the key as the row of a student."""
        names: list[str] = []
        key: list[str] = []  # numbers as they are, formulas as texts
        for step, found in self.asked:
            names += (
                [cell.name for cell in found] if self._numeric(step) else [quantity_name(self.plan, step)]
            )
            if self.filled:
                numbers = [Figure(self._number(step, cell.position)) for cell in found]
                key += numbers if self._numeric(step) else [self._formula(step)]
        return csv_text([("student", *names), *([(student, *key)] if self.filled else [])])

    def _head(self) -> Iterator[str]:
        for part in (self.problem.title, self.problem.source):
            yield from (f"# {self.text.plain(line)}" for line in part.splitlines())
        if self.problem.symbolic:
            yield "# Answer with formulas in the symbols on the right, such as " + _quoted(self._example())
            return
        digits = asked_digits(self.problem)
        phases = [phase for phase in PHASES if any(step.phase == phase for step, _ in self.asked)]
        if len({digits[phase] for phase in phases}) == 1:
            yield f"# {digits_asked(digits[phases[0]])}."
        else:
            listed = ", ".join(
                f"{_PHASES[phase]} {digits_asked(digits[phase], short=True)}" for phase in phases
            )
            yield f"# Decimals: {listed}."
        yield '# An answer may be an expression: "2*(0.30 - 0)". Leave blank what you skip.'

    def _example(self) -> str:
        """A formula that gives no answer away: the loss, else another that is not asked for."""
        asked = [step for step, _ in self.asked]
        given = [step for step in self.plan.written() if step.key not in {other.key for other in asked}]
        return self._formula((given or asked)[-1])

    def _entries(self, asked: Sequence[Asked]) -> Iterator[str]:
        entries = [entry for step, cells in asked for entry in self._lines(step, cells)]
        width = max(len(key) for key, _, _ in entries)
        rows = [(f"{key:<{width}} = {value}", comment) for key, value, comment in entries]
        column = max((len(row) for row, _ in rows if "\n" not in row), default=0)
        for row, comment in rows:
            first, newline, rest = row.partition("\n")
            yield f"{first:<{0 if newline else column}}  # {comment}{newline}{rest}"

    def _lines(self, step: Step, cells: Sequence[Cell]) -> Iterator[tuple[str, str, str]]:
        """Key, value and symbol of a quantity, or of each of its cells where only some are asked."""
        if len(cells) == len(cells_of(self.plan, step)):
            yield self._key(step), self._value(step), self._comment(step)
            return
        for cell in cells:
            key = _quoted(cell.name.removeprefix(f"{quantity_name(self.plan, step).rpartition('.')[0]}."))
            value = _quoted(self._number(step, cell.position))
            yield key, value, self._new(step) + self.symbols.of(step, cell.position)

    def _key(self, step: Step) -> str:
        """What a quantity is called within its table."""
        return quantity_name(self.plan, step).rpartition(".")[2]

    def _value(self, step: Step) -> str:
        """A step's answers as they nest, or blanks."""
        if not self._numeric(step):
            return _quoted(self._formula(step) if self.filled else "")
        shape = shape_of(self.plan, step) or ()
        axes = sheet_axes(self.problem, step)
        sizes = [shape[axis] for axis in axes]
        leaves = (_quoted(self._at(step, axes, place)) for place in positions(*map(range, sizes)))
        value = blank_value(sizes, leaves)
        if len(value) > _WIDTH and len(sizes) > 1:
            inner = "[" * (len(sizes) - 1)
            inner_end = "]" * (len(sizes) - 1)
            value = value.replace(f"{inner_end}, {inner}", f"{inner_end},\n    {inner}")
            value = value.replace(f"[{inner}", f"[\n    {inner}", 1).replace(
                f"{inner_end}]", f"{inner_end},\n]"
            )
        return value

    def _at(self, step: Step, axes: tuple[int, ...], place: tuple[int, ...]) -> str:
        position = [0] * len(step.indices)
        for axis, number in zip(axes, place, strict=True):
            position[axis] = number
        return self._number(step, tuple(position))

    def _number(self, step: Step, position: tuple[int, ...]) -> str:
        if self.trace is None:
            return ""
        return decimal(float(self.trace[step.key][position]), asked_digits(self.problem)[step.phase])

    def _numeric(self, step: Step) -> bool:
        return not self.problem.symbolic and shape_of(self.plan, step) is not None

    def _formula(self, step: Step) -> str:
        return self.text.line(self.lines.right(step, {}))

    def _comment(self, step: Step) -> str:
        """The symbols of a step's cells, or its general symbol with the ranges of its indices."""
        shape, turns = shape_of(self.plan, step), self.symbols.turns
        new = self._new(step)
        if not turns and shape is not None and prod(shape) <= _LISTED and self._numeric(step):
            axes = sheet_axes(self.problem, step)
            sizes = [shape[axis] for axis in axes]
            places = list(positions(*map(range, sizes)))
            symbols = [self._symbol(step, axes, place) for place in places]
            return new + ", ".join(symbols)
        running = [index for index in step.indices if index not in self.lines.symbols.singles]
        if self.problem.notation.weight_order == "input,unit" and len(running) == 2 and running[0].level >= 0:
            running.reverse()
        running = [index for index in running if not (turns and index == SAMPLES)]
        ranges = [self.text.plain(index_range(self.lines.symbols, index)) for index in running]
        words = f" for {' and '.join(ranges)}" if ranges else ""
        nesting = ", sample by sample" if turns else self._nesting(step, running)
        form = ", as a chain of partial derivatives" if step.quantity in CHAINS else ""
        return new + self.symbols.general(step) + words + nesting + form

    def _new(self, step: Step) -> str:
        return "new " if step.quantity.startswith("new_") else ""

    def _symbol(self, step: Step, axes: tuple[int, ...], place: tuple[int, ...]) -> str:
        position = [0] * len(step.indices)
        for axis, number in zip(axes, place, strict=True):
            position[axis] = number
        return self.symbols.of(step, tuple(position))

    def _nesting(self, step: Step, running: list[Index]) -> str:
        """What a row of a matrix is, where there are rows."""
        axes = sheet_axes(self.problem, step)
        if len(axes) != 2 or not running or not self._numeric(step):
            return ""
        outer = step.indices[axes[0]]
        inputs = step.quantity in ("weight_gradient", "new_weights") and axes[0] == 1
        return f"; a row per {'sample' if outer.level == SAMPLE else 'input' if inputs else 'unit'}"


_PHASES: dict[Phase, str] = {
    "forward": "forward pass",
    "loss": "loss",
    "backward": "backward pass",
    "gradient": "gradients",
    "update": "update",
}


def asked_digits(problem: Problem) -> dict[Phase, int]:
    """The decimals that answers are asked for with."""
    return dict(problem.marks.digits or problem.digits)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def digits_asked(digits: int, *, short: bool = False) -> str:
    """How many digits an answer is to have, in words: Decimals: 4; in a list only the number, if decimals."""
    if isinstance(digits, Significant):
        return f"{digits} significant" if short else f"Significant digits: {digits}"
    return str(digits) if short else f"Decimals: {digits}"
