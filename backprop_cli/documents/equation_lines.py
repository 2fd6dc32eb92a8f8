"""A step as lines of indexed symbols: its general formula, then every unit and weight with its numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from itertools import product as positions
from math import prod
from typing import Protocol

import numpy as np

from ..formula.arithmetic import Array, decimal
from ..formula.chain import LOSS, Link
from ..formula.tree import Formula, Function, Index, Key, Ref, Sum, children, walk
from ..functions.table import row_of
from ..plan.questions import CHAINS, LOCAL, chain_of, link_of
from ..plan.steps import Plan, Step
from ..problem.problem import Problem
from .derive_chains import ChainWriter
from .document import Digits, Equation, Fraction, Math, Matrix, Relation, Row, Superscript, Symbol
from .math_writing import Writer
from .ranges import Ranges
from .shown_numbers import Figures
from .symbols import Bound, Symbols

# Quantities that have no symbol: they are written as their formula.
UNNAMED = ("loss_terms", "loss_sum", "loss_mean")
# A line with more operands than this, or a step with more lines or more operands in all, is summarised.
MAX_OPERANDS, MAX_LINES, MAX_IN_ALL = 40, 64, 1000


def unnamed(plan: Plan) -> dict[Key, tuple[tuple[Index, ...], Formula]]:
    """The formulas of the quantities that are written as their formula."""
    return {step.key: (step.indices, step.formula) for step in plan.steps if step.quantity in UNNAMED}


def sign(step: Step) -> str:
    """What stands between a quantity and its formula."""
    return "←" if step.quantity.startswith("new") else "="


class Lines:
    """Writes the steps of one plan as equations; without figures, in symbols alone."""

    def __init__(self, plan: Plan, figures: Figures | None) -> None:
        self.plan, self.figures = plan, figures
        self.symbols = Symbols(plan.problem)
        self.ranges = Ranges(self.symbols)
        self.general_writer = Writer(self.symbols, definitions=unnamed(plan))

    def left(self, step: Step, bound: Bound) -> Math:
        """The quantity that a step computes, as it stands before the equals sign."""
        if step.quantity in UNNAMED:
            return self.general_writer.write(step.ref, bound)
        if step.quantity in LOCAL:
            return self._chains().partial(_of_loss(link_of(self.plan, step)), bound)
        quantity = CHAINS.get(step.quantity, step.quantity)
        return self.symbols.write(Ref(quantity, step.level, step.indices), bound)

    def right(self, step: Step, bound: Bound) -> Math:
        """The formula of a step; of one that is asked for as a chain, the chain."""
        if step.quantity in CHAINS:
            return self._chains().partials(chain_of(self.plan, step), bound)
        return self.general_writer.write(step.formula, bound)

    def _chains(self) -> ChainWriter:
        return ChainWriter(self.symbols, self.general_writer)

    def general(self, step: Step) -> Equation:
        """The step's formula in symbols, with its index ranges."""
        right = self.right(step, {})
        condition = self.ranges.condition(step)
        if step.quantity in UNNAMED:
            return Equation(right, (), condition)
        return Equation(self.left(step, self.symbols.singles), (Relation(sign(step), right),), condition)

    def numbers(self, step: Step) -> Iterator[Equation]:
        """The step for every unit, weight and sample, with its numbers put in and the result."""
        if self.figures is None:
            return
        yield from self._denominators_once(step, list(self._worked(step, self.figures)))

    def _denominators_once(self, step: Step, lines: list[Equation]) -> Iterator[Equation]:
        """The lines of a softmax, its long denominator in a line of its own before those that share it."""
        for bottom, group in groupby(lines, key=_long_denominator):
            own = list(group)
            value = _sum_of_powers(bottom) if bottom is not None and len(own) > 1 else math.inf
            if bottom is None or self.figures is None or not math.isfinite(value):
                yield from own
                continue
            letter = Symbol(next(each for each in "SDQ" if each not in self._letters()))
            result = Digits(decimal(value, self.figures.digits(step.key)))
            yield Equation(letter, (Relation("=", bottom), Relation("≈", result)))
            for line in own:
                first, *rest = line.relations
                top = first.right.top if isinstance(first.right, Fraction) else first.right
                yield replace(line, relations=(replace(first, right=Fraction(top, letter)), *rest))

    def _letters(self) -> set[str]:
        levels = range(1, self.plan.problem.depth + 1)
        kinds = ("weights", "bias", "preactivation", "activation", "delta", "target")
        return {self.symbols.name(kind, level) for level in levels for kind in kinds} | {
            self.symbols.loss().name
        }

    def _worked(self, step: Step, figures: Figures) -> Iterator[Equation]:
        problem = self.plan.problem
        writer = Writer(self.symbols, figures)
        rough = figures.approximate(step)
        for position in positions(*(range(count) for count in shape(problem, step))):
            bound = dict(zip(step.indices, position, strict=True))
            result = Digits(figures.at(step.key, position))
            worked = writer.write(step.formula, bound)
            equals = "≈" if rough[position] else "="
            relations = [Relation(sign(step), worked)] if worked != result else []
            relations.append(Relation(equals if relations else sign(step), result, result=True))
            yield Equation(self.left(step, bound), tuple(relations), note=self._note(step, bound))

    def _note(self, step: Step, bound: Bound) -> str:
        """Why a line is 0: the unit's ReLU is off, as its row says."""
        if self.figures is None or step.phase not in ("backward", "gradient"):
            return ""
        for _, part in walk(step.formula):
            if isinstance(part, Function) and part.derivative and isinstance(part.argument, Ref):
                where = {**self.symbols.singles, **bound}
                if all(index in where for index in part.argument.indices):
                    text = self.figures.text(part.argument, where)
                    row = row_of(part)
                    if said := row.note(float(text)):
                        return f"the unit {said}: {row.symbol}′({text.replace('-', '−')}) = 0"
        return ""


