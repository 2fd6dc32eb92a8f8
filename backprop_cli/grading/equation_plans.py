"""What a problem of equations is graded by: its plan cell by cell, f′ written in each way that is as good."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from ..plan.plan import make_plan
from ..problem.equations import EquationProblem
from ..values.cell_plan import cell_plan, cell_values
from ..values.equation_trace import EquationTrace, work_out_equations

Derivative = Literal["prime", "preactivation", "activation"]


def equation_plans(problem: EquationProblem) -> tuple[Any, ...]:
    """The plan whose lines are graded, and the same with f′ from z, from a, and by its name."""
    forms: tuple[Derivative, ...] = (problem.notation.derivative, "activation", "prime")
    notations = [replace(problem.notation, derivative=form) for form in forms]
    return tuple(cell_plan(make_plan(replace(problem, notation=one))) for one in notations)


def equation_keys(problem: EquationProblem) -> tuple[Any, ...]:
    """The key as the problem rounds, and with full precision carried; a number for each cell."""
    rounded = (problem,) if problem.rounding == "each-step" else ()
    traces = []
    for one in (*rounded, replace(problem, rounding="carry")):
        plan = make_plan(one)
        traces.append(EquationTrace(plan, cell_values(one, work_out_equations(plan).values)))
    return tuple(traces)
