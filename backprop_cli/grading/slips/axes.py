"""Mistakes of axes and shapes: summed or normalised along another axis, (n,) against (n, 1), the total for a
part, a gradient transposed.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...formula.tree import (
    ONE,
    SAMPLE,
    SAMPLES,
    Formula,
    Function,
    Index,
    Quotient,
    Ref,
    Size,
    Sum,
    free_indices,
    product,
    rename,
    transform,
    walk,
)
from ...plan.steps import Step, batch_factor, inputs, per_sample, units
from ...problem.problem import Problem
from .changes import Change, Edit

OWN = "own"  # what the line itself gives
FLAT = "flat"  # that transposed, and read row by row


def axes(problem: Problem, step: Step, primed: Formula) -> Iterator[Edit]:
    """What a sum, a softmax or a difference over the wrong axes gives."""
    several = problem.size(units(step.level)) != 1
    if step.quantity == "bias_gradient" and several and not problem.layer(step.level).shares_bias:
        yield from _bias_sums(problem, step)
    if step.phase in ("gradient", "update") and len(step.indices) == 2:
        own = Ref(OWN, step.level, step.indices[::-1])
        change = Change("This is the matrix transposed: rows are units, columns their inputs.")
        yield Edit(("transposed-weights",), own, change)
        flat = Ref(FLAT, step.level, step.indices)
        change = Change("This is the transposed matrix, its numbers laid out in rows of another length.")
        yield Edit(("transposed-weights",), flat, change)
    yield from _softmax(problem, step)
    yield from _totals(problem, step)
    yield from _broadcast(problem, step)


def _bias_sums(problem: Problem, step: Step) -> Iterator[Edit]:
    k = units(step.level)
    other = Index(step.level, copy=1)
    delta = per_sample("delta", step.level, other)
    over_units = Sum(other, delta)
    factor = batch_factor(problem)
    change = Change("You summed over all units as well: each unit's bias has its own sum.")
    codes = ("wrong-axis", "extra-term")
    total = Sum(SAMPLES, over_units)
    yield Edit(codes, product(factor, total), change)
    n, K = Size(SAMPLES), Size(k)
    change = Change("You took the mean over all units as well: each unit's bias has its own mean.")
    yield Edit(codes, product(Quotient(ONE, n), Quotient(ONE, K), total), change)
    rows = Sum(other, Ref("delta", step.level, (k, other)))
    for scale in dict.fromkeys((factor, ONE, Quotient(ONE, K))):
        change = Change("You summed over the units: the sum runs over the samples.")
        yield Edit(("wrong-axis",), product(scale, rows), change)
    gradient = Ref("weight_gradient", step.level, (k, inputs(step.level)))
    change = Change("You summed the gradient of the weights over the inputs: a bias has no input.")
    yield Edit(("wrong-axis", "bias-times-input"), Sum(inputs(step.level), gradient), change)
    columns = Sum(other, Ref("weight_gradient", step.level, (other, k)))
    change = Change("You summed the gradient of the weights over the units: a bias has its own δ.")
    yield Edit(("wrong-axis", "bias-times-input"), columns, change)


def _softmax(problem: Problem, step: Step) -> Iterator[Edit]:
    formula = step.formula
    if step.quantity != "activation" or not isinstance(formula, Function) or formula.over is None:
        return
    top = Function("exp", formula.argument)
    samples, others = Index(SAMPLE, copy=1), Index(step.level, copy=1)
    by_sample = rename(top, {SAMPLES: samples})
    if problem.samples > 1:
        change = Change("You divided by the sum over the samples: softmax sums over the units.")
        yield Edit(("wrong-axis",), Quotient(top, Sum(samples, by_sample)), change)
        everything = Sum(samples, Sum(others, rename(by_sample, {formula.over: others})))
        change = Change("You divided by the sum over all samples: each sample has its own.")
        yield Edit(("wrong-axis",), Quotient(top, everything), change)


def _totals(problem: Problem, step: Step) -> Iterator[Edit]:
    """The total in place of a part, and the mean of the parts."""
    if step.phase != "loss" or not step.indices:
        return
    formula: Formula = step.formula
    for index in step.indices:
        if problem.size(index) == 1:
            continue
        other = Index(index.level, copy=2)
        formula = Sum(other, rename(formula, {index: other}))
        change = Change("This is the total: here one part of it is asked for.")
        yield Edit(("total-for-part", "extra-term"), formula, change)
        if problem.loss.scale(ONE) != ONE:
            yield Edit(("total-for-part", "extra-term"), product(problem.loss.scale(ONE), formula), change)


def _broadcast(problem: Problem, step: Step) -> Iterator[Edit]:
    """a − y of (n, 1) against (n,) is n × n: every output meets every target."""
    target = per_sample("target", problem.depth)
    if problem.samples == 1 or problem.size(units(problem.depth)) != 1:
        return
    if not any(part == target for _, part in walk(step.formula)):
        return
    other = Index(SAMPLE, copy=3)
    change = Change("Every output met every sample's target: (n, 1) against (n,) makes n × n differences.")
    n = Quotient(ONE, Size(SAMPLES))
    for path_sum in (step.formula,):
        crossed = _crossed(path_sum, target, other)
        if crossed is not None:
            yield Edit(("broadcast", "wrong-axis"), crossed, change)
            yield Edit(("broadcast", "wrong-axis"), product(n, crossed), change)


def _crossed(formula: Formula, target: Ref, other: Index) -> Formula | None:
    """The formula with a further sum over the samples of the target: inside a sum over the samples, else
    around the whole.
    """
    moved = rename(target, {SAMPLES: other})

    def change(part: Formula) -> Formula:
        return moved if part == target else part

    def inside(part: Formula) -> Formula:
        if isinstance(part, Sum) and part.index == SAMPLES and other in free_indices(part.body):
            return Sum(SAMPLES, Sum(other, part.body))
        return part

    crossed = transform(transform(formula, change), inside)
    return Sum(other, crossed) if other in free_indices(crossed) else crossed
