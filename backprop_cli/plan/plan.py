"""The plan: the named steps of one problem, forward to update, each a formula over earlier names."""

from __future__ import annotations

from ..problem.problem import Problem
from .backward import Backward
from .forward import forward_steps, loss_steps
from .steps import Plan


def make_plan(problem: Problem) -> Plan:
    """The steps of a problem: forward, loss, backward, gradients; an update if there is a learning rate."""
    backward = Backward(problem)
    steps = [
        *forward_steps(problem),
        *loss_steps(problem),
        *backward.signals(),
        *backward.gradients(),
        *(backward.updates() if problem.learning_rate is not None else ()),
        backward.input_gradient(),
    ]
    return Plan(problem, tuple(steps))
