"""The trace: a plan with the value of every quantity, worked out in order, by full precision or by hand."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..formula.arithmetic import Array, round_half_up
from ..formula.tree import SAMPLE, Function, Key, Quotient, Ref, walk
from ..functions.table import Row
from ..plan.optimizers import optimizer_numbers
from ..plan.steps import Plan, Step
from ..problem.equations import given_by_equations
from ..problem.problem import Numbers, Problem
from ..records import dataclass
from .evaluate import Evaluator, Values


@dataclass(frozen=True, eq=False)
class Trace:
    """A plan with its values: key → array, axes as in the quantity's indices."""

    plan: Plan
    values: Values

    @property
    def problem(self) -> Problem:
        return self.plan.problem

    def __getitem__(self, key: Key) -> Array:
        return self.values[key]


def given_numbers(problem: Problem) -> dict[Key, Numbers]:
    """What the problem states: inputs, targets, parameters, the learning rate and what goes with it."""
    found: dict[Key, Numbers | None] = {
        ("activation", 0): problem.inputs,
        ("target", problem.depth): problem.targets,
        ("learning_rate", 0): problem.learning_rate,
        ("penalty", 0): None if problem.penalty is None else problem.penalty.strength,
    }
    for level, layer in enumerate(problem.layers, start=1):
        found["weights", level] = layer.weights
        found["bias", level] = layer.bias
        if layer.bias is not None and layer.shares_bias:
            found["bias", level] = Numbers(layer.bias.values.reshape(()), layer.bias.texts.reshape(()))
    if problem.learning_rate is not None:
        found |= optimizer_numbers(problem)
    return {key: value for key, value in found.items() if value is not None}


def work_out(plan: Plan) -> Trace:
    """Evaluate every step in order.

    With rounding "each-step" every written value is rounded to its phase's digits (ties away from zero)
    before the next line uses it; with "carry" nothing is rounded.
    Raises InputError naming the quantity when a written value is not finite.
    """
    problem = plan.problem
    values = {key: numbers.values for key, numbers in given_numbers(problem).items()}
    by_hand = problem.rounding == "each-step"
    reader = Evaluator(problem, values, {} if by_hand else _logarithms(problem))
    for step in plan.steps:
        result = reader.array(step.formula, step.indices)
        if step.written:
            _require_finite(problem, step, result, reader)
            if by_hand and not isinstance(step.formula, Ref):  # a frozen bias is copied, not worked out
                result = round_half_up(result, problem.digits[step.phase])
        values[step.key] = result + 0.0
    for array in values.values():
        array.setflags(write=False)
    return Trace(plan, values)


def _logarithms(problem: Problem) -> dict[Key, Row]:
    return {("activation", level): layer.activation for level, layer in enumerate(problem.layers, start=1)}


def first_positions(problem: object, step: Step) -> list[int]:
    """The number that each index of a step counts from: 1, but as a range of equations has it."""
    if given_by_equations(problem):
        return [problem.range_of(index).first for index in step.indices]
    return [1] * len(step.indices)


def cell_name(problem: Problem, step: Step, position: tuple[int, ...]) -> str:
    """A cell's name: LAYER.ROLE[indices], counted from 1, the sample left out where there is only one.

    In a problem of equations QUANTITY.SYMBOL[indices], by the positions' own numbers.
    """
    if given_by_equations(problem):
        own = [first + at for first, at in zip(first_positions(problem, step), position, strict=True)]
        return equation_cell(step, tuple(own))
    shown = tuple(
        place
        for index, place in zip(step.indices, position, strict=True)
        if index.level != SAMPLE or problem.samples > 1
    )
    inside = f"[{','.join(str(place + 1) for place in shown)}]" if shown else ""
    prefix = f"{problem.layer(step.level).name}." if step.level else ""
    role = "delta" if step.quantity == "descent_delta" else step.quantity
    return f"{prefix}{role}{inside}"


def _require_finite(problem: Problem, step: Step, result: Array, reader: Evaluator) -> None:
    bad = ~np.isfinite(result)
    if not bad.any():
        return
    position = tuple(int(place) for place in np.argwhere(bad)[0])
    cell = cell_name(problem, step, position)
    raise _log_of_nothing(problem, step, reader, cell) or InputError(
        f"{cell} cannot be worked out: the value overflows",
        help="a float64 ends near 1.8e308: look for weights or inputs that are far too large",
    )


@np.errstate(all="ignore")
def _log_of_nothing(problem: Problem, step: Step, reader: Evaluator, cell: str) -> InputError | None:
    """What is wrong where a log loss, or its derivative, meets an output at which it has no value."""
    why, output = "", 0.0
    for _, part in walk(step.formula):
        if isinstance(part, Function) and part.name == "ln":
            output = float(reader.value(part.argument)[0].min())
            if output <= 0:
                why = f"it takes ln({output:g}), and ln needs a number above 0"
                break
        if isinstance(part, Quotient) and (reader.value(part.denominator)[0] == 0).any():
            why = "it divides by 0"
            break
    if not why:
        return None
    needs = f"{problem.loss.title} needs outputs strictly between 0 and 1"
    if output == 0:
        by_hand = problem.rounding == "each-step"
        needs += f": {'rounded to fewer digits' if by_hand else 'in float64'}, an output became 0 or 1"
    return InputError(f"{cell} cannot be worked out: {why}", help=needs)


def equation_cell(step: Step, position: tuple[int, ...]) -> str:
    """A cell's name: value.h[2,1], gradient.c; positions are the indices' own numbers."""
    inside = f"[{','.join(map(str, position))}]" if position else ""
    return f"{step.quantity}.{step.level}{inside}"
