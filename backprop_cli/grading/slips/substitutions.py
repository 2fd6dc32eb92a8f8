"""Mistakes that put one quantity in another's place, and those of one kind of line.

A mistake may read a quantity along another one's indices: W transposed, the weights of another layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...formula.tree import (
    SAMPLE,
    SAMPLES,
    Formula,
    Function,
    Power,
    Quotient,
    Ref,
    Shifted,
    Sum,
    free_indices,
    number,
    product,
    rename,
    transform,
    walk,
)
from ...functions.table import ACTIVATIONS
from ...plan.steps import Step, feeding, inputs, per_sample, units
from ...problem.problem import Problem
from .changes import Change, Edit, at_position, positions, replaced

# (axis of the targets, by how much): whose target was taken
_SHIFTS = {
    (1, 1): "next class",
    (1, -1): "class before",
    (0, 1): "next sample",
    (0, -1): "sample before",
}


def other_quantities(problem: Problem, step: Step, primed: Formula) -> Iterator[Edit]:
    for formula in dict.fromkeys((primed, step.formula)):
        for path, part in walk(formula):
            if isinstance(part, Ref):
                for codes, other, change in _others(problem, step, part):
                    yield Edit(codes, exchanged(formula, {part: other}), change)
                    yield Edit(codes, replaced(formula, path, other), change)


def _others(problem: Problem, step: Step, ref: Ref) -> Iterator[tuple[tuple[str, ...], Formula, Change]]:
    """What may have been taken in place of a quantity."""
    wrong = "You took {0} where {1} belongs."
    name = ref.quantity
    if name == "activation" and ref.level > 0:
        z = Ref("preactivation", ref.level, ref.indices)
        yield ("wrong-input",), z, Change(wrong, (z, ref))
    if name == "preactivation" and step.quantity != "activation":
        a = Ref("activation", ref.level, ref.indices)
        yield ("wrong-input",), a, Change(wrong, (a, ref))
    if name in ("weights", "weight_gradient"):
        turned = Ref(name, ref.level, ref.indices[::-1])
        yield ("transposed-weights",), turned, Change(wrong, (turned, ref))
    if name == "weights" and step.phase in ("forward", "backward", "loss"):
        new = Ref("new_weights", ref.level, ref.indices)
        yield (
            ("updated-weights",),
            new,
            Change("You took the updated weights; the backward pass uses the old {0}.", (ref,)),
        )
        for level in range(1, problem.depth + 1):
            if level != ref.level:
                change = Change("You took the weights of another layer where {0} belongs.", (ref,))
                yield ("wrong-weights",), Ref("weights", level, ref.indices), change
    if name == "activation" and step.phase != "loss":
        for level in range(problem.depth):
            if level != ref.level and level != step.level:
                change = Change("You took the values of another layer where {0} belongs.", (ref,))
                yield ("wrong-input",), Ref("activation", level, ref.indices), change
    for index in ref.indices:
        if index not in step.indices:
            continue
        for position in positions(problem, index):
            sliced = at_position(ref, index, position)
            codes = ("wrong-sample", "wrong-input") if index.level == SAMPLE else ("wrong-input",)
            codes = ("wrong-target", *codes) if name == "target" else codes
            yield codes, sliced, Change(wrong, (ref, ref), ((index, position),))
    if name == "target":
        for (axis, by), words in _SHIFTS.items():
            change = Change(f"You took the target of the {words} where {{0}} belongs.", (ref,))
            own = ref.indices[axis]
            shifted = rename(ref, {own: Shifted(((1, own),), by)})
            yield ("wrong-target", "wrong-input"), shifted, change


def of_one_line(problem: Problem, step: Step, primed: Formula) -> Iterator[Edit]:
    """Mistakes of one kind of line."""
    formula = step.formula
    if step.quantity == "bias_gradient" and not problem.layer(step.level).shares_bias:
        before = inputs(step.level)
        for position in positions(problem, before) or (0,):
            x = feeding(step.level)
            inside = _times_inside(formula, at_position(x, before, position))
            change = Change("You multiplied by {0}: a bias has no input.", (x,), ((before, position),))
            yield Edit(("bias-times-input", "extra-factor"), inside, change)
    if step.quantity in ("activation", "preactivation"):
        yield from _twice(problem, step)
    if step.quantity == "activation" and isinstance(formula, Function):
        yield Edit(("missing-activation",), formula.argument, Change("You left out the activation function."))
        for name in ("sigmoid", "tanh", "relu"):
            if name != formula.name and (formula.over is None or name != "sigmoid"):
                change = Change(f"You used {ACTIVATIONS[name].symbol} where the layer has another function.")
                yield Edit(("wrong-activation",), Function(name, formula.argument), change)
        if formula.over is not None:
            exponential = Function("exp", formula.argument)
            change = Change("You did not divide by the sum over all units.")
            yield Edit(("missing-normalisation",), exponential, change)
            change = Change("You treated softmax unit by unit, as a sigmoid.")
            yield Edit(("softmax-elementwise",), Function("sigmoid", formula.argument), change)
    for path, part in walk(formula):
        if isinstance(part, Power) and step.phase == "loss":
            yield Edit(
                ("missing-square",), replaced(formula, path, part.base), Change("You left out the square.")
            )
        if isinstance(part, Function) and part.name == "ln":
            yield Edit(
                ("wrong-logarithm",),
                _everywhere(formula, part.name, number(10)),
                Change("You took log₁₀; ln is meant."),
            )
            break
    output, target = per_sample("activation", problem.depth), per_sample("target", problem.depth)
    if any(isinstance(part, Function) and part.name == "ln" for _, part in walk(formula)) or any(
        isinstance(part, Quotient) and free_indices(part) for _, part in walk(formula)
    ):
        swapped = exchanged(formula, {output: target, target: output})
        yield Edit(("swapped-target",), swapped, Change("You swapped {0} and {1}.", (output, target)))


def _twice(problem: Problem, step: Step) -> Iterator[Edit]:
    """The activation function once too often: on z, on a once more, or on a linear output."""
    activation = problem.layer(step.level).activation
    change = Change("You applied an activation function once too often.")
    names = [activation.name] if activation.name != "identity" else ["sigmoid", "tanh", "relu"]
    if step.quantity == "preactivation" and activation.name == "identity":
        names = []
    over = None if activation.elementwise else units(step.level)
    for name in names:
        again = Function(name, step.formula, parameter=activation.parameter, over=over)
        yield Edit(("extra-activation", "wrong-activation"), again, change)


def exchanged(formula: Formula, others: Mapping[Ref, Formula]) -> Formula:
    """Some quantities exchanged for others wherever they stand."""

    def change(part: Formula) -> Formula:
        return others.get(part, part) if isinstance(part, Ref) else part

    return transform(formula, change)


def _times_inside(formula: Formula, factor: Formula) -> Formula:
    """The sum over the samples with one factor more in each term."""

    def change(part: Formula) -> Formula:
        if isinstance(part, Sum) and part.index == SAMPLES:
            return Sum(part.index, product(part.body, factor))
        return part

    return transform(formula, change)


def _everywhere(formula: Formula, name: str, base: Formula) -> Formula:
    """Every logarithm taken to another base."""
    return transform(
        formula,
        lambda part: (
            Quotient(part, Function("ln", base)) if isinstance(part, Function) and part.name == name else part
        ),
    )
