"""The moving numbers of a problem in flat arrays: parameters that move by the same rule lie side by side."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import numpy as np

from ...formula.arithmetic import Array
from ...formula.tree import Formula, Index, Key, Ref, transform
from ...plan.plan import make_plan
from ...problem.problem import Notation, Problem, Symbols
from ..trace import given_numbers

TOGETHER = Index(-2)  # over the parameters that move by the same rule, side by side
Owner = tuple[str, int]  # a parameter: ("weights", 1)
Rule = tuple[tuple[str, Formula], ...]  # quantity and formula of each of its update's steps


def standard(problem: Problem) -> Problem:
    """The problem in the standard notation, in which its plan has the fewest and the plainest steps."""
    layers = tuple(replace(layer, symbols=Symbols()) for layer in problem.layers)
    return replace(problem, layers=layers, notation=Notation(thresholds=problem.notation.thresholds))


def update_rules(problem: Problem) -> dict[Owner, Rule]:
    """How each parameter moves, in terms of `parameter` and `gradient`; frozen ones are left out."""
    found: dict[Owner, list[tuple[str, Formula]]] = {}
    for step in make_plan(problem).written("update"):
        parameter = "bias" if step.quantity.endswith("bias") else "weights"
        if parameter not in problem.layer(step.level).frozen:
            general = (_general(step.quantity), transform(step.formula, _for_any_parameter))
            found.setdefault((parameter, step.level), []).append(general)
    return {owner: tuple(rule) for owner, rule in found.items()}


def _general(quantity: str) -> str:
    if quantity in ("weight_gradient", "bias_gradient"):
        return "gradient"
    for parameter in ("weights", "bias"):
        quantity = quantity.removesuffix(parameter) + "parameter" * quantity.endswith(parameter)
    return quantity


def _for_any_parameter(part: Formula) -> Formula:
    if isinstance(part, Ref) and part.level:
        return Ref(_general(part.quantity), 0, (TOGETHER,))
    return part


class Store:
    """The moving numbers of a problem: parameters, gradients, what the optimizer keeps; each one array."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        given = {key: numbers.values for key, numbers in given_numbers(problem).items()}
        ordered = sorted(update_rules(problem).items(), key=lambda item: (repr(item[1]), item[0]))
        self.groups: list[tuple[Rule, slice]] = []
        self.places: dict[Owner, tuple[slice, tuple[int, ...]]] = {}
        end = 0
        for rule, members in groupby(ordered, key=lambda item: item[1]):
            start = end
            for owner, _ in members:
                shape = given[owner].shape
                self.places[owner] = (slice(end, end + int(np.prod(shape))), shape)
                end = self.places[owner][0].stop
            self.groups.append((rule, slice(start, end)))
        kept = {quantity.removeprefix("new_") for rule, _ in self.groups for quantity, _ in rule}
        kept = {quantity for quantity in kept if any(key[0] in _owned(quantity) for key in given)}
        self.flat: dict[str, Array] = {name: np.zeros(end) for name in (*sorted(kept), "gradient")}
        for name in kept:
            for owner in self.places:
                self.view(name, owner)[...] = given[_named(name, owner)]

    def view(self, name: str, owner: Owner) -> Array:
        """The part of a flat array that belongs to a parameter, in that parameter's shape."""
        place, shape = self.places[owner]
        return self.flat[name][place].reshape(shape)

    def values(self) -> dict[Key, Array]:
        """Every moving number by its key in the plan, as copies."""
        return {
            _named(name, owner): self.view(name, owner).copy()
            for name in self.flat
            if name != "gradient"
            for owner in self.places
        }

    def keep(self) -> dict[str, Array]:
        """A copy of all that moves, to return to."""
        return {name: array.copy() for name, array in self.flat.items() if name != "gradient"}

    def restore(self, kept: dict[str, Array]) -> None:
        """Return to what `keep` gave."""
        for name, array in kept.items():
            self.flat[name][...] = array


def _owned(quantity: str) -> tuple[str, str]:
    stem = quantity.removesuffix("parameter")
    return f"{stem}weights", f"{stem}bias"


def _named(name: str, owner: Owner) -> Key:
    """velocity_parameter of ("weights", 1) → ("velocity_weights", 1)."""
    return f"{name.removesuffix('parameter')}{owner[0]}", owner[1]
