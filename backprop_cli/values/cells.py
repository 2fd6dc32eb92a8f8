"""The cells of a plan: every value a student may be asked for, by the name it has on answer sheets.

A cell's name is LAYER.ROLE[indices], counted from 1: hid.preactivation[1], with several samples
hid.preactivation[3,1] (sample 3, unit 1), out.weight_gradient[1,2] (unit 1, input 2), loss.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import product
from math import prod

from ..formula.tree import SAMPLE
from ..plan.steps import Plan, Step
from .trace import cell_name

_NAME = re.compile(
    r"\s*(?:([\w-]+?)\s*\.\s*)?([a-z_]+)\s*(?:[\[(]\s*(\d{1,9}(?:\s*[,;]\s*\d{1,9}){0,3})\s*[\])])?\s*",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True)
class Cell:
    """One value of a step, at a position counted from 0 along the step's indices."""

    name: str
    step: Step
    position: tuple[int, ...]


def answerable(plan: Plan) -> tuple[Step, ...]:
    """The steps that can be asked for, written or not; a δ in the descent sign stands for both δ."""
    twins = {("delta", step.level) for step in plan.steps if step.quantity == "descent_delta"}
    return tuple(step for step in plan.steps if step.key not in twins)


def quantity_name(plan: Plan, step: Step) -> str:
    """A whole quantity's name: out.weight_gradient, loss."""
    return cell_name(plan.problem, step, (0,) * len(step.indices)).partition("[")[0]


def shape_of(plan: Plan, step: Step) -> tuple[int, ...] | None:
    """How many cells a step has along each of its indices; None where a size is a letter."""
    sizes = [plan.problem.size(index) for index in step.indices]
    return None if any(isinstance(size, str) for size in sizes) else tuple(int(size) for size in sizes)


def cells(plan: Plan) -> tuple[Cell, ...]:
    """Every cell of every step, in the plan's order; a quantity whose size is a letter has none."""
    return tuple(cell for step in answerable(plan) for cell in cells_of(plan, step))


def cells_of(plan: Plan, step: Step) -> tuple[Cell, ...]:
    """The cells of one step, the last index running fastest."""
    shape = shape_of(plan, step)
    if shape is None:
        return ()
    return tuple(
        Cell(cell_name(plan.problem, step, position), step, position)
        for position in product(*(range(size) for size in shape))
    )


class Lookup:
    """Finds the cells and the whole quantities of a plan by their names, forgiving in how these are typed."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.steps = {quantity_name(plan, step): step for step in answerable(plan)}
        self._lowered = {name.lower(): name for name in self.steps}

    def find(self, name: str) -> Cell | None:
        """The cell of that name; its sample may be named where there is only one, and [1] left out."""
        step, numbers = self._parsed(name)
        if step is None:
            return None
        shape = shape_of(self.plan, step)
        if shape is None:
            return None
        position = self._position(step, shape, numbers)
        if position is None:
            return None
        return Cell(cell_name(self.plan.problem, step, position), step, position)

    def quantity(self, name: str) -> Step | None:
        """The step of a whole quantity: out.weight_gradient."""
        step, numbers = self._parsed(name)
        return step if not numbers else None

    def answered(self, name: str) -> tuple[str, bool] | None:
        """What an answer of that name answers: a cell's name or a whole quantity's, and whether it is whole.

        Without numbers a quantity of one cell is answered as a whole, as the others are.
        """
        step = self.quantity(name)
        if step is not None and self.plan.problem.symbolic:
            return quantity_name(self.plan, step), True
        if cell := self.find(name):
            return cell.name, False
        return (quantity_name(self.plan, step), True) if step is not None else None

    def suggestion(self, name: str) -> str | None:
        """The name nearest to one that is not known, with the indices that were typed where they fit."""
        base, bracket, inside = name[:120].strip().partition("[")
        near = get_close_matches(base.strip().lower(), list(self._lowered), n=1, cutoff=0.7)
        if not near:
            return None
        quantity = self._lowered[near[0]]
        if bracket and self.find(f"{quantity}[{inside}"):
            return f"{quantity}[{inside}"
        return self.example(quantity)

    def example(self, quantity: str) -> str:
        """The name of a quantity's first cell."""
        first = next(iter(cells_of(self.plan, self.steps[quantity])), None)
        return first.name if first else quantity

    def _parsed(self, name: str) -> tuple[Step | None, tuple[int, ...]]:
        match = _NAME.fullmatch(name) if len(name) <= 120 else None
        if not match:
            return None, ()
        layer, role, inside = match.groups()
        quantity = self._lowered.get((f"{layer}.{role}" if layer else role).lower())
        numbers = tuple(int(part) - 1 for part in re.split("[,;]", inside)) if inside else ()
        return (self.steps[quantity], numbers) if quantity else (None, ())

    def _position(
        self, step: Step, shape: tuple[int, ...], numbers: tuple[int, ...]
    ) -> tuple[int, ...] | None:
        one_sample = self.plan.problem.samples == 1
        if len(numbers) < len(shape) and one_sample and step.indices[0].level == SAMPLE:
            numbers = (0, *numbers)
        if not numbers and prod(shape) == 1:
            numbers = (0,) * len(shape)
        if numbers == (0,) and not shape and step.level:  # a shared bias, which JSON shows as [0.35]
            numbers = ()
        if len(numbers) == len(shape) - 1 and prod(shape) == shape[0]:
            numbers = (*numbers, 0)
        fits = len(numbers) == len(shape) and all(
            0 <= n < size for n, size in zip(numbers, shape, strict=True)
        )
        return numbers if fits else None
