"""A plan of equations cell by cell: every value a step of its own, a formula over single numbers.

h_{t,k} for t = 1, 2 and k = 1, 2, 3 becomes six steps, each Σ the terms it stands for, each shifted index the
cell it means. A recurrence is then a chain like any other, and what a term that is out of range would be is
simply not there.

    Ref("value", "h", (Shifted(t − 1), k))   at t = 2, k = 3   →   Ref("value", "h[1,3]")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product as positions
from typing import TypeGuard

import numpy as np

from ..formula.arithmetic import Array
from ..formula.differentiate import differentiate
from ..formula.tree import (
    ONE,
    ZERO,
    At,
    Extreme,
    Formula,
    Function,
    Index,
    Inside,
    Key,
    Kronecker,
    Negation,
    Number,
    Position,
    Product,
    Quotient,
    Read,
    Ref,
    Shifted,
    Size,
    Sum,
    add,
    children,
    number,
    product,
    refs,
    subtract,
    transform,
    with_children,
)
from ..plan.steps import EquationPlan, Step
from ..problem.equations import ARGUMENT, EquationProblem
from ..problem.problem import Numbers
from .equation_trace import equation_numbers

MOST_CELLS = 20_000
Bound = Mapping[Index, int]


@dataclass(frozen=True)
class CellOf:
    """What a step of a cell plan is a cell of: the step, and the position by its own numbers."""

    step: Step
    position: tuple[int, ...]


class CellPlan(EquationPlan):
    """The plan of single cells; `origin` tells which cell of which step each one is."""

    origin: dict[Key, CellOf]


def is_cell_plan(plan: object) -> TypeGuard[CellPlan]:
    """Whether a plan is one of single cells."""
    return isinstance(plan, CellPlan)


def cell_key(quantity: str, symbol: object, position: tuple[int, ...]) -> Key:
    """The key of one cell: ("value", "h[2,1]")."""
    inside = f"[{','.join(map(str, position))}]" if position else ""
    return (quantity, f"{symbol}{inside}")


def cells_by_position(plan: EquationPlan) -> Iterator[tuple[Step, tuple[int, ...]]]:
    """Every cell of every step, with its position by its own numbers."""
    for step in plan.steps:
        runs = [plan.problem.range_of(index) for index in step.indices]
        for position in positions(*(range(run.first, int(run.last) + 1) for run in runs)):
            yield step, position


class Spelling:
    """Writes formulas of one problem out over single cells."""

    def __init__(self, problem: EquationProblem) -> None:
        self.problem = problem

    def cell(self, formula: Formula, bound: Bound) -> Formula:
        """The formula with every index at a position."""
        match formula:
            case Ref(quantity, symbol, indices):
                return self.ref(quantity, symbol, tuple(self.place(index, bound) for index in indices))
            case Sum(index, body):
                return add(*(self.cell(body, {**bound, index: at}) for at in self.run(index)))
            case Size(index):
                return number(int(self.problem.size(index)))
            case Position(place):
                return number(self.place(place, bound))
            case Kronecker(left, right):
                return ONE if self.place(left, bound) == self.place(right, bound) else ZERO
            case Inside(place, index, body):
                return self.cell(body, bound) if self.place(place, bound) in self.run(index) else ZERO
            case Read(place, index, body):
                at = self.place(place, bound)
                return self.cell(body, {**bound, index: at}) if at in self.run(index) else ZERO
            case Function(over=Index() as index):
                return self.over(formula, index, bound)
            case Function(name=name) if name in self.problem.functions:
                own = self.problem.functions[name].formula
                shape = differentiate(own, ARGUMENT) if formula.derivative else own
                argument = self.cell(formula.argument, bound)
                return transform(self.cell(shape, {}), lambda part: argument if part == ARGUMENT else part)
        parts = children(formula)
        if not parts:
            return formula
        return _plain(with_children(formula, tuple(self.cell(part, bound) for part in parts)))

    def ref(self, quantity: str, symbol: object, position: tuple[int, ...]) -> Formula:
        """One cell; a position outside a family's range is a symbol of its own."""
        starts = self.problem.starts.get(str(symbol))
        axes = self.problem.axes.get(str(symbol), ())
        if starts is not None and position:
            at = position[starts.axis]
            if at not in self.run(axes[starts.axis]) and at in starts.symbols:
                symbol = starts.symbols[at]
                position = (*position[: starts.axis], *position[starts.axis + 1 :])
        if not isinstance(symbol, str):  # the learning rate
            return Ref(quantity, symbol)
        return Ref(*cell_key(quantity, symbol, position))

    def run(self, index: Index) -> range:
        """The positions of an index."""
        found = self.problem.range_of(index)
        return range(found.first, int(found.last) + 1)

    def place(self, index: Index, bound: Bound) -> int:
        """The position that an index has."""
        match index:
            case At(position=position):
                return position
            case Shifted(terms=terms, offset=offset):
                return offset + sum(factor * bound[one] for factor, one in terms)
        return bound[index]

    def over(self, formula: Function, index: Index, bound: Bound) -> Formula:
        """A softmax, a max, a min or a product over an index."""
        parts = [self.cell(formula.argument, {**bound, index: at}) for at in self.run(index)]
        if formula.name == "product":
            return _plain(product(*parts))
        if formula.name in ("max", "min"):
            picked = self.run(index).index(bound[index]) if formula.derivative else None
            if len(parts) == 1:
                return ONE if formula.derivative else parts[0]
            return Extreme(formula.name, tuple(parts), picked)
        own = self.run(index).index(bound[index])
        others = [Function("exp", subtract(part, parts[own])) for at, part in enumerate(parts) if at != own]
        return Quotient(ONE, add(ONE, *others))


