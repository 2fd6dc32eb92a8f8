"""The plan: the named steps of one problem, forward to update, each a formula over earlier names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import overload

from ..problem.equations import EquationProblem
from ..problem.problem import Problem
from .backward import Backward
from .forward import forward_steps, loss_steps
from .perceptron import perceptron_steps
from .rewritings import changes_named
from .steps import EquationPlan, Plan, Step


@overload
def make_plan(problem: Problem) -> Plan: ...
@overload
def make_plan(problem: EquationProblem) -> EquationPlan: ...
def make_plan(problem: Problem | EquationProblem) -> Plan | EquationPlan:
    """The steps of a problem: forward, loss, backward, gradients; an update if there is a learning rate."""
    if isinstance(problem, EquationProblem):
        from .equation_plan import equation_plan

        return equation_plan(problem)
    if problem.rule == "perceptron":
        moved = _with_changes(problem, perceptron_steps(problem))
        return Plan(problem, (*forward_steps(problem), *loss_steps(problem), *moved))
    backward = Backward(problem)
    steps = [
        *forward_steps(problem),
        *loss_steps(problem),
        *backward.signals(),
        *backward.gradients(),
        *(_with_changes(problem, backward.updates()) if problem.learning_rate is not None else ()),
        replace(backward.input_gradient(), written=_shows_input_gradient(problem)),
    ]
    return Plan(problem, tuple(steps))


def _with_changes(problem: Problem, steps: Iterable[Step]) -> Iterator[Step]:
    """The steps with each change Δw on a line of its own, where the notation has a name for it."""
    for step in steps:
        named = problem.notation.change and step.phase == "update"
        yield from changes_named(step) if named else (step,)


def _shows_input_gradient(problem: Problem) -> bool:
    """Whether ∂ℓ/∂x has a line of its own: where the notation wants it, or it is asked for."""
    asked = any(name.startswith("input_gradient") for name in problem.marks.ask)
    return asked or problem.notation.input_gradient
