"""The forward pass and the loss, as steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..formula.tree import ONE, SAMPLES, ZERO, Formula, Function, Ref, Sum, add, product, subtract
from ..problem.problem import Problem
from .penalty import penalty
from .steps import Step, batch_factor, bias, feeding, inputs, outputs, per_sample, scaled, units, weights


def forward_steps(problem: Problem) -> Iterator[Step]:
    order = problem.notation.preactivation.split(",")
    for level, layer in enumerate(problem.layers, start=1):
        k, t = units(level), inputs(level)
        pair = {"weight": weights(level), "input": feeding(level)}
        total: Formula = Sum(t, product(*(pair[part] for part in order if part in pair)))
        if layer.has_bias:
            own = bias(problem, level)
            if problem.notation.thresholds:
                total = subtract(total, own)
            else:
                total = add(own, total) if order[0] == "bias" else add(total, own)
        yield Step("preactivation", level, (SAMPLES, k), total, "forward")
        z = per_sample("preactivation", level)
        merged = problem.merged(level)
        yield Step(
            "activation", level, (SAMPLES, k), _applied(problem, level, z), "forward", written=not merged
        )


def _applied(problem: Problem, level: int, z: Formula) -> Formula:
    activation = problem.layer(level).activation
    if activation.name == "identity":
        return z
    over = None if activation.elementwise else units(level)
    return Function(activation.name, z, parameter=activation.parameter, over=over)


def sample_loss(problem: Problem) -> Step:
    """ℓ of one sample from its outputs and targets, in one formula."""
    k = units(problem.depth)
    a, y = per_sample("activation", problem.depth), per_sample("target", problem.depth)
    term = problem.loss.term(a, y, problem.loss.parameter)
    own = scaled(problem.loss.scale(outputs(problem)), Sum(k, term))
    return Step("sample_losses", 0, (SAMPLES,), own, "loss")


def loss_steps(problem: Problem) -> Iterator[Step]:
    """The loss as the handout writes it; what is no loss of its own (an output, mistakes) is not written."""
    shown = problem.loss.takes_targets and problem.rule == "gradient"
    for step in _loss_steps(problem):
        yield step if shown else replace(step, written=False)


def _loss_steps(problem: Problem) -> Iterator[Step]:
    k = units(problem.depth)
    a, y = per_sample("activation", problem.depth), per_sample("target", problem.depth)
    term = problem.loss.term(a, y, problem.loss.parameter)
    scale, factor = problem.loss.scale(outputs(problem)), batch_factor(problem)
    wanted, extra = problem.notation.loss_steps, penalty(problem)
    own = scaled(scale, Sum(k, term))
    if not wanted:
        several = problem.samples > 1
        if several:
            yield Step("sample_losses", 0, (SAMPLES,), own, "loss")
            own = product(factor, Sum(SAMPLES, Ref("sample_losses", 0, (SAMPLES,))))
            yield Step("loss", 0, (), add(own, extra), "loss")
        elif extra != ZERO:
            yield Step("loss", 0, (), add(Sum(SAMPLES, own), extra), "loss")
            yield Step("sample_losses", 0, (SAMPLES,), own, "loss", written=False)
        else:
            yield Step("loss", 0, (), Sum(SAMPLES, own), "loss")
            yield Step("sample_losses", 0, (SAMPLES,), Ref("loss", 0), "loss", written=False)
        return
    if "outputs" in wanted:  # each output's own loss, the factor in it: ½(a − y)²
        yield Step("loss_terms", 0, (SAMPLES, k), scaled(scale, term), "loss")
        term, scale = Ref("loss_terms", 0, (SAMPLES, k)), ONE
    elif "terms" in wanted:
        yield Step("loss_terms", 0, (SAMPLES, k), term, "loss")
        term = Ref("loss_terms", 0, (SAMPLES, k))
    total: Formula = Sum(SAMPLES, Sum(k, term))
    if "sum" in wanted:
        yield Step("loss_sum", 0, (), total, "loss")
        total = Ref("loss_sum", 0)
    total = product(factor, total)
    if "mean" in wanted and factor != ONE:
        yield Step("loss_mean", 0, (), total, "loss")
        total = Ref("loss_mean", 0)
    yield Step("loss", 0, (), add(scaled(scale, total), extra), "loss")
    yield Step("sample_losses", 0, (SAMPLES,), scaled(scale, Sum(k, term)), "loss", written=False)
