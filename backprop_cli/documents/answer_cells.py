"""Which cells of an answer sheet a line of a worked solution gives the values of, by its left side."""

from __future__ import annotations

from itertools import product
from typing import Any

from ..plan.steps import Plan, Step
from ..problem.equations import given_by_equations
from ..values.cells import Cell, cells_of
from .document import Math
from .equation_lines import UNNAMED, Lines
from .matrices import Matrices

Cells = dict[Math, tuple[Cell, ...]]


def cells_by_line(plan: Plan) -> Cells:
    """The left sides of the lines → their cells, in the order in which their values stand in the line."""
    if given_by_equations(plan.problem):
        return _of_equations(plan)
    lines = Lines(plan, None)
    matrices = Matrices(lines) if plan.problem.notation.layout == "matrix" else None
    found: Cells = {}
    for step in plan.written():
        cells = cells_of(plan, step)
        for cell in cells:
            found[lines.left(step, dict(zip(step.indices, cell.position, strict=True)))] = (cell,)
        if step.quantity not in UNNAMED:
            found.setdefault(lines.symbols.whole(step.ref), cells)
        if matrices is not None and (left := matrices.equation(step).left) is not None:
            found[left] = _as_they_stand(matrices, step, cells)
    return found


def _as_they_stand(matrices: Matrices, step: Step, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """A quantity's cells as its matrix has them, row by row."""
    by_position = {cell.position: cell for cell in cells}
    axes = [axis for axis in matrices.general_writer.natural(step.indices) if axis is not None]
    size = matrices.general_writer.problem.size
    places = (dict(zip(axes, place, strict=True)) for place in product(*(range(int(size(a))) for a in axes)))
    return tuple(by_position[tuple(place[index] for index in step.indices)] for place in places)


def _of_equations(plan: Any) -> Cells:
    from .equation_solution import EquationLines

    lines = EquationLines(plan, None)
    found: Cells = {}
    for step in plan.written():
        spans = [plan.problem.range_of(index) for index in step.indices]
        cells = cells_of(plan, step)
        for cell in cells:
            places = zip(step.indices, cell.position, spans, strict=True)
            found[lines.left(step, {index: place + span.first for index, place, span in places})] = (cell,)
        found.setdefault(lines.symbols.whole(step.ref), cells)
    return found
