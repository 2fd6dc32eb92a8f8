"""A problem's plan compiled into one NumPy function a step.

The formulas are the plan's own, in the standard notation: how a handout writes a derivation changes its
numbers in the last place at most. All parameters that move by the same rule move together, by one operation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np

from ...formula.arithmetic import Array
from ...formula.tree import Index, Key, Ref, product, refs, subtract
from ...plan.optimizers import RATE
from ...plan.plan import make_plan
from ...plan.steps import Step
from ...problem.problem import Problem
from ..trace import given_numbers
from .emit import Emitter
from .store import TOGETHER, Rule, Store

# Inputs, targets, the count of the step and a bound → the loss before the step.
Turn = Callable[[Array, Array, int, float], float]
Loss = Callable[[Array, Array], float]
_GRADIENTS = {"weights": "weight_gradient", "bias": "bias_gradient"}


def compile_turn(problem: Problem, store: Store) -> tuple[Turn, Loss]:
    """Two functions for samples such as a problem's: a step of the optimizer, and the loss alone.

    Both work on the store. The step leaves all as it is where the loss is not finite or not above the bound.
    """
    emitter = _Compiler(problem, store)
    steps = make_plan(problem).steps
    loss = needed(steps, [("loss", 0)])
    for step in loss:
        emitter.step(step)
    forward = len(emitter.lines)
    rate = _folded_rate(store)
    outs = {(_GRADIENTS[parameter], level): (parameter, level) for parameter, level in store.places}
    for step in needed(steps, outs):
        if step not in loss:
            owner = outs.get(step.key)
            if owner and rate:
                step = replace(step, formula=product(RATE, step.formula))
            emitter.step(step, emitter.bind(store.view("gradient", owner)) if owner else None)
    for rule, place in store.groups:
        emitter.update(_DESCENT if rate else rule, {name: array[place] for name, array in store.flat.items()})
    return emitter.functions(forward)


_PARAMETER, _GRADIENT = (Ref(name, 0, (TOGETHER,)) for name in ("parameter", "gradient"))
_DESCENT: Rule = (("new_parameter", subtract(_PARAMETER, _GRADIENT)),)


def _folded_rate(store: Store) -> bool:
    """Whether all that moves does so by −η times its gradient: then η goes into the gradient's own factor."""
    plain = (("new_parameter", subtract(_PARAMETER, product(RATE, _GRADIENT))),)
    return all(rule == plain for rule, _ in store.groups)


def needed(steps: Iterable[Step], wanted: Iterable[Key]) -> list[Step]:
    """The steps that some quantities depend on, in their order."""
    keys, found = set(wanted), []
    for step in reversed(list(steps)):
        if step.key in keys:
            found.append(step)
            keys.update(ref.key for ref in refs(step.formula))
    return found[::-1]


class _Compiler(Emitter):
    """Writes a plan's steps over the arrays of a store."""

    def __init__(self, problem: Problem, store: Store) -> None:
        layers = enumerate(problem.layers, start=1)
        super().__init__(self._count, {("activation", level): layer.activation for level, layer in layers})
        self.problem = problem
        self.together = 0
        for key, numbers in given_numbers(problem).items():
            number = key[1] == 0 and numbers.values.ndim == 0
            self.arrays[key] = self.bind(float(numbers.values) if number else numbers.values)
        for owner in store.places:
            self.arrays[owner] = self.bind(store.view("parameter", owner))
        self.arrays["activation", 0], self.arrays["target", problem.depth] = "x", "y"

    def _count(self, index: Index) -> int:
        return self.together if index == TOGETHER else int(self.problem.size(index))

    def step(self, step: Step, out: str | None = None) -> None:
        """One step of the plan; into an array made beforehand, where one is given."""
        term = self.term(step.formula, out)
        if not step.indices:
            term = self.assign((), term.code)
            if out:  # the gradient of a bias that a whole layer shares
                self.lines.append(f"{out}[()] = {term.code}")
        elif term.axes != step.indices or (out and term.code != out):
            term = self.into(out, step.indices, f"copyto2({self.operand(term, step.indices)}")
        self.arrays[step.key] = term.code
        self.done[step.ref] = term

    def update(self, rule: Rule, arrays: Mapping[str, Array]) -> None:
        """The steps that move a group of parameters, in place."""
        self.together = len(arrays["gradient"])
        self.done = {}
        for name, array in arrays.items():
            self.arrays[name, 0] = self.bind(array)
        for position, (quantity, formula) in enumerate(rule):
            kept = quantity.removeprefix("new_")
            out = self.arrays[kept, 0] if quantity != kept else None
            later = {ref.key for _, other in rule[position + 1 :] for ref in refs(other)}
            if out and (kept, 0) in later:
                raise ValueError(f"the rule moves {kept} before the last line that reads its old value")
            term = self.term(formula, out)
            self.arrays[quantity, 0] = term.code

    def functions(self, forward: int) -> tuple[Turn, Loss]:
        """The code as functions."""
        value = self.arrays["loss", 0]
        names = {**self.names, "copyto2": _copy, "inf": math.inf}
        before = [*self.lines[:forward], f"loss = float({value})"]
        turn = [
            *before,
            "if not until < loss < inf:",
            "    return loss",
            *self.lines[forward:],
            "return loss",
        ]
        source = "\n".join(
            [
                f"def make({', '.join(names)}):",
                "    def turn(x, y, t, until):",
                *(f"        {line}" for line in turn),
                "    def loss(x, y):",
                *(f"        {line}" for line in before),
                "        return loss",
                "    return turn, loss",
            ]
        )
        namespace: dict[str, Callable[..., tuple[Turn, Loss]]] = {}
        exec(compile(source, "<the compiled plan>", "exec"), namespace)
        return namespace["make"](**names)


def _copy(values: Array, out: Array) -> None:
    np.copyto(out, values)
