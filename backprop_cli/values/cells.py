"""The cells of a plan: every value a student may be asked for, by the name it has on answer sheets.

A cell's name is LAYER.ROLE[indices], counted from 1: hid.preactivation[1], with several samples
hid.preactivation[3,1] (sample 3, unit 1), out.weight_gradient[1,2] (unit 1, input 2), loss.
In a problem of equations it is QUANTITY.SYMBOL[indices], by the positions' own numbers: value.h[2,1],
gradient.W[1,2], new.b[1], gradient.c.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import product
from math import prod

from ..errors import InputError
from ..formula.tree import SAMPLE
from ..plan.questions import questions
from ..plan.steps import Plan, Step
from ..problem.equations import given_by_equations
from .trace import cell_name, first_positions

MOST_CELLS = 1_000_000
QUANTITIES = ("value", "gradient", "new")  # of a problem of equations

_NAME = re.compile(
    r"\s*(?:([\w-]+?)\s*\.\s*)?([a-z_]+)\s*(?:[\[(]\s*(\d{1,9}(?:\s*[,;]\s*\d{1,9}){0,3})\s*[\])])?\s*",
    re.ASCII | re.IGNORECASE,
)


_MARKS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0307": "dot"}
_OF_EQUATIONS = re.compile(
    r"\s*(?:(?P<quantity>[a-z]+)\s*\.\s*)?(?P<symbol>.+?)\s*"
    r"(?:[\[(]\s*(?P<inside>-?\d{1,9}(?:\s*[,;]\s*-?\d{1,9}){0,3})\s*[\])])?\s*"
)


@dataclass(frozen=True)
class Cell:
    """One value of a step, at a position counted from 0 along the step's indices."""

    name: str
    step: Step
    position: tuple[int, ...]


def answerable(plan: Plan) -> tuple[Step, ...]:
    """The steps that can be asked for, written or not; a δ in the descent sign stands for both δ.

    In letters also the local derivatives, and the gradients as chains.
    """
    twins = {("delta", step.level) for step in plan.steps if step.quantity == "descent_delta"}
    own = tuple(step for step in plan.steps if step.key not in twins)
    if not plan.problem.symbolic or given_by_equations(plan.problem):
        return own
    given = tuple(step for step in own if step.phase in ("forward", "loss"))
    return (*given, *questions(plan), *(step for step in own if step not in given))


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
    """The cells of one step, the last index running fastest. Raises InputError for too many of them."""
    shape = shape_of(plan, step)
    if shape is None:
        return ()
    if prod(shape) > MOST_CELLS:
        raise InputError(
            f"{quantity_name(plan, step)} has {prod(shape)} numbers, too many to name each of them",
            help=f"the most is {MOST_CELLS}",
        )
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
        self._spellings: dict[str, str] = {}
        if given_by_equations(plan.problem):  # in which W and w are two symbols
            self._lowered = {name: name for name in self.steps}
            for name in self.steps:
                for spelling in (name, _plain(name)):
                    self._spellings.setdefault(spelling, name)
            self._spellings.setdefault("value.loss", f"value.{plan.problem.objective}")

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
        typed = base.strip() if self._spellings else base.strip().lower()
        near = get_close_matches(typed, list(self._lowered), n=1, cutoff=0.7)
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

    def _of_equations(self, name: str) -> tuple[Step | None, tuple[int, ...]]:
        """value.h[2,1]; also h[2,1], γ by its name, and W_xh as Wxh. Positions are from 0 on."""
        whole = self._quantity(name.strip())
        match = None if whole else _OF_EQUATIONS.fullmatch(name)
        if match:
            symbol = match["symbol"]
            whole = self._quantity(f"{match['quantity']}.{symbol}" if match["quantity"] else symbol)
        if whole is None:
            return None, ()
        step = self.steps[whole]
        inside = match["inside"] if match else None
        if inside is None:
            return step, ()
        numbers = tuple(int(part) for part in re.split("[,;]", inside))
        firsts = first_positions(self.plan.problem, step)
        if len(firsts) != len(numbers):
            return step, numbers
        return step, tuple(number - first for number, first in zip(numbers, firsts, strict=True))

    def _quantity(self, name: str) -> str | None:
        """The quantity of a name, in whatever spelling."""
        for typed in (name, f"value.{name}"):
            for spelling in (typed, _plain(typed)):
                if spelling in self._spellings:
                    return self._spellings[spelling]
        return None

    def _parsed(self, name: str) -> tuple[Step | None, tuple[int, ...]]:
        if self._spellings:
            return self._of_equations(name) if len(name) <= 120 else (None, ())
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
        if self._spellings:
            numbers = numbers or (0,) * (prod(shape) == 1 and len(shape))
            fits = all(0 <= n < size for n, size in zip(numbers, shape, strict=False))
            return numbers if fits and len(numbers) == len(shape) else None
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


def _plain(name: str) -> str:
    """A name with its Greek letters spelled out, and nothing between a symbol and its label: value.gamma."""
    spelled = ""
    for char in unicodedata.normalize("NFKD", name):
        greek = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)", unicodedata.name(char, ""))
        if greek:
            spelled += greek[2].capitalize() if greek[1] == "CAPITAL" else greek[2].lower()
        else:
            spelled += _MARKS.get(char, char)
    return re.sub(r"[_{}^()\s]", "", spelled)
