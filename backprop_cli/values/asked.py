"""What a problem asks for on sheets, on papers and when it is graded: all it writes, or what [marks] says."""

from __future__ import annotations

from ..plan.questions import CHAINS, chains, local_derivatives
from ..plan.steps import Plan, Step
from ..problem.equations import given_by_equations
from .cells import Cell, Lookup, answerable, cells_of, quantity_name


def asked_cells(plan: Plan) -> tuple[Cell, ...]:
    """The cells that a blank sheet asks for, in its order."""
    return tuple(cell for step, cells in asked_steps(plan) for cell in cells)


def _written(plan: Plan) -> tuple[Step, ...]:
    """All that the handout writes; in letters its backward pass, as the network and the loss are given.

    A handout that goes step by step (`derivation` lists "local" and "chain") asks for the local derivatives
    and the chain of each gradient before its formula, unless `marks.form` says which of the two.
    """
    problem = plan.problem
    if given_by_equations(problem) or not problem.symbolic:
        return plan.written()
    steps = plan.written("backward", "gradient")
    derivation, form = problem.notation.derivation, problem.marks.form
    stepwise = {"local", "chain"} <= set(derivation)
    asked = [step for step, _ in local_derivatives(plan)] if stepwise else []
    if form in ("chain", "both") or (stepwise and form is None):
        asked += [step for step, _ in chains(plan)]
    left_out = CHAINS.values() if form == "chain" else ()
    return (*asked, *(step for step in steps if step.quantity not in left_out))


def asked_steps(plan: Plan) -> list[tuple[Step, tuple[Cell, ...]]]:
    """The quantities that a blank sheet asks for, each with those of its cells."""
    wanted = plan.problem.marks.ask
    if not wanted:
        return [(step, cells_of(plan, step)) for step in _written(plan)]
    lookup = Lookup(plan)
    single = {cell.name for name in wanted if (cell := lookup.find(name))}
    found = []
    for step in answerable(plan):
        name = quantity_name(plan, step)
        cells = cells_of(plan, step)
        if not {name, name.rpartition(".")[2]} & set(wanted):
            cells = tuple(cell for cell in cells if cell.name in single)
            if not cells:
                continue
        found.append((step, cells))
    return found
