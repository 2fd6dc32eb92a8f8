"""Online problems, one update after each sample: their turns, and what is asked of each of them.

In a turn's own plan there is one sample; on sheets every quantity of a turn has its sample first:
out.weight_gradient[2,1,1] is ∂L/∂w of unit 1 and input 1 in the turn of sample 2, loss[2] that turn's loss.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from ..formula.tree import SAMPLES
from ..plan.plan import make_plan
from ..plan.steps import Plan, Step
from ..problem.equations import given_by_equations
from ..problem.problem import Problem
from .equation_trace import work_out_equations
from .solution import solve
from .trace import Trace, work_out


def by_turns(problem: Problem) -> bool:
    """Whether a problem is solved turn by turn."""
    if given_by_equations(problem):
        return False
    return problem.schedule == "online" and problem.learning_rate is not None and problem.samples > 1


def sheet_plan(problem: Problem) -> Plan:
    """The plan whose cells a sheet asks for; online those of every turn."""
    if not by_turns(problem):
        return make_plan(problem)
    turn = make_plan(problem.sample(0))
    return Plan(problem, tuple(_with_sample(step) for step in turn.steps))


def sheet_trace(problem: Problem) -> Trace:
    """The values of the cells that a sheet asks for."""
    if given_by_equations(problem):
        return cast(Trace, work_out_equations(make_plan(problem)))  # it tells of its values as a trace does
    if not by_turns(problem):
        return work_out(make_plan(problem))
    traces = solve(problem).traces
    plan = sheet_plan(problem)
    own = {step.key: step for step in traces[0].plan.steps}
    values = {
        key: np.stack([trace[key][0] if SAMPLES in step.indices else trace[key] for trace in traces])
        for key, step in own.items()
    }
    return Trace(plan, values)


def turn_name(cell: str, turn: int) -> str:
    """A cell of a turn's own plan as it is called on the sheet: its sample, counted from 1, comes first."""
    quantity, bracket, inside = cell.partition("[")
    return f"{quantity}[{turn + 1}{',' if bracket else ']'}{inside}"


def _with_sample(step: Step) -> Step:
    inner = tuple(index for index in step.indices if index != SAMPLES)
    return replace(step, indices=(SAMPLES, *inner))