_LONG_SUM = 3  # terms of a denominator that is written once


def _long_denominator(equation: Equation) -> Row | None:
    """e^0.1 + e^0.2 + … under a fraction that is all of the working."""
    working = equation.relations[0].right
    if len(equation.relations) == 2 and isinstance(working, Fraction) and isinstance(working.bottom, Row):
        terms = [item for item in working.bottom.items if isinstance(item, Superscript)]
        if len(terms) > _LONG_SUM and 2 * len(terms) - 1 == len(working.bottom.items):
            return working.bottom
    return None


def _sum_of_powers(terms: Row) -> float:
    """The sum of e to the exponents that are written; infinite where they are too large or no numbers."""
    exponents = [item.exponent for item in terms.items if isinstance(item, Superscript)]
    if not all(isinstance(each, Digits) and float(each.text) < 700 for each in exponents):
        return math.inf
    return sum(math.exp(float(each.text)) for each in exponents if isinstance(each, Digits))


def _of_loss(link: Link) -> Link:
    """The link with the handout's loss in the place of a sample's own."""
    return replace(link, top=Ref("loss", 0)) if link.top == LOSS else link


def shape(problem: Problem, step: Step) -> tuple[int, ...]:
    """How many values a step has along each of its indices."""
    return tuple(int(problem.size(index)) for index in step.indices)


def operands(problem: Problem, formula: Formula) -> int:
    """How many numbers stand in the formula once its sums are written out."""
    if isinstance(formula, Ref):
        return 1
    inside = sum(operands(problem, child) for child in children(formula))
    return inside * int(problem.size(formula.index)) if isinstance(formula, Sum) else inside


def readable(problem: Problem, step: Step) -> bool:
    """Whether a step is small enough to be worked out line by line."""
    lines, each = prod(shape(problem, step)), operands(problem, step.formula)
    return lines <= MAX_LINES and each <= MAX_OPERANDS and lines * each <= MAX_IN_ALL


class _Whole(Protocol):
    def whole(self, ref: Ref) -> Math: ...


class _Trace(Protocol):
    def __getitem__(self, key: Key) -> Array: ...


class _Values(Protocol):
    @property
    def trace(self) -> _Trace: ...
    def at(self, key: Key, position: tuple[int, ...]) -> str: ...
    def digits(self, key: Key) -> int: ...


def summary(symbols: _Whole, figures: _Values, step: Step) -> Equation:
    """A quantity too large to print: its shape, its range and its corner values."""
    array = figures.trace[step.key]
    left = symbols.whole(step.ref)
    if array.size == 1:
        only = Digits(figures.at(step.key, (0,) * array.ndim))
        return Equation(left, (Relation(sign(step), only, result=True),))
    grid = array.reshape(-1, array.shape[-1])

    def corner(row: int | None, column: int | None) -> Digits:
        if row is None or column is None:
            return Digits("…")
        before = tuple(int(place) for place in np.unravel_index(row, array.shape[:-1]))
        return Digits(figures.at(step.key, (*before, column)))

    corners = tuple(
        tuple(corner(row, column) for column in ends(grid.shape[1])) for row in ends(grid.shape[0])
    )
    digits = figures.digits(step.key)
    low, high = (decimal(float(value), digits).replace("-", "−") for value in (array.min(), array.max()))
    sizes = " × ".join(str(size) for size in array.shape) if array.ndim > 1 else f"{array.size} values"
    return Equation(
        left, (Relation(sign(step), Matrix(corners), result=True),), note=f"{sizes}, from {low} to {high}"
    )


def ends(count: int) -> list[int | None]:
    """The first two places and the last, None for what is left out between."""
    return list(range(count)) if count <= 3 else [0, 1, None, count - 1]