def _plain(formula: Formula) -> Formula:
    """The formula without what a 0 in it leaves over."""
    match formula:
        case Product(factors=factors) if ZERO in factors:
            return ZERO
        case Quotient(numerator=top) if top == ZERO:
            return ZERO
        case Negation(body=Number(value)):
            return Number(-value)
    return formula


def cell_plan(plan: EquationPlan) -> CellPlan:
    """The steps of single cells, each behind those it uses."""
    spelling = Spelling(plan.problem)
    steps: dict[Key, Step] = {}
    origin: dict[Key, CellOf] = {}
    for step, position in cells_by_position(plan):
        key = cell_key(step.quantity, step.level, position)
        bound = dict(zip(step.indices, position, strict=True))
        formula = spelling.cell(step.formula, bound)
        steps[key] = Step(*key, (), formula, step.phase, step.written)
        origin[key] = CellOf(step, position)
    found = CellPlan(plan.problem, tuple(_in_order(steps)))
    object.__setattr__(found, "origin", origin)
    return found


def _in_order(steps: Mapping[Key, Step]) -> Iterator[Step]:
    """Every step behind those it uses, otherwise in the order given."""
    done: set[Key] = set()
    for first in steps:
        waiting: list[tuple[Key, bool]] = [(first, False)]
        while waiting:
            key, opened = waiting.pop()
            if key in done:
                continue
            if opened:
                done.add(key)
                yield steps[key]
                continue
            waiting.append((key, True))
            uses = dict.fromkeys(ref.key for ref in refs(steps[key].formula))
            waiting += [(use, False) for use in reversed(uses) if use in steps and use not in done]


def cell_values(problem: EquationProblem, values: Mapping[Key, Array]) -> dict[Key, Array]:
    """Arrays by quantity → single numbers by cell."""
    found: dict[Key, Array] = {}
    for (quantity, symbol), array in values.items():
        axes = problem.axes.get(symbol) if isinstance(symbol, str) else None
        if axes is None or len(axes) != array.ndim:
            found[quantity, symbol] = array
            continue
        firsts = [problem.range_of(index).first for index in axes]
        for place in np.ndindex(array.shape):
            own = tuple(at + first for at, first in zip(place, firsts, strict=True))
            found[cell_key(quantity, symbol, own)] = array[place]
    return found


def given_cells(problem: EquationProblem) -> dict[Key, Numbers]:
    """What the problem states, number by number."""
    found: dict[Key, Numbers] = {}
    for (quantity, symbol), numbers in equation_numbers(problem).items():
        for place in np.ndindex(numbers.values.shape):
            own = tuple(at + 1 for at in place)
            key = cell_key(quantity, symbol, own) if isinstance(symbol, str) else (quantity, symbol)
            found[key] = Numbers(np.asarray(numbers.values[place]), np.asarray(numbers.texts[place]))
    return found
