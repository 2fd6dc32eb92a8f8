"""A plan of equations with its values, worked out in order and recurrences step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..formula.arithmetic import Array, round_half_up
from ..formula.tree import Function, Key, Quotient, Raised, Ref, walk
from ..plan.optimizers import optimizer_numbers
from ..plan.recurrence import Turn, turns
from ..plan.steps import EquationPlan
from ..problem.equations import EquationProblem
from ..problem.problem import Numbers
from .compiled_equations import Compiler, Values, Work
from .trace import equation_cell


@dataclass(frozen=True, eq=False)
class EquationTrace:
    """A plan with its values: key → array, an axis for each of the quantity's own indices."""

    plan: EquationPlan
    values: Values

    @property
    def problem(self) -> EquationProblem:
        return self.plan.problem

    def __getitem__(self, key: Key) -> Array:
        return self.values[key]


def equation_numbers(problem: EquationProblem) -> dict[Key, Numbers]:
    """What the problem states: given numbers, parameters, the learning rate and what goes with it."""
    found: dict[Key, Numbers] = {
        ("value", symbol): numbers
        for symbol, numbers in (*problem.given.items(), *problem.parameters.items())
    }
    if problem.learning_rate is not None:
        found["learning_rate", 0] = problem.learning_rate
        found |= optimizer_numbers(problem)
    return found


def work_out_equations(plan: EquationPlan) -> EquationTrace:
    """Evaluate every step in its order.

    With rounding "each-step" every written value is rounded to its phase's digits (ties away from zero)
    before the next line uses it; with "carry" nothing is rounded.
    Raises InputError naming the quantity when a written value is not finite.
    """
    numbers = equation_numbers(plan.problem)
    values = Worked(plan).out({key: given.values for key, given in numbers.items()})
    for array in values.values():
        array.setflags(write=False)
    return EquationTrace(plan, values)


@dataclass(frozen=True)
class _Line:
    """What works one turn out, and where in its quantity's array it belongs."""

    turn: Turn
    work: Work
    where: tuple[Any, ...] | None


class Worked:
    """A plan compiled once, to be worked out with any numbers."""

    def __init__(self, plan: EquationPlan) -> None:
        self.plan, self.problem = plan, plan.problem
        self.by_hand = plan.problem.rounding == "each-step"
        self.compiler = Compiler(plan.problem, stable=not self.by_hand)
        self.lines = [self._line(turn) for turn in turns(plan)]
        self.shapes = {
            line.turn.step.key: tuple(self.compiler.size(index) for index in line.turn.step.indices)
            for line in self.lines
        }

    def _line(self, turn: Turn) -> _Line:
        step, fixed = turn.step, turn.fixed
        work = self.compiler.at(fixed).array(step.formula, step.indices)
        if not fixed:
            return _Line(turn, work, None)
        where = tuple(
            fixed[index] - self.problem.range_of(index).first if index in fixed else slice(None)
            for index in step.indices
        )
        return _Line(turn, work, where)

    @np.errstate(all="ignore")  # what is not finite is told of below
    def out(self, given: Mapping[Key, Array]) -> dict[Key, Array]:
        """Every value that follows from the given ones. Raises InputError where a written one overflows."""
        values: dict[Key, Array] = dict(given)
        digits = self.problem.digits
        for line in self.lines:
            step = line.turn.step
            result = line.work(values)
            if step.written:
                if not np.isfinite(result).all():
                    raise self._unfit(line, np.asarray(result), values)
                if self.by_hand and not isinstance(step.formula, Ref):
                    result = round_half_up(np.asarray(result), digits[step.phase])
            if line.where is None:
                values[step.key] = np.asarray(result) + 0.0
            else:
                if step.key not in values:
                    values[step.key] = np.full(self.shapes[step.key], np.nan)
                values[step.key][line.where] = result + 0.0
        return values

    def run(self, values: dict[Key, Array]) -> None:
        """As `out`, at full precision, in place and without a look at what overflows."""
        for line in self.lines:
            key = line.turn.step.key
            if line.where is None:
                values[key] = line.work(values)
            else:
                if key not in values:
                    values[key] = np.full(self.shapes[key], np.nan)
                values[key][line.where] = line.work(values)

    def _unfit(self, line: _Line, result: Array, values: Values) -> InputError:
        step, fixed = line.turn.step, line.turn.fixed
        bad = iter(np.argwhere(~np.isfinite(result))[0])
        position = tuple(
            fixed[index] if index in fixed else int(next(bad)) + self.problem.range_of(index).first
            for index in step.indices
        )
        cell = equation_cell(step, position)
        compiler = self.compiler.at(fixed)
        for _, part in walk(step.formula):
            if reason := _reason(compiler, part, values):
                return InputError(f"{cell} cannot be worked out: {reason}")
        return InputError(
            f"{cell} cannot be worked out: the value overflows",
            help="a float64 ends near 1.8e308: look for numbers that are far too large",
        )


def _reason(compiler: Compiler, part: Any, values: Values) -> str:
    """Why a part of a formula has no value, if it has none."""
    if isinstance(part, Function) and part.name in ("ln", "sqrt"):
        least = float(np.min(compiler.compile(part.argument).work(values)))
        limit = "above 0" if part.name == "ln" else "from 0 on"
        if least < 0 or (least == 0 and part.name == "ln"):
            sign = {"ln": "ln", "sqrt": "√"}[part.name]
            return f"it takes {sign}({least:g}), and {sign} needs a number {limit}"
    if isinstance(part, Quotient) and np.any(np.equal(compiler.compile(part.denominator).work(values), 0)):
        return "it divides by 0"
    if isinstance(part, Raised):
        base = float(np.min(compiler.compile(part.base).work(values)))
        if base < 0:
            return f"it raises {base:g} to a power that is no whole number"
        if base == 0:
            return "it divides by 0"
    return ""
