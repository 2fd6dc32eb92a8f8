"""What `solve` gives back for a problem of equations: every value, as frozen arrays and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import InputError
from ..formula.arithmetic import Array, decimal
from ..plan.optimizers import moved_on
from ..plan.plan import make_plan
from ..plan.reverse import reached
from ..problem.equations import EquationProblem
from ..problem.problem import Numbers
from .equation_trace import EquationTrace, work_out_equations

SCHEMA = "backprop.values/1"


@dataclass(frozen=True, eq=False)
class EquationSolution:
    """A worked problem of equations; an array has an axis for each of the symbol's indices, in their order.

    `values` are what the equations give; `gradients` are ∂objective/∂ of those, of the parameters and of
    given numbers as far as the problem asks for them; `new` the parameters after a step.
    """

    problem: EquationProblem
    trace: EquationTrace

    @property
    def traces(self) -> tuple[EquationTrace, ...]:
        return (self.trace,)

    @property
    def loss(self) -> float:
        """The objective's value."""
        return float(self.trace["value", self.problem.objective])

    @property
    def values(self) -> Mapping[str, Array]:
        return {symbol: self.trace["value", symbol] for symbol in self.problem.computed}

    @property
    def gradients(self) -> Mapping[str, Array]:
        """In the order of the equations, then the parameters', then the given numbers'."""
        problem = self.problem
        symbols = dict.fromkeys((*problem.computed, *problem.parameters, *problem.given))
        found = self._of("gradient", symbols)
        numbers = {**problem.given, **problem.parameters}
        # What is reached and cancels, as b in b − b, has the gradient 0; what is not reached has none.
        asked = {*problem.parameters, *problem.gradients_of} & reached(problem)
        zeros = {one: np.zeros(numbers[one].values.shape) for one in asked if one in numbers}
        return {
            one: found[one] if one in found else zeros[one] for one in symbols if one in found or one in zeros
        }

    @property
    def new(self) -> Mapping[str, Array]:
        found = self._of("new", self.problem.parameters)
        if self.problem.learning_rate is None:
            return found
        there = reached(self.problem)
        old = {one: numbers.values for one, numbers in self.problem.parameters.items() if one in there}
        return {**old, **found}

    def _of(self, quantity: str, symbols: Mapping[str, object]) -> dict[str, Array]:
        found = self.trace.values
        return {symbol: found[quantity, symbol] for symbol in symbols if (quantity, symbol) in found}

    def to_dict(self) -> dict[str, Any]:
        """The object that `backprop solve --format json` writes; what overflows off the page is null."""
        return {
            "schema": SCHEMA,
            "problem": self.problem.name,
            "rounding": self.problem.rounding,
            "objective": self.problem.objective,
            "values": _json(self.values),
            "gradients": _json(self.gradients),
            "new": _json(self.new),
        }

    def _repr_html_(self) -> str:
        """The worked solution, as a notebook shows it."""
        from ..notebook import shown_as

        return shown_as(self, "html")

    def _repr_markdown_(self) -> str:
        from ..notebook import shown_as

        return shown_as(self, "markdown")

    def next_problem(self) -> EquationProblem:
        """The problem with its parameters moved on by this step.

        Raises InputError without a learning rate.
        """
        problem = self.problem
        if problem.learning_rate is None:
            raise InputError("the problem has no learning rate, so its parameters cannot be updated")
        moved = {symbol: self._renewed(symbol, old) for symbol, old in problem.parameters.items()}
        return replace(problem, parameters=moved, optimizer=moved_on(problem, self.trace.values))

    def _renewed(self, symbol: str, old: Numbers) -> Numbers:
        if ("new", symbol) not in self.trace.values:
            return old
        return renewed(old, self.trace["new", symbol], self.problem.digits["update"])


def renewed(old: Numbers, values: Array, digits: int) -> Numbers:
    """New values, written with that many digits; what did not change stays as it was typed."""
    pairs = zip(values.flat, old.values.flat, old.texts.flat, strict=True)
    texts = [str(text) if value == before else decimal(float(value), digits) for value, before, text in pairs]
    return Numbers(np.array(values), np.array(texts, dtype=object).reshape(values.shape))


def solve_equations(problem: EquationProblem) -> EquationSolution:
    """Work a problem of equations out: forward, backward, gradients, and the update with a learning rate.

    Raises InputError for a problem in letters only, and where a value overflows or does not exist.
    """
    if problem.symbolic:
        raise InputError(
            "the problem has letters and no numbers, so there is nothing to work out",
            help="give its letters numbers below [given] and [parameters]",
        )
    return EquationSolution(problem, work_out_equations(make_plan(problem)))


def _json(arrays: Mapping[str, Array]) -> dict[str, Any]:
    """Nested lists of numbers by symbol, null for what is not finite."""
    found: dict[str, Any] = {}
    for symbol, array in arrays.items():
        cells = np.asarray(array).astype(object)
        cells[~np.isfinite(array)] = None
        found[symbol] = cells.tolist()
    return found
