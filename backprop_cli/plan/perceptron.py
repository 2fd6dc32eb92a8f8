"""The perceptron rule: w ← w + η·(t − o)·x and b ← b + η·(t − o), after each sample; no gradient is taken.

The signal −(t − o) stands where a gradient would, unwritten, so that whatever asks for δ or ∂L/∂w finds what
the rule moves by.
Source: Rosenblatt (1958); Mitchell, *Machine Learning* (1997), 4.4.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..formula.tree import SAMPLES, Formula, Negation, Ref, Sum, add, product, subtract
from ..problem.problem import Problem
from .optimizers import RATE
from .steps import Step, bias, per_sample, units, weights


def perceptron_steps(problem: Problem) -> Iterator[Step]:
    """The steps behind the forward pass, of a problem with one layer."""
    k, x, o = units(1), per_sample("activation", 0), per_sample("activation", 1)
    error, delta = subtract(per_sample("target", 1), o), per_sample("delta", 1)
    yield Step("delta", 1, o.indices, subtract(o, per_sample("target", 1)), "backward", written=False)
    yield Step("activation_gradient", 1, o.indices, delta, "backward", written=False)
    layer = problem.layer(1)
    inside: dict[str, tuple[Ref, Formula]] = {"weights": (weights(1), x)}
    if layer.has_bias:
        inside["bias"] = (bias(problem, 1), product())
    updates: list[Step] = []
    for parameter in layer.parameters:
        if parameter not in inside:
            continue
        old, factor = inside[parameter]
        moved: Formula = product(error, factor)
        if parameter == "bias" and layer.shares_bias:
            moved = Sum(k, moved)
        moved = Sum(SAMPLES, moved)
        name = {"weights": "weight_gradient", "bias": "bias_gradient"}[parameter]
        slope = moved if parameter == "bias" and problem.notation.thresholds else Negation(moved)
        yield Step(name, 1, old.indices, slope, "gradient", written=False)
        taken_off = parameter == "bias" and problem.notation.thresholds
        change = product(RATE, moved)
        moving = subtract(old, change) if taken_off else add(old, change)
        new = old if parameter in layer.frozen else moving
        updates.append(Step(f"new_{parameter}", 1, old.indices, new, "update"))
    if problem.learning_rate is not None:
        yield from updates
    before = Sum(k, product(delta, weights(1)))
    yield Step("input_gradient", 0, x.indices, before, "backward", written=False)
