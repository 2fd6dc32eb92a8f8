"""The plan of a problem of equations: the equations, the reverse pass derived from them, the update."""

from __future__ import annotations

from collections.abc import Iterator

from ..formula.tree import ZERO, Ref
from ..problem.equations import EquationProblem
from ..problem.problem import Phase
from .optimizers import updates
from .reverse import Reverse
from .steps import EquationPlan, Step


def equation_plan(problem: EquationProblem) -> EquationPlan:
    """Forward in the order given, then ∂L/∂ of what the equations give from the objective back, then of
    parameters and given numbers; an update if there is a learning rate.

    What the objective does not depend on has no gradient. With parameters the gradients of given numbers are
    those asked for; without, all of them, the ones not asked for unwritten.
    """
    reverse = Reverse(problem)
    steps = (*forward_steps(problem), *_backward(problem, reverse), *_updates(problem, reverse))
    return EquationPlan(problem, steps)


def forward_steps(problem: EquationProblem) -> Iterator[Step]:
    """The equations as steps, in the order given."""
    for one in problem.equations:
        phase: Phase = "loss" if one.symbol == problem.objective else "forward"
        yield Step("value", one.symbol, one.indices, one.formula, phase)


def _backward(problem: EquationProblem, reverse: Reverse) -> Iterator[Step]:
    for symbol in reversed(problem.computed):
        if symbol == problem.objective:
            continue
        formula = reverse.gradient(symbol)
        if formula == ZERO:
            reverse.flat.add(symbol)
        else:
            yield Step("gradient", symbol, problem.axes[symbol], formula, "backward")
    letters = problem.axes if problem.symbolic and not problem.gradients_of else ()
    asked = (*problem.parameters, *problem.gradients_of, *letters)
    for symbol in dict.fromkeys((*asked, *(() if problem.parameters else problem.axes))):
        if symbol in problem.computed:
            continue
        formula = reverse.gradient(symbol)
        if formula != ZERO:
            written = symbol in asked
            yield Step("gradient", symbol, problem.axes[symbol], formula, "gradient", written)


def _updates(problem: EquationProblem, reverse: Reverse) -> Iterator[Step]:
    if problem.learning_rate is None:
        return
    for symbol in problem.parameters:
        if symbol in reverse.reached and reverse.gradient(symbol) != ZERO:
            old = Ref("value", symbol, problem.axes[symbol])
            yield from updates(problem, old, Ref("gradient", symbol, problem.axes[symbol]))
