"""What a problem asks for on sheets, on papers and when it is graded: all it writes, or what [marks] says."""

from __future__ import annotations

from ..plan.steps import Plan, Step
from .cells import Cell, Lookup, answerable, cells_of, quantity_name


def asked_cells(plan: Plan) -> tuple[Cell, ...]:
    """The cells that a blank sheet asks for, in its order."""
    return tuple(cell for step, cells in asked_steps(plan) for cell in cells)


def asked_steps(plan: Plan) -> list[tuple[Step, tuple[Cell, ...]]]:
    """The quantities that a blank sheet asks for, each with those of its cells."""
    wanted = plan.problem.marks.ask
    if not wanted:
        return [(step, cells_of(plan, step)) for step in plan.written()]
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
